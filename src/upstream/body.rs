//! An answer's body as it comes from a backend.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::connection::Connection;
use super::http2::Http2Body;
use super::pieces::Pieces;
use super::{Upstream, WireError};

/// The body of an answer together with what it comes by. Trailers are left out.
///
/// Dropped before its end, the backend sees that nobody listens: the connection closes, or the
/// stream of a shared one is reset.
pub struct UpstreamBody(Way);

enum Way {
    Http1(Http1Body),
    Http2(Http2Body),
}

/// A body and its connection, which goes back to its backend once the body has been read to its
/// end.
struct Http1Body {
    incoming: Incoming,
    connection: Option<Connection<Pieces>>,
    home: Arc<Upstream>,
}

// === impl UpstreamBody ===

impl UpstreamBody {
    pub(super) fn http1(incoming: Incoming, connection: Connection<Pieces>, home: Arc<Upstream>) -> Self {
        let mut body = Http1Body { incoming, connection: Some(connection), home };
        body.settle();
        Self(Way::Http1(body))
    }

    pub(super) fn http2(body: Http2Body) -> Self {
        Self(Way::Http2(body))
    }
}

// === impl Http1Body ===

impl Http1Body {
    /// Gives the connection back if the body is over.
    fn settle(&mut self) {
        if !self.incoming.is_end_stream() {
            return;
        }
        self.give_back();
    }

    fn give_back(&mut self) {
        if let Some(mut connection) = self.connection.take()
            && connection.is_usable()
        {
            self.home.keep(connection);
        }
    }

    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, hyper::Error>>> {
        let mut driven = false;
        loop {
            match Pin::new(&mut self.incoming).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        self.settle();
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    self.connection = None;
                    return Poll::Ready(Some(Err(error)));
                }
                Poll::Ready(None) => {
                    self.give_back();
                    return Poll::Ready(None);
                }
                Poll::Pending if driven => return Poll::Pending,
                Poll::Pending => {
                    driven = true;
                    if let Some(connection) = &mut self.connection
                        && connection.poll_drive(cx).is_ready()
                    {
                        self.connection = None;
                    }
                }
            }
        }
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
            Way::Http1(body) => body.incoming.is_end_stream(),
            Way::Http2(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Way::Http1(body) => body.incoming.size_hint(),
            Way::Http2(body) => body.size_hint(),
        }
    }
}
