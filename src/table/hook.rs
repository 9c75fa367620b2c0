//! A request that readies a backend, or lets it rest.

use std::time::Duration;

use http::uri::PathAndQuery;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::Secret;

/// A request to a backend's own host, before it takes a model's requests or after it gave them up:
/// vLLM's `/wake_up` and `/sleep`, llama.cpp's `/models/load`.
///
/// It has a path and never a host, and only the configuration can write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// From the host's root, not below the base path.
    pub path: PathAndQuery,
    /// The JSON that is sent; it may hold a key.
    pub body: Option<Secret>,
    /// How long the backend may take until it answers for a model.
    pub wait: Duration,
}

/// Why a text can't be a hook's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HookError {
    /// Another host, be it by `//host`.
    #[error("a hook goes to the backend's own host: write the path only, `/wake_up`")]
    Host,
    /// No `/` in front, or characters that no path has.
    #[error("this isn't a path: write it from the host's root, `/wake_up`")]
    NoPath,
}

// === impl Hook ===

impl Hook {
    /// How long a backend may take, unless the hook says so.
    pub const WAIT: Duration = Duration::from_secs(60);

    /// The longest that a command waits for it.
    pub const LONGEST: Duration = Duration::from_secs(600);

    /// Returns what differs for hooks that do; the body is not in it.
    pub(super) fn fingerprint(&self) -> String {
        let body = self.body.as_ref().map(|body| Sha256::digest(body.expose()));
        format!("{} {body:?} {:?}", self.path, self.wait)
    }

    /// Reads a path on the backend's own host.
    pub fn path(text: &str) -> Result<PathAndQuery, HookError> {
        if text.contains("://") || text.starts_with("//") {
            return Err(HookError::Host);
        }
        let path = text.starts_with('/').then(|| text.parse().ok()).flatten();
        path.filter(|_| !text.contains('#')).ok_or(HookError::NoPath)
    }
}
