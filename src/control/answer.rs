//! What became of a command.

use serde::{Deserialize, Serialize};

/// What became of a command that was not refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The form of this object.
    pub schema: u32,
    /// Whether anything was written, or would be.
    pub changed: bool,
    /// Whether nothing was written because nothing should be.
    pub dry_run: bool,
    /// Whether what was written is not known to be live yet.
    pub pending: bool,
    /// The generation that serves.
    pub generation: u64,
    /// The digest of the table that serves, or of the one that is on its way or would come.
    pub digest: String,
    /// What changes, a model a line.
    pub changes: Vec<String>,
    /// What was written.
    pub owner: String,
    /// From the command to this answer, in milliseconds; what new backends took to answer is left out.
    pub took_ms: u64,
    /// Backends that are asked no more, and how many requests they still had.
    pub leaving: Vec<Leaving>,
    /// What else is to be said.
    pub notes: Vec<String>,
}

/// A backend that finishes what it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// Which.
    pub backend: String,
    /// Requests in flight on it.
    pub in_flight: u64,
}
