//! How a request ended, for who waits to know.

use std::time::Duration;

use super::Usage;

/// What an [`Entry`](super::Entry) came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The status answered with.
    pub status: u16,
    /// Until the first byte of the answer; `None` without a whole answer.
    pub first_byte: Option<Duration>,
    /// Until its end.
    pub total: Duration,
    /// What it cost.
    pub usage: Usage,
}
