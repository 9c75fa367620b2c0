//! An answer's body as it comes from a backend.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::WireError;
use super::http1::Http1Body;
use super::http2::Http2Body;

/// The body of an answer together with what it comes by. Trailers are left out.
///
/// Dropped before its end, the backend sees that nobody listens: the connection closes, or the
/// stream of a shared one is reset.
pub struct UpstreamBody(Way);

enum Way {
    Http1(Http1Body),
    Http2(Http2Body),
}

// === impl UpstreamBody ===

impl UpstreamBody {
    pub(super) fn http1(body: Http1Body) -> Self {
        Self(Way::Http1(body))
    }

    pub(super) fn http2(body: Http2Body) -> Self {
        Self(Way::Http2(body))
    }
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = WireError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, WireError>>> {
        let next = match &mut self.get_mut().0 {
            Way::Http1(body) => ready!(body.poll_data(cx)).map(|next| next.map_err(WireError::from)),
            Way::Http2(body) => ready!(body.poll_data(cx)).map(|next| next.map_err(WireError::from)),
        };
        Poll::Ready(next.map(|next| next.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Way::Http1(body) => body.is_end_stream(),
            Way::Http2(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Way::Http1(body) => body.size_hint(),
            Way::Http2(body) => body.size_hint(),
        }
    }
}
