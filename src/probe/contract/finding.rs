//! What was found on one point.

use std::fmt;

use serde::Serialize;

/// One point of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Point {
    /// The list of models, and that it has the names that are asked for.
    Models,
    /// A whole answer to the smallest request.
    Answer,
    /// Events: their kind, framing, shape and end.
    Stream,
    /// Token counts in whole answers.
    Usage,
    /// Token counts in streams, if asked for.
    StreamUsage,
    /// What a bad request is answered.
    Errors,
    /// What an unknown model is answered.
    UnknownModel,
    /// Whether a client that leaves is noticed.
    Cancel,
    /// Whether a connection serves several requests.
    KeepAlive,
    /// How long a prompt may be.
    Context,
}

/// How good that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It can't be told, or does not apply.
    Unknown,
    /// It works, and somebody will wonder one day.
    Warning,
    /// Requests fail.
    Fault,
}

/// What was found on one point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// On what.
    pub point: Point,
    /// How good it is.
    pub verdict: Verdict,
    /// What the backend does.
    pub found: String,
    /// What that means for those who use it, and what can be done.
    pub means: Option<String>,
}

// === impl Finding ===

impl Finding {
    pub(super) fn ok(point: Point, found: impl Into<String>) -> Self {
        Self { point, verdict: Verdict::Ok, found: found.into(), means: None }
    }

    /// Adds what it means.
    pub(super) fn meaning(self, means: impl Into<String>) -> Self {
        Self { means: Some(means.into()), ..self }
    }

    pub(super) fn unknown(point: Point, found: impl Into<String>) -> Self {
        Self { verdict: Verdict::Unknown, ..Self::ok(point, found) }
    }

    pub(super) fn warning(point: Point, found: impl Into<String>, means: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warning, ..Self::ok(point, found).meaning(means) }
    }

    pub(super) fn fault(point: Point, found: impl Into<String>, means: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fault, ..Self::ok(point, found).meaning(means) }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Models => "models",
            Self::Answer => "answer",
            Self::Stream => "stream",
            Self::Usage => "usage",
            Self::StreamUsage => "usage in streams",
            Self::Errors => "errors",
            Self::UnknownModel => "unknown model",
            Self::Cancel => "cancel",
            Self::KeepAlive => "keep-alive",
            Self::Context => "context",
        })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::Unknown => "-",
            Self::Warning => "warning",
            Self::Fault => "FAULT",
        })
    }
}
