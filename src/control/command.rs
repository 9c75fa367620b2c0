//! What is to be done, and on which conditions.

use std::time::Duration;

use crate::live::Author;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Replace the owner's main document.
    Apply {
        /// Its whole new text.
        text: String,
    },
}

/// Who wants it, and on which conditions.
#[derive(Debug, Clone)]
pub struct Order {
    /// Who stands behind it.
    pub author: Author,
    /// Only if this generation serves and the owner holds its very table.
    pub if_generation: Option<u64>,
    /// Only tell what would change.
    pub dry_run: bool,
    /// How long the answer may wait for the change to be live; zero doesn't wait.
    pub wait: Duration,
}
