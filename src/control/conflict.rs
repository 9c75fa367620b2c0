//! Somebody else was faster.

use serde::{Deserialize, Serialize};

use crate::live::Author;

/// What stands in the place of what a command wanted to change, and who put it there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// In one line.
    pub message: String,
    /// The generation that serves.
    pub generation: u64,
    /// Its digest.
    pub digest: String,
    /// Who won, as far as it is known.
    pub by: Option<Author>,
    /// What they changed, a model a line.
    pub changes: Vec<String>,
}
