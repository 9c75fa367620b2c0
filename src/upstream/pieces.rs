//! A request body in up to three pieces.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// A body whose model name was replaced: what came before, the new name, what came after. The
/// client's bytes are not copied, and a clone is as cheap.
#[derive(Debug, Clone, Default)]
pub struct Pieces([Bytes; 3]);

// === impl Pieces ===

impl Pieces {
    /// Takes a body as it is.
    #[must_use]
    pub fn whole(body: Bytes) -> Self {
        Self([body, Bytes::new(), Bytes::new()])
    }

    /// Takes a body with one range of it replaced.
    #[must_use]
    pub fn spliced(body: &Bytes, range: std::ops::Range<usize>, with: Bytes) -> Self {
        Self([body.slice(..range.start), with, body.slice(range.end..)])
    }

    /// Returns how many bytes all pieces have.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }

    /// Tells whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Copies the pieces into one.
    #[must_use]
    pub fn joined(&self) -> Bytes {
        match &self.0 {
            [only, second, third] if second.is_empty() && third.is_empty() => only.clone(),
            pieces => pieces.concat().into(),
        }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.0.iter_mut().find(|piece| !piece.is_empty());
        Poll::Ready(next.map(|piece| Ok(Frame::data(std::mem::take(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.len()).unwrap_or(u64::MAX))
    }
}
