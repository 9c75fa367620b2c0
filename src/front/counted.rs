//! An answer that takes up room until its last byte.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

use crate::relay::ReplyBody;

/// An answer, and the room it takes up among all that are in flight.
pub(super) struct Counted {
    body: ReplyBody,
    _room: Option<OwnedSemaphorePermit>,
}

// === impl Counted ===

impl Counted {
    pub(super) fn new(body: ReplyBody, room: Option<OwnedSemaphorePermit>) -> Self {
        Self { body, _room: room }
    }
}

impl Body for Counted {
    type Data = Bytes;
    type Error = <ReplyBody as Body>::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
