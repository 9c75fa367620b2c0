//! Whether a backend is alive, without making it work.
//!
//! Servers have different ways to say so: vLLM and llama.cpp have `/health`, Ollama has not. So the
//! question goes down a ladder, and whatever is answered below 500 is a sign of life.

use std::time::Duration;

use futures_util::FutureExt;
use http::StatusCode;
use http::uri::PathAndQuery;
use http_body_util::{BodyExt, Limited};
use thiserror::Error;
use tokio::time::timeout;

use super::ProbeError;
use super::asker::{Asker, Place, Question};
use crate::table::{Address, Backend, HealthCheck};
use crate::upstream::Failure;

/// How much of an answer is read before the connection closes.
const MOST_BYTES: usize = 64 * 1024;

/// How a backend is asked where its configuration names no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rung {
    /// `/health`, beside the base path's `/v1`.
    #[default]
    Health,
    /// The list of models.
    Models,
    /// A connection and no word.
    Connect,
}

/// A backend that is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alive {
    /// The rung on which it answers, to begin with the next time.
    pub rung: Rung,
    /// The status by which it refuses the key.
    pub key_refused: Option<StatusCode>,
}

/// A backend that isn't.
#[derive(Debug, Error)]
pub enum Unwell {
    /// No answer.
    #[error(transparent)]
    Silent(#[from] ProbeError),
    /// It answers that something is wrong with it.
    #[error("status {}", .0.as_u16())]
    Status(StatusCode),
}

/// Asks a backend whether it is alive, by connections of its own.
pub async fn alive(backend: &Backend, check: &HealthCheck, from: Rung) -> Result<Alive, Unwell> {
    let asker = Asker::new(backend);
    let down_the_ladder = async {
        if let Some(place) = check.path.as_ref().and_then(|path| place(backend, path)) {
            let status = status(&asker, place).await?;
            return judged(status, from);
        }
        let rungs = [(Rung::Health, Place::BesideV1("/health")), (Rung::Models, Place::BelowBase("/models"))];
        for (rung, place) in rungs.into_iter().filter(|(rung, _)| from == Rung::Health || *rung == from) {
            let status = status(&asker, place).await?;
            if !is_unknown(status) {
                return judged(status, rung);
            }
        }
        asker.knock(check.timeout).await.map_err(ProbeError::from)?;
        Ok(Alive { rung: Rung::Connect, key_refused: None })
    };
    let slow = || Err(ProbeError::Slow(check.timeout).into());
    timeout(check.timeout, down_the_ladder).await.unwrap_or_else(|_elapsed| slow())
}

/// Connects to a backend and says nothing.
pub async fn knock(backend: &Backend, limit: Duration) -> Result<(), Failure> {
    Asker::new(backend).knock(limit).await
}

/// `/models` is below the base path as every client asks for it; what else tells of health is
/// beside `/v1`, behind the same prefix.
fn place(backend: &Backend, path: &PathAndQuery) -> Option<Place> {
    let Address::Http(endpoint) = &backend.address else { return None };
    let whole = match path.path() {
        "/models" => endpoint.path(path.path(), path.query()),
        other => endpoint.root_path(other, path.query()),
    };
    whole.map(Place::AtRoot)
}

async fn status(asker: &Asker<'_>, place: Place) -> Result<StatusCode, ProbeError> {
    let (head, body) = asker.begin(&Question::get_at(place)).await?.into_parts();
    // The head says all. The rest is taken so that the backend sees no client that hangs up.
    let _rest = Limited::new(body, MOST_BYTES).collect().boxed().await;
    Ok(head.status)
}

fn judged(status: StatusCode, rung: Rung) -> Result<Alive, Unwell> {
    if status.is_server_error() {
        return Err(Unwell::Status(status));
    }
    let refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    Ok(Alive { rung, key_refused: refused.then_some(status) })
}

fn is_unknown(status: StatusCode) -> bool {
    matches!(status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED)
}
