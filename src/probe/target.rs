//! Whether a backend answers for a model, as a client would use it.

use std::time::Duration;

use http::StatusCode;
use serde_json::json;
use thiserror::Error;
use tokio::time::{Instant, timeout_at};

use super::answer::Answer;
use super::asker::{Asker, Question};
use super::reach::{Reached, reach_by};
use super::{ProbeError, Service};
use crate::table::Backend;

/// Why a backend can't take a model's requests.
#[derive(Debug, Error)]
pub enum TargetError {
    /// It does not answer, or not to its end.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// It says no.
    #[error("`{path}` answered {status} for model `{model}`: {words}{}", listed(.models))]
    Refused {
        /// What was asked.
        path: &'static str,
        /// Its answer's status.
        status: u16,
        /// The model as it was asked for.
        model: String,
        /// The backend's own words.
        words: String,
        /// The models that it lists.
        models: Vec<String>,
    },
    /// It says no with a status of success, as DB-GPT's own server does.
    #[error("`{path}` answered {status} with an error inside for model `{model}`: {words}")]
    InBand {
        /// What was asked.
        path: &'static str,
        /// Its answer's status.
        status: u16,
        /// The model as it was asked for.
        model: String,
        /// The backend's own words.
        words: String,
    },
    /// It does not answer after its `prepare` was refused.
    #[error("{error}; `{path}` had been answered with {words}")]
    Unprepared {
        /// The path of `prepare`.
        path: String,
        /// The backend's own words, or why there are none.
        words: String,
        /// Why it can't take requests.
        error: Box<TargetError>,
    },
    /// It refuses its `release`.
    #[error("`{path}` is answered with {words}")]
    Hook {
        /// The path.
        path: String,
        /// The backend's own words.
        words: String,
    },
    /// It answers something else.
    #[error("`{path}` answered {status} with what is no answer to {service}: {words}")]
    Strange {
        /// What was asked.
        path: &'static str,
        /// What for.
        service: Service,
        /// Its answer's status.
        status: u16,
        /// The beginning of what came.
        words: String,
    },
}

/// Uses a backend as a client would: connects, asks for its models if it has such a list, and lets
/// it make one token. A backend that serves no chat is asked for what else a model can do. All of
/// it has this long.
///
/// Returns what the model can be asked for. A real model may have to be loaded for the token, so
/// the limit should be generous.
pub async fn target(backend: &Backend, model: &str, limit: Duration) -> Result<Service, TargetError> {
    let deadline = Instant::now() + limit;
    let asker = Asker::new(backend);
    let models = match timeout_at(deadline, reach_by(&asker)).await {
        Err(_elapsed) => return Err(ProbeError::Slow(limit).into()),
        Ok(Reached::Silent(error @ ProbeError::Failure(_))) => return Err(error.into()),
        // Many servers have no list, or none for this key: only an answer to a request counts.
        Ok(reached) => reached.models().to_vec(),
    };
    match timeout_at(deadline, serves(&asker, model, &models, limit)).await {
        Ok(served) => served.map(|(service, _answer)| service),
        Err(_elapsed) => Err(ProbeError::Slow(limit).into()),
    }
}

/// Finds what a model can be asked for, and its answer to the smallest request. Each request has
/// this long.
pub(super) async fn serves(
    asker: &Asker<'_>,
    model: &str,
    models: &[String],
    limit: Duration,
) -> Result<(Service, Answer), TargetError> {
    let tried = async |service: Service| {
        let answer = one_token(asker, service, model, limit).await?;
        judged(&answer, service, model, models).map(|()| (service, answer))
    };
    // What is told is what chat said: nearly everybody has it.
    let refusal = match tried(Service::Chat).await {
        Err(refusal) if refusal.leaves_hope() => refusal,
        settled => return settled,
    };
    for service in Service::BESIDE_CHAT {
        match tried(service).await {
            Err(error) if error.leaves_hope() => {}
            Err(_) => break,
            served => return served,
        }
    }
    Err(refusal)
}

/// Newer models of OpenAI want `max_completion_tokens` and say so.
async fn one_token(
    asker: &Asker<'_>,
    service: Service,
    model: &str,
    limit: Duration,
) -> Result<Answer, ProbeError> {
    let answer = asker.ask(&service.smallest(model), limit).await?;
    let wants_another = service == Service::Chat
        && answer.status == StatusCode::BAD_REQUEST
        && answer.words().contains("max_completion_tokens");
    if !wants_another {
        return Ok(answer);
    }
    let body = json!({"model": model, "messages": [{"role": "user", "content": "hi"}],
        "max_completion_tokens": 16, "stream": false});
    asker.ask(&Question::post(service.path(), &body), limit).await
}

fn judged(answer: &Answer, service: Service, model: &str, models: &[String]) -> Result<(), TargetError> {
    let (path, status) = (service.path(), answer.status.as_u16());
    let (words, model) = (answer.words(), model.to_owned());
    if !answer.status.is_success() {
        return Err(TargetError::Refused { path, status, model, words, models: models.to_vec() });
    }
    if answer.value().is_some_and(|value| service.is_answered_by(&value)) {
        return Ok(());
    }
    Err(match answer.error_in_band() {
        Some(words) => TargetError::InBand { path, status, model, words },
        None => TargetError::Strange { path, service, status, words },
    })
}

// === impl TargetError ===

impl TargetError {
    /// Tells whether the backend may still serve something else than what it was asked for.
    fn leaves_hope(&self) -> bool {
        matches!(self, Self::Refused { status: 400 | 404 | 405 | 422 | 501, .. })
    }
}

fn listed(models: &[String]) -> String {
    match models {
        [] => String::new(),
        [one] => format!("; it lists `{one}`"),
        several => {
            let names: Vec<String> = several.iter().take(5).map(|name| format!("`{name}`")).collect();
            let more = if several.len() > 5 { ", …" } else { "" };
            format!("; it lists {}{more}", names.join(", "))
        }
    }
}
