//! An answer's body as it comes from a backend.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::Upstream;
use super::connection::Connection;
use super::pieces::Pieces;

/// The body of an answer together with the connection that it comes by.
///
/// Once the body has been read to its end the connection goes back to its backend; dropped before,
/// the connection closes, and the backend sees that nobody listens. Trailers are left out.
pub struct UpstreamBody {
    incoming: Incoming,
    connection: Option<Connection<Pieces>>,
    home: Arc<Upstream>,
}

// === impl UpstreamBody ===

impl UpstreamBody {
    pub(super) fn new(incoming: Incoming, connection: Connection<Pieces>, home: Arc<Upstream>) -> Self {
        let mut body = Self { incoming, connection: Some(connection), home };
        body.settle();
        body
    }

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
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        let mut driven = false;
        loop {
            match Pin::new(&mut this.incoming).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) if frame.is_data() => {
                    this.settle();
                    return Poll::Ready(Some(Ok(frame)));
                }
                Poll::Ready(Some(Ok(_trailers))) => {}
                Poll::Ready(Some(Err(error))) => {
                    this.connection = None;
                    return Poll::Ready(Some(Err(error)));
                }
                Poll::Ready(None) => {
                    this.give_back();
                    return Poll::Ready(None);
                }
                Poll::Pending if driven => return Poll::Pending,
                Poll::Pending => {
                    driven = true;
                    if let Some(connection) = &mut this.connection
                        && connection.poll_drive(cx).is_ready()
                    {
                        this.connection = None;
                    }
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
