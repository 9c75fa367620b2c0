//! An answer on its way to a client that says how much of it it wants.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, sleep_until};

use crate::front::patient::STALL_LIMIT;

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

/// An answer's body.
pub(super) struct Answer {
    body: Body,
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
    pub(super) fn new(body: Body) -> Self {
        let answering = ANSWERING.try_with(Arc::clone).ok();
        if let Some(answering) = &answering {
            answering.has_begun.store(true, Ordering::Relaxed);
        }
        Self { body, answering }
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    /// hyper asks for a piece when the one before has found its way.
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_frame(cx);
        if let Some(answering) = &this.answering {
            let waits = matches!(polled, Poll::Ready(Some(_)));
            answering.waiting.store(if waits { answering.now() } else { 0 }, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
