//! A client's connection whose requests are read by `framing` before hyper sees them.
//!
//! A head is handed on when it is whole and good. One that is refused becomes a short request of
//! ours, in its place and behind all that came before it, which the service answers with what is
//! wrong. Where a body is refused, reading fails, and its request is answered with that.

mod outgoing;

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::framing::{Framing, HEAD_MOST, Refusal};
use super::patient::Patient;
use outgoing::Outgoing;

/// How long a new client may say nothing, and how long a head may take from its first byte.
pub(super) const HEAD_LIMIT: Duration = Duration::from_secs(15);

/// The method of the request that stands for a refused one. A client may send it as well: it means
/// something only where there is a verdict.
pub(super) const REFUSED: &str = "REFUSED";

const STAND_IN: &[u8] = b"REFUSED / HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n";

/// Why the connection's last request is refused, once it is.
pub(super) type Verdict = Arc<OnceLock<Refusal>>;

/// A connection that is watched over.
pub(super) struct Guarded<S> {
    stream: Patient<S>,
    framing: Framing,
    /// What may be handed on and isn't yet.
    ready: BytesMut,
    /// The head that isn't whole yet.
    held: BytesMut,
    verdict: Verdict,
    state: State,
    /// When a head must be whole; none is armed between requests.
    alarm: Option<Pin<Box<Sleep>>>,
    outgoing: Outgoing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing has come yet.
    Fresh,
    Open,
    /// A head was refused: what follows is thrown away.
    RefusedHead,
    /// A body was refused: reading fails.
    RefusedBody(Refusal),
}

// === impl Guarded ===

impl<S> Guarded<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream: Patient::new(stream),
            framing: Framing::new(),
            ready: BytesMut::new(),
            held: BytesMut::new(),
            verdict: Verdict::default(),
            state: State::Fresh,
            alarm: None,
            outgoing: Outgoing::default(),
        }
    }

    /// Returns where the verdict will be.
    pub(super) fn verdict(&self) -> Verdict {
        Arc::clone(&self.verdict)
    }

    /// Looks through what has come, and leaves in `buf` what may be handed on now.
    fn judge(&mut self, buf: &mut ReadBuf<'_>, before: usize) {
        let fresh = &buf.filled()[before..];
        let taken = if self.held.is_empty() {
            let taken = self.framing.take(fresh);
            if taken.refusal.is_none() {
                self.held.extend_from_slice(&fresh[taken.pass..]);
            }
            buf.set_filled(before + taken.pass);
            taken
        } else {
            self.held.extend_from_slice(fresh);
            buf.set_filled(before);
            let taken = self.framing.take(&self.held);
            self.ready = self.held.split_to(taken.pass);
            taken
        };
        if taken.pass > 0 || self.held.is_empty() {
            self.alarm = None;
        }
        if let Some(refusal) = taken.refusal {
            self.refuse(refusal, taken.in_head);
        }
    }

    fn refuse(&mut self, refusal: Refusal, in_head: bool) {
        self.held = BytesMut::new();
        self.alarm = None;
        self.state = if in_head {
            let _first = self.verdict.set(refusal);
            self.ready.extend_from_slice(STAND_IN);
            State::RefusedHead
        } else {
            State::RefusedBody(refusal)
        };
    }

    /// Tells whether the time for a head is over; there is none while no head is coming.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.state != State::Fresh && self.held.is_empty() {
            return Poll::Pending;
        }
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + HEAD_LIMIT)));
        alarm.as_mut().poll(cx)
    }
}

impl<S: AsyncRead + Unpin> Guarded<S> {
    /// Reads and forgets; ready when the client has closed.
    fn poll_forget(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut space = [0; 4096];
        loop {
            let mut scratch = ReadBuf::new(&mut space);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut scratch))?;
            if scratch.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if !this.ready.is_empty() {
                let some = this.ready.len().min(buf.remaining());
                buf.put_slice(&this.ready[..some]);
                this.ready.advance(some);
                return Poll::Ready(Ok(()));
            }
            match this.state {
                State::Fresh | State::Open => {}
                State::RefusedHead => return this.poll_forget(cx),
                State::RefusedBody(refusal) => {
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, refusal)));
                }
            }
            let before = buf.filled().len();
            match Pin::new(&mut this.stream).poll_read(cx, buf) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    ready!(this.poll_late(cx));
                    if this.state == State::Fresh && this.held.is_empty() {
                        return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                    }
                    this.refuse(Refusal::TooSlow, true);
                    continue;
                }
            }
            if buf.filled().len() == before {
                return Poll::Ready(Ok(()));
            }
            this.judge(buf, before);
            if this.state == State::Fresh {
                this.state = State::Open;
            }
            debug_assert!(this.held.len() <= HEAD_MOST, "more than a head is held");
            if buf.filled().len() > before {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
