//! Why a request gets no answer.

use http::StatusCode;
use serde_json::{Value, json};
use thiserror::Error;

/// Why a request gets no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum Refusal {
    #[error("echo serves no such path")]
    NoSuchPath,
    #[error("echo serves this path with another method")]
    WrongMethod,
    #[error("the body isn't JSON")]
    NotJson,
    #[error("`{field}` is missing or isn't {wanted}")]
    Field { field: &'static str, wanted: &'static str },
    #[error("echo backend `{name}` failed, as its `fail` asks")]
    Struck { name: String },
}

impl Refusal {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotJson | Self::Field { .. } => StatusCode::BAD_REQUEST,
            Self::Struck { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let kind = if let Self::Struck { .. } = self { "server_error" } else { "invalid_request_error" };
        let param = if let Self::Field { field, .. } = self { Some(*field) } else { None };
        json!({"error": {"message": self.to_string(), "type": kind, "param": param, "code": null}})
    }
}
