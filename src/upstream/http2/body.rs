//! An answer's body as it comes by a stream.

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::RecvStream;
use http::{HeaderValue, Response, header};
use http_body::SizeHint;

use super::connection::Lease;

/// The body of an answer. Dropped before its end, the stream is reset and the backend told.
pub(in crate::upstream) struct Http2Body {
    stream: RecvStream,
    /// What is still to come, where the head says so.
    left: Option<u64>,
    /// Held until the stream is over.
    lease: Option<Lease>,
}

// === impl Http2Body ===

impl Http2Body {
    /// Takes an answer over whose head has come.
    pub(super) fn answer(answer: Response<RecvStream>, lease: Lease) -> Response<Self> {
        let (mut head, stream) = answer.into_parts();
        let length = head.headers.get(header::CONTENT_LENGTH).cloned();
        let left = length.as_ref().and_then(number);
        // h2 holds the body against the first, so a second one is a lie.
        head.headers.extend(length.map(|length| (header::CONTENT_LENGTH, length)));
        let mut body = Self { stream, left, lease: Some(lease) };
        body.settle();
        Response::from_parts(head, body)
    }

    /// Returns what comes next. Trailers are left out.
    pub(in crate::upstream) fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, h2::Error>>> {
        let next = ready!(self.stream.poll_data(cx));
        if let Some(Ok(data)) = &next {
            // The client has taken what came before, or this would not have been asked for.
            let _over = self.stream.flow_control().release_capacity(data.len());
            self.left = self.left.map(|left| left.saturating_sub(data.len() as u64));
            self.settle();
        } else {
            self.lease = None;
        }
        Poll::Ready(next)
    }

    /// Lets the stream's right go once all has come.
    fn settle(&mut self) {
        if self.stream.is_end_stream() {
            self.lease = None;
        }
    }

    pub(in crate::upstream) fn is_end_stream(&self) -> bool {
        self.stream.is_end_stream()
    }

    pub(in crate::upstream) fn size_hint(&self) -> SizeHint {
        match self.left {
            _ if self.is_end_stream() => SizeHint::with_exact(0),
            Some(left) => SizeHint::with_exact(left),
            None => SizeHint::default(),
        }
    }
}

fn number(length: &HeaderValue) -> Option<u64> {
    length.to_str().ok()?.parse().ok()
}
