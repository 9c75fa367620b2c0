//! An answer on its way to a client that says how much of it it wants.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use tokio::time::{Instant, sleep_until};

use crate::front::patient::STALL_LIMIT;
use crate::front::port_body::PortBody;
use crate::front::request_body::Broken;

tokio::task_local! {
    /// The answer that a stream's task is about. hyper makes the task and the request apart from each
    /// other, and has no place to hand anything from one to the other.
    pub(super) static ANSWERING: Arc<Answering>;
}

/// How far an answer has come.
#[derive(Debug)]
pub(super) struct Answering {
    born: Instant,
    /// Since when a piece waits to be taken, in milliseconds after `born` and one more; 0 if none
    /// does.
    waiting: AtomicU64,
    has_begun: AtomicBool,
}

/// The most of an answer that hyper gets at once, which is a frame's usual size: it hands on as it gets it,
/// and what it has handed on waits here, however little the client wants.
const PIECE_MOST: usize = 16 * 1024;

/// An answer's body, in pieces that are small enough.
pub(super) struct Answer {
    body: PortBody,
    /// What is left of a large piece.
    rest: Bytes,
    answering: Option<Arc<Answering>>,
}

// === impl Answering ===

impl Default for Answering {
    fn default() -> Self {
        Self { born: Instant::now(), waiting: AtomicU64::new(0), has_begun: AtomicBool::new(false) }
    }
}

impl Answering {
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// Waits until a piece has waited too long for the client to take it.
    pub(super) async fn stalled(&self) {
        let mut until = Instant::now() + STALL_LIMIT;
        loop {
            sleep_until(until).await;
            let now = Instant::now();
            until = match self.waiting.load(Ordering::Relaxed) {
                0 => now + STALL_LIMIT,
                since => self.born + Duration::from_millis(since) + STALL_LIMIT,
            };
            if until <= now {
                return;
            }
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
    }
}

// === impl Answer ===

impl Answer {
    /// Takes a body in the task of its stream.
    pub(super) fn new(body: PortBody) -> Self {
        let answering = ANSWERING.try_with(Arc::clone).ok();
        if let Some(answering) = &answering {
            answering.has_begun.store(true, Ordering::Relaxed);
        }
        Self { body, rest: Bytes::new(), answering }
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)).map(|polled| polled.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => self.rest = data,
                Some(Ok(Err(other))) => return Poll::Ready(Some(Ok(other))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
        let some = self.rest.len().min(PIECE_MOST);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(some)))))
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Broken;

    /// hyper asks for a piece when the one before has found its way.
    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let this = self.get_mut();
        let polled = this.poll_piece(cx);
        if let Some(answering) = &this.answering {
            let waits = matches!(polled, Poll::Ready(Some(_)));
            answering.waiting.store(if waits { answering.now() } else { 0 }, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.body.size_hint();
        let rest = self.rest.len() as u64;
        match hint.exact() {
            Some(exact) => hint.set_exact(exact + rest),
            None => hint.set_lower(hint.lower() + rest),
        }
        hint
    }
}
