//! Whether a backend is in service.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether a backend gets new requests. What it is answering already it finishes in any state.
///
/// Not a part of its identity: connections and counts are kept while it is out of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackendState {
    /// It gets requests.
    #[default]
    Ready,
    /// It gets no new ones: it is being emptied, and will be back.
    Drain,
    /// It gets none and nothing is expected of it: someone works on it.
    Maint,
}

// === impl BackendState ===

impl BackendState {
    /// All states, in the order in which messages name them.
    pub const ALL: [Self; 3] = [Self::Ready, Self::Drain, Self::Maint];

    /// Returns the word for it in routes.yaml and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Drain => "drain",
            Self::Maint => "maint",
        }
    }

    /// Tells whether it gets requests.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Ready)
    }

    /// Returns what is told of a backend that is out of service, as in "`a` is drained".
    #[must_use]
    pub fn told(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Drain => "drained",
            Self::Maint => "in maintenance",
        }
    }
}

impl fmt::Display for BackendState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
