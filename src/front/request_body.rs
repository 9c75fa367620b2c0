//! The body of a client's request, whichever way it comes.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::guarded::SizedBody;

/// A body that is still to be read.
pub(super) enum RequestBody {
    /// One of HTTP/2, or in chunks, or none: hyper reads it, piece by piece.
    Pieces(Incoming),
    /// One with a length, which the connection's guard reads.
    Sized(SizedBody),
}

/// Why a body broke off.
pub(super) type Broken = Box<dyn Error + Send + Sync>;

// === impl RequestBody ===

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match self.get_mut() {
            Self::Pieces(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Self::Sized(body) => body.poll_piece(cx).map_ok(Frame::data).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Pieces(body) => body.is_end_stream(),
            Self::Sized(body) => body.left() == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Pieces(body) => body.size_hint(),
            Self::Sized(body) => SizeHint::with_exact(body.left()),
        }
    }
}
