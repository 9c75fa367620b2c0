//! A backend's own requests before it takes a model's requests, and after it gave them up.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use tokio::time::{Instant, sleep};

use super::asker::{Asker, Place, Question};
use super::target::{TargetError, target};
use super::{ProbeError, Service};
use crate::table::{Backend, Hook, Secret};
use crate::upstream::Pieces;

/// How long the answer to such a request may take where nothing waits for what it does.
const ANSWER: Duration = Duration::from_secs(60);

/// The pause between two tries of a backend that is loading.
const PAUSE: Duration = Duration::from_millis(250);

/// Readies a backend for a model by its `prepare`, if it has one, and uses it as [`target`] does.
///
/// llama.cpp answers `/models/load` before the model is loaded, and answers it with an error when
/// it is loaded already. So what counts is the backend's answer for the model, which is asked for
/// again until the time of `prepare` is over. Without a `prepare` it has the given time, and one
/// chance.
pub async fn ready(backend: &Backend, model: &str, limit: Duration) -> Result<Service, TargetError> {
    let Some(prepare) = &backend.prepare else { return target(backend, model, limit).await };
    let deadline = Instant::now() + prepare.wait;
    let left = || deadline.saturating_duration_since(Instant::now());
    let told = post(backend, prepare, prepare.wait).await;
    let told = match told {
        Err(error @ (ProbeError::Failure(_) | ProbeError::Slow(_))) => return Err(error.into()),
        told => told,
    };
    loop {
        let error = match target(backend, model, left()).await {
            Ok(service) => return Ok(service),
            Err(TargetError::Probe(ProbeError::Slow(_))) => ProbeError::Slow(prepare.wait).into(),
            Err(error) => error,
        };
        if left() <= PAUSE {
            return Err(match told {
                Ok(None) => error,
                Ok(Some(words)) => unprepared(prepare, words, error),
                Err(failure) => unprepared(prepare, failure.to_string(), error),
            });
        }
        sleep(PAUSE).await;
    }
}

/// Lets a backend rest by its `release`, if it has one. Only a backend that has nothing in flight
/// may be told so: vLLM breaks off what is running.
pub async fn release(backend: &Backend) -> Result<(), TargetError> {
    let Some(release) = &backend.release else { return Ok(()) };
    match post(backend, release, ANSWER).await? {
        None => Ok(()),
        Some(words) => Err(TargetError::Hook { path: release.path.to_string(), words }),
    }
}

/// Sends such a request; returns the backend's own words if it says no.
async fn post(backend: &Backend, hook: &Hook, limit: Duration) -> Result<Option<String>, ProbeError> {
    let body = hook.body.as_ref().map(Secret::expose).unwrap_or_default();
    let question = Question {
        method: Method::POST,
        place: Place::AtRoot(hook.path.clone()),
        body: Pieces::whole(Bytes::copy_from_slice(body.as_bytes())),
    };
    let answer = Asker::new(backend).ask(&question, limit).await?;
    let status = answer.status.as_u16();
    Ok((!answer.status.is_success()).then(|| format!("status {status}: {}", answer.words())))
}

fn unprepared(hook: &Hook, words: String, error: TargetError) -> TargetError {
    TargetError::Unprepared { path: hook.path.to_string(), words, error: Box::new(error) }
}
