//! The wait for the first token of a stream whose head went on without it.

use bytes::Bytes;
use tokio::time::{Duration, Instant};

use super::events::{Beginning, Prelude};

/// A stream that has shown comments or a role, but nothing that its client waits for. Its
/// `first_byte` limit goes on counting, and its bytes are looked at until the token is there.
pub(super) struct FirstToken {
    read: Prelude,
    /// When the limit is over.
    pub(super) until: Instant,
    /// The limit.
    pub(super) limit: Duration,
}

// === impl FirstToken ===

impl FirstToken {
    /// Goes on with a stream that the gate has read as far as it came.
    pub(super) fn new(read: Prelude, asked: Instant, limit: Duration) -> Self {
        Self { read, until: asked + limit, limit }
    }

    /// Looks at a piece of the stream.
    pub(super) fn look(&mut self, piece: &Bytes) -> Beginning {
        self.read.read(piece.clone())
    }
}
