//! What is neither live nor refused yet.

use std::time::SystemTime;

use super::Author;

/// A change that is neither live nor refused yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Since when.
    pub at: SystemTime,
    /// Who makes it.
    pub author: Author,
    /// The digest of its table, if a command has claimed it.
    pub digest: Option<String>,
}
