//! How long each part of an exchange may take.

use std::time::Duration;

/// The limits of one exchange with a backend; each is already resolved from the model's,
/// the backend's and the defaults' settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timeouts {
    /// Until the TCP (and TLS) connection stands.
    pub connect: Duration,
    /// From the request's last byte until the first byte of the answer's body, so that a queue
    /// or a long prompt counts.
    pub first_byte: Duration,
    /// Between two pieces of the answer.
    pub idle: Duration,
    /// For the whole exchange; `None` is no limit.
    pub total: Option<Duration>,
    /// A stream with fewer tokens a second counts as a failure of its backend, though it goes on;
    /// 0 is no floor.
    pub min_tokens_per_second: u32,
}

impl Default for Timeouts {
    /// DB-GPT's clients allow 600 s of silence and retry by themselves, so we must wait as long.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(600),
            idle: Duration::from_secs(300),
            total: None,
            min_tokens_per_second: 0,
        }
    }
}
