//! A client's connection whose requests are read by `framing` before hyper sees them.
//!
//! A head is handed on when it is whole and good. One that is refused becomes a short request of
//! ours, in its place and behind all that came before it, which the service answers with what is
//! wrong. Where a body is refused, reading fails, and its request is answered with that. A body with a
//! length doesn't go through hyper at all: see `sized`.

mod outgoing;
mod sized;

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::framing::{Beside, Framing, HEAD_MOST, Refusal, Taken};
use super::patient::Patient;
use outgoing::Outgoing;
pub(super) use sized::{RESERVE_MOST, Shelf, SizedBody};

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
    /// The head that isn't whole yet, or what came behind a body's request and isn't looked at yet.
    held: BytesMut,
    is_unseen: bool,
    shelf: Shelf,
    /// Whether there may be a body on the shelf.
    lends: bool,
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
    /// The client has left in the middle of a body.
    Ended,
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
            framing: Framing::with_bodies_beside(),
            ready: BytesMut::new(),
            held: BytesMut::new(),
            is_unseen: false,
            shelf: Shelf::default(),
            lends: false,
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

    /// Returns where bodies with a length lie.
    pub(super) fn shelf(&self) -> Shelf {
        self.shelf.clone()
    }

    /// Looks through what has come, and leaves in `buf` what may be handed on now.
    fn judge(&mut self, buf: &mut ReadBuf<'_>, before: usize) {
        let fresh = &mut buf.filled_mut()[before..];
        if !self.held.is_empty() {
            self.held.extend_from_slice(fresh);
            buf.set_filled(before);
            return self.judge_held();
        }
        let taken = self.framing.take(fresh);
        let (pass, behind) = fresh.split_at_mut(taken.pass);
        match taken.beside {
            Some(beside) => self.lend(beside, pass, behind),
            None if taken.refusal.is_none() => self.held.extend_from_slice(behind),
            None => {}
        }
        buf.set_filled(before + taken.pass);
        self.settle(taken);
    }

    fn judge_held(&mut self) {
        self.is_unseen = false;
        let taken = self.framing.take(&self.held);
        let mut pass = self.held.split_to(taken.pass);
        if let Some(beside) = taken.beside {
            let behind = std::mem::take(&mut self.held);
            self.lend(beside, &mut pass, &behind);
        }
        self.ready = pass;
        self.settle(taken);
    }

    fn settle(&mut self, taken: Taken) {
        if taken.pass > 0 || self.held.is_empty() {
            self.alarm = None;
        }
        if let Some(refusal) = taken.refusal {
            self.refuse(refusal, taken.in_head);
        }
    }

    /// Begins a body beside: hyper is told of none, and what has come of it goes on the shelf.
    fn lend(&mut self, beside: Beside, pass: &mut [u8], behind: &[u8]) {
        let Beside { length, digits: (from, to) } = beside;
        pass[from..to].fill(b'0');
        let some = usize::try_from(length).unwrap_or(usize::MAX).min(behind.len());
        let (came, behind) = behind.split_at(some);
        self.shelf.begin(self.framing.heads(), length, came);
        self.framing.pass(some as u64);
        self.lends = true;
        self.held.extend_from_slice(behind);
        self.is_unseen = !behind.is_empty();
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
    /// Reads a body beside to its end, if there is one; what stands behind it isn't looked at before it
    /// is off the shelf.
    fn poll_beside(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.framing.is_beside() {
            let Some(some) = ready!(self.shelf.poll_read(&mut self.stream, cx)) else {
                self.state = State::Ended;
                return Poll::Ready(());
            };
            self.framing.pass(some);
        }
        if self.is_unseen {
            ready!(self.shelf.poll_free(cx));
            self.lends = false;
            self.judge_held();
        }
        Poll::Ready(())
    }

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
                State::Ended => return Poll::Ready(Ok(())),
                State::RefusedHead => return this.poll_forget(cx),
                State::RefusedBody(refusal) => {
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, refusal)));
                }
            }
            ready!(this.poll_beside(cx));
            if !this.ready.is_empty() || this.state != State::Open && this.state != State::Fresh {
                continue;
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
            if this.state == State::Fresh {
                this.state = State::Open;
            }
            if this.lends && this.shelf.poll_free(cx).is_pending() {
                this.held.extend_from_slice(&buf.filled()[before..]);
                this.is_unseen = true;
                buf.set_filled(before);
                continue;
            }
            this.lends = false;
            this.judge(buf, before);
            debug_assert!(this.is_unseen || this.held.len() <= HEAD_MOST, "more than a head is held");
            if buf.filled().len() > before {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
