//! A backend's answer on its way to the client, byte for byte.

mod handover;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use super::Asides;
use super::answer::AnswerBody;
use super::answers::Treatment;
use super::attempt::Begun;
use super::events::Beginning;
use super::fault::{Fault, FaultKind};
use super::first_token::FirstToken;
use super::pace::Pace;
use super::patience::{Limits, Patience, TOTAL};
use super::reply_body::BrokenOff;
use super::resume::Resume;
use crate::live::Snapshot;
use crate::load::{Admitted, Cause, Exchange, InFlight};
use crate::record::{End, Entry};

/// An answer that goes through. It keeps its snapshot and its counts to the last byte.
///
/// Where the answer breaks off, an event stream gets an error event, and every kind of body is
/// broken: a cut answer never looks whole.
pub struct Streamed {
    first: Option<Bytes>,
    rest: AnswerBody,
    state: State,
    patience: Patience,
    /// What is left to wait for, where the stream has shown no useful token yet.
    first_token: Option<FirstToken>,
    pace: Option<Pace>,
    breaks_in_band: bool,
    entry: Entry,
    exchange: Exchange,
    resume: Option<Box<Resume>>,
    billed_to: Option<Admitted>,
    _counted: InFlight,
    _snapshot: Arc<Snapshot>,
}

/// What keeps a generation alive and counts the answer while it lasts.
pub(super) struct Held {
    pub(super) counted: InFlight,
    pub(super) exchange: Exchange,
    /// What carries the answer over to another backend, where its route asks for that.
    pub(super) resume: Option<Box<Resume>>,
    /// What is changed in the answer on its way, where something may be.
    pub(super) treatment: Option<Box<Treatment>>,
    pub(super) snapshot: Arc<Snapshot>,
    /// Who reads the answer on if the client leaves, where that is wanted.
    pub(super) finisher: Option<Arc<Asides>>,
}

/// What a client gets next.
type Passed = Result<Frame<Bytes>, BrokenOff>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Flowing,
    /// Another backend was asked to take over.
    Resuming,
    /// What there is, an error event at last, is being flushed; then the body breaks.
    Breaking,
    Over,
}

// === impl Streamed ===

impl Streamed {
    pub(super) fn new(begun: Begun, limits: Limits, is_event_stream: bool, entry: Entry, held: Held) -> Self {
        let mut streamed = Self {
            first: None,
            rest: AnswerBody::Gone,
            state: State::Flowing,
            patience: Patience::new(limits),
            first_token: None,
            pace: None,
            breaks_in_band: is_event_stream,
            entry,
            exchange: held.exchange,
            resume: held.resume,
            billed_to: None,
            _counted: held.counted,
            _snapshot: held.snapshot,
        };
        streamed.begin(begun);
        streamed
    }

    /// Takes the answer of the backend that was asked last.
    fn begin(&mut self, begun: Begun) {
        (self.first, self.rest) = (begun.first, begun.rest);
        self.patience.begin();
        let Limits { timeouts, asked, .. } = self.patience.limits;
        self.first_token = begun.tokenless.map(|read| FirstToken::new(read, asked, timeouts.first_byte));
        if self.first_token.is_none() {
            self.token_came();
        }
    }

    /// Takes the first useful token, or the first byte of what is no stream.
    fn token_came(&mut self) {
        let now = self.patience.heard.into_std();
        self.exchange.begun(now);
        let floor = self.patience.limits.timeouts.min_tokens_per_second;
        self.pace = Pace::new(floor, now).filter(|_| self.breaks_in_band);
    }

    /// Counts a further piece of a stream of events.
    fn count(&mut self, piece: &Bytes) {
        let now = self.patience.heard.into_std();
        self.exchange.piece(now);
        if self.pace.as_mut().is_some_and(|pace| pace.crawls(piece, now)) {
            self.exchange.fail(Cause::Crawling, now);
            self.pace = None;
        }
    }

    /// Tells whether the answer has come to its end, be it a good one or not.
    pub(super) fn is_over(&self) -> bool {
        self.entry.end != End::ClientGone
    }

    /// Notes that the client has left, and that the answer is read on without it.
    pub(super) fn leave(&mut self) {
        self.entry.left = true;
    }

    /// Charges a caller for the tokens, as far as the answer tells them.
    pub(super) fn bill_to(&mut self, caller: Admitted) {
        self.billed_to = Some(caller);
    }

    /// Hands bytes on: all of them, or what of them the client doesn't have yet.
    fn pass(&mut self, bytes: Bytes) -> Option<Passed> {
        let bytes = match &mut self.resume {
            None => bytes,
            Some(resume) => Some(resume.follower.pass(bytes)).filter(|bytes| !bytes.is_empty())?,
        };
        self.entry.passed(&bytes);
        if self.resume.is_none() && self.rest.is_end_stream() {
            self.complete();
        }
        Some(Ok(Frame::data(bytes)))
    }

    /// Looks for the first token in a stream that went on without it.
    fn await_token(&mut self, bytes: &Bytes) {
        let Some(first_token) = &mut self.first_token else { return };
        match first_token.look(bytes) {
            Beginning::Prelude => return,
            Beginning::Token => self.token_came(),
            Beginning::Error(_) => self.exchange.fail(Cause::InBand, self.patience.heard.into_std()),
        }
        self.first_token = None;
    }

    fn complete(&mut self) {
        self.entry.end = End::Complete;
        self.exchange.complete();
    }

    /// Takes the end of the backend's answer.
    fn end(&mut self) -> Option<Passed> {
        let last = self.resume.as_mut().map(|resume| resume.follower.end()).unwrap_or_default();
        if !last.is_empty() {
            self.entry.passed(&last);
            return Some(Ok(Frame::data(last)));
        }
        if !self.resume.as_ref().is_some_and(|resume| resume.follower.is_in_trouble()) {
            self.complete();
            self.state = State::Over;
        }
        None
    }

    /// The backend has failed: another one takes over, or the answer ends visibly.
    fn fail(&mut self, why: &str, silent: bool) -> Option<Passed> {
        self.exchange.fail(Cause::Cut, Instant::now().into_std());
        let story = format!("backend `{}` {why}", self.entry.backend_name());
        if self.ask_twin(&story, silent) { None } else { self.break_off(&story) }
    }

    /// Ends the answer visibly.
    fn break_off(&mut self, story: &str) -> Option<Passed> {
        let message = format!("{story}; the answer is incomplete");
        self.entry.end = End::BrokenOff(message.clone());
        self.state = State::Breaking;
        self.breaks_in_band.then(|| Ok(Frame::data(Fault::new(FaultKind::Interrupted, message).event())))
    }

    /// Waits for what the backend sends next. `None` is nothing that the client gets.
    fn poll_rest(&mut self, cx: &mut Context<'_>) -> Poll<Option<Passed>> {
        Poll::Ready(match Pin::new(&mut self.rest).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.patience.heard = Instant::now();
                let Ok(bytes) = frame.into_data() else { return Poll::Ready(None) };
                if self.first_token.is_some() {
                    self.await_token(&bytes);
                } else if self.breaks_in_band {
                    self.count(&bytes);
                }
                self.pass(bytes)
            }
            Poll::Ready(Some(Err(error))) => {
                tracing::debug!(error = %error, "a backend's answer broke off");
                self.fail("cut its answer off", false)
            }
            Poll::Ready(None) => self.end(),
            Poll::Pending => {
                let why = ready!(self.patience.poll_over(cx, self.first_token.as_ref()));
                if why == TOTAL {
                    self.resume = None;
                }
                self.fail(&why, true)
            }
        })
    }
}

impl Drop for Streamed {
    fn drop(&mut self) {
        if let Some(caller) = self.billed_to.take() {
            caller.spend(self.entry.usage().total(), Instant::now().into_std());
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
        loop {
            let passed = match this.state {
                State::Flowing => match this.resume.as_mut().and_then(|resume| resume.follower.trouble()) {
                    Some(trouble) => this.mend(trouble),
                    None => match this.first.take() {
                        Some(first) => this.pass(first),
                        None => ready!(this.poll_rest(cx)),
                    },
                },
                State::Resuming => match ready!(this.poll_twin(cx)) {
                    Ok(()) => None,
                    Err(story) => this.break_off(&story),
                },
                State::Breaking => {
                    // The server flushes what it has when a body is pending, and drops it when a
                    // body fails, the head too: so the error comes one turn later.
                    this.state = State::Over;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                State::Over => {
                    let is_broken = matches!(this.entry.end, End::BrokenOff(_));
                    return Poll::Ready(is_broken.then_some(Err(BrokenOff)));
                }
            };
            if passed.is_some() {
                return Poll::Ready(passed);
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        // An answer that may be resumed holds bytes back until its end is certain.
        self.resume.is_none()
            && self.state != State::Breaking
            && self.first.is_none()
            && self.rest.is_end_stream()
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
