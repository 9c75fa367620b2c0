//! A backend's answer on its way to the client, byte for byte.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::answer::AnswerBody;
use super::fault::{Fault, FaultKind};
use super::reply_body::BrokenOff;
use crate::live::Snapshot;
use crate::load::{Cause, Exchange, InFlight};
use crate::record::{End, Entry};

/// An answer that goes through. It keeps its snapshot and its counts to the last byte.
///
/// Where the answer breaks off, an event stream gets an error event, and every kind of body is
/// broken: a cut answer never looks whole.
pub struct Streamed {
    first: Option<Bytes>,
    rest: AnswerBody,
    state: State,
    limits: Limits,
    heard: Instant,
    alarm: Option<Pin<Box<Sleep>>>,
    breaks_in_band: bool,
    entry: Entry,
    exchange: Exchange,
    _counted: InFlight,
    _snapshot: Arc<Snapshot>,
}

/// How long the rest may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) idle: Duration,
    pub(super) deadline: Option<Instant>,
}

/// What keeps a generation alive and counts the answer while it lasts.
pub(super) struct Held {
    pub(super) counted: InFlight,
    pub(super) exchange: Exchange,
    pub(super) snapshot: Arc<Snapshot>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Flowing,
    /// The error event was handed over and is being flushed; then the body breaks.
    Breaking,
    Over,
}

// === impl Streamed ===

impl Streamed {
    pub(super) fn new(
        first: Option<Bytes>,
        rest: AnswerBody,
        limits: Limits,
        is_event_stream: bool,
        entry: Entry,
        held: Held,
    ) -> Self {
        let now = Instant::now();
        let mut exchange = held.exchange;
        exchange.begun(now.into_std());
        Self {
            first,
            rest,
            state: State::Flowing,
            limits,
            heard: now,
            alarm: None,
            breaks_in_band: is_event_stream,
            entry,
            exchange,
            _counted: held.counted,
            _snapshot: held.snapshot,
        }
    }

    fn pass(&mut self, bytes: Bytes) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        self.entry.passed(&bytes);
        if self.rest.is_end_stream() {
            self.complete();
        }
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn complete(&mut self) {
        self.entry.end = End::Complete;
        self.exchange.complete();
    }

    /// Ends the answer visibly.
    fn break_off(&mut self, why: &str) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let message = format!("backend `{}` {why}; the answer is incomplete", self.entry.backend_name());
        self.entry.end = End::BrokenOff(message.clone());
        self.exchange.fail(Cause::Cut, Instant::now().into_std());
        if !self.breaks_in_band {
            self.state = State::Over;
            return Poll::Ready(Some(Err(BrokenOff)));
        }
        self.state = State::Breaking;
        Poll::Ready(Some(Ok(Frame::data(Fault::new(FaultKind::Interrupted, message).event()))))
    }

    /// Tells whether a limit has passed; arms the alarm for when the next one will.
    fn poll_alarm(&mut self, cx: &mut Context<'_>) -> Poll<&'static str> {
        loop {
            let idle_end = self.heard + self.limits.idle;
            let until = self.limits.deadline.map_or(idle_end, |deadline| deadline.min(idle_end));
            let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(until)));
            if alarm.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let now = Instant::now();
            if self.limits.deadline.is_some_and(|deadline| deadline <= now) {
                return Poll::Ready("took longer than its total limit");
            }
            if idle_end <= now {
                return Poll::Ready("fell silent in the middle of its answer");
            }
            alarm.as_mut().reset(until);
        }
    }
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let this = self.get_mut();
        match this.state {
            State::Flowing => {}
            State::Breaking => {
                // The server flushes what it has when a body is pending, and drops it when a body
                // fails: so the error comes one turn after the event.
                this.state = State::Over;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            State::Over => {
                return match this.entry.end {
                    End::BrokenOff(_) => Poll::Ready(Some(Err(BrokenOff))),
                    _ => Poll::Ready(None),
                };
            }
        }
        if let Some(first) = this.first.take() {
            return this.pass(first);
        }
        loop {
            match Pin::new(&mut this.rest).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    this.heard = Instant::now();
                    if let Ok(bytes) = frame.into_data() {
                        if this.breaks_in_band {
                            this.exchange.piece(this.heard.into_std());
                        }
                        return this.pass(bytes);
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    tracing::debug!(error = %error, "a backend's answer broke off");
                    return this.break_off("cut its answer off");
                }
                Poll::Ready(None) => {
                    this.complete();
                    this.state = State::Over;
                    return Poll::Ready(None);
                }
                Poll::Pending => {
                    return match this.poll_alarm(cx) {
                        Poll::Ready(why) => this.break_off(why),
                        Poll::Pending => Poll::Pending,
                    };
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.state != State::Breaking && self.first.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.rest.size_hint();
        let first = self.first.as_ref().map_or(0, Bytes::len) as u64;
        match hint.exact() {
            Some(rest) => hint.set_exact(rest + first),
            None => hint = SizeHint::default(),
        }
        hint
    }
}
