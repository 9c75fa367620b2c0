//! The wait for the first token of a stream whose head went on without it.

use bytes::Bytes;
use tokio::time::{Duration, Instant};

use super::events::{Beginning, Scanner};

/// A stream that has shown comments or a role, but nothing that its client waits for. Its
/// `first_byte` limit goes on counting, and its bytes are looked at until the token is there.
pub(super) struct FirstToken {
    scanner: Scanner,
    /// When the limit is over.
    pub(super) until: Instant,
    /// The limit.
    pub(super) limit: Duration,
}

// === impl FirstToken ===

impl FirstToken {
    /// Goes on with a stream that the gate has read as far as it came.
    pub(super) fn new(scanner: Scanner, asked: Instant, limit: Duration) -> Self {
        Self { scanner, until: asked + limit, limit }
    }

    /// Looks at a piece of the stream.
    pub(super) fn look(&mut self, piece: &Bytes) -> Beginning {
        Beginning::read(&mut self.scanner, piece.clone())
    }
}
