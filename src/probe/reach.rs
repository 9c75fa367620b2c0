//! Whether a backend is there, without making it work.

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use super::ProbeError;
use super::answer::Answer;
use super::asker::{Asker, Question};
use crate::table::Backend;

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(5);

/// What came back when a backend was asked for its models.
#[derive(Debug)]
pub enum Reached {
    /// It is well and lists these models.
    Lists(Vec<String>),
    /// It answers, but has no list of models there.
    NoList(StatusCode),
    /// It answers, and does not take the key: 401 or 403.
    KeyRefused(StatusCode),
    /// It answers that something is wrong with it: 5xx.
    Unwell(StatusCode, String),
    /// It does not answer.
    Silent(ProbeError),
}

/// Connects to a backend and asks for its models, within a few seconds. Nothing is generated and
/// a sleeping model is not woken.
pub async fn reach(backend: &Backend) -> Reached {
    reach_by(&Asker::new(backend)).await
}

pub(super) async fn reach_by(asker: &Asker<'_>) -> Reached {
    match asker.ask(&Question::get("/models"), LIMIT).await {
        Err(error) => Reached::Silent(error),
        Ok(answer) => Reached::from(&answer),
    }
}

// === impl Reached ===

impl Reached {
    /// Tells whether somebody answers there who may do so for requests, too.
    #[must_use]
    pub fn is_well(&self) -> bool {
        match self {
            Self::Lists(_) | Self::NoList(_) => true,
            Self::KeyRefused(_) | Self::Unwell(..) | Self::Silent(_) => false,
        }
    }

    /// Returns the models that it lists.
    #[must_use]
    pub fn models(&self) -> &[String] {
        match self {
            Self::Lists(models) => models,
            Self::NoList(_) | Self::KeyRefused(_) | Self::Unwell(..) | Self::Silent(_) => &[],
        }
    }
}

impl From<&Answer> for Reached {
    fn from(answer: &Answer) -> Self {
        match answer.status {
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => Self::KeyRefused(status),
            status if status.is_server_error() => Self::Unwell(status, answer.words()),
            status => match answer.value().as_ref().and_then(listed) {
                Some(models) if status.is_success() => Self::Lists(models),
                _ => Self::NoList(status),
            },
        }
    }
}

/// Reads the ids out of OpenAI's list.
pub(super) fn listed(list: &Value) -> Option<Vec<String>> {
    let id = |model: &Value| model["id"].as_str().map(str::to_owned);
    Some(list["data"].as_array()?.iter().filter_map(id).collect())
}

impl fmt::Display for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lists(models) => match &models[..] {
                [] => f.write_str("answers, and lists no model"),
                [only] => write!(f, "answers, and lists `{only}`"),
                [first, ..] => write!(f, "answers, and lists {} models, `{first}` first", models.len()),
            },
            Self::NoList(status) => {
                write!(f, "answers, and has no list of models (status {})", status.as_u16())
            }
            Self::KeyRefused(status) => write!(f, "doesn't take the key (status {})", status.as_u16()),
            Self::Unwell(status, words) => write!(f, "answers status {}: {words}", status.as_u16()),
            Self::Silent(error) => error.fmt(f),
        }
    }
}
