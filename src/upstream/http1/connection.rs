//! One connection, driven by whoever uses it.

use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};
use std::time::Instant;

use bytes::BytesMut;
use http::{HeaderValue, Method};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use super::answer::{self, Answer, HEAD_MOST};
use super::question::write_head;
use super::{Failure, Http1Error, Pieces, Stream};
use crate::upstream::Call;

/// How much is read at once, to begin with and at most; full reads double it.
const READ_FIRST: usize = 8 * 1024;
const READ_MOST: usize = 128 * 1024;

/// A request up to this size is copied together: the kernel takes one piece for less than several.
const JOINED_MOST: usize = 8 * 1024;

/// How many pieces of a request one system call takes.
const PIECES_AT_ONCE: usize = 8;

/// The most that answers before the answer (RFC 9110, section 15.2) may take together.
const INTERIM_MOST: usize = HEAD_MOST;

/// A connection, what it still has to send and what was read of it.
///
/// There is no task: the request's own polls it, which saves task switches and makes "dropped" mean
/// "closed".
pub(in crate::upstream) struct Connection {
    stream: Stream,
    /// The head of the request that is being sent, and all of it where it is small.
    head: Vec<u8>,
    sent: usize,
    body: Pieces,
    /// Whether an encrypted stream may hold back something of what was written.
    unflushed: bool,
    pub(super) read: BytesMut,
    read_size: usize,
    /// Whether it may serve another exchange.
    keeps: bool,
    /// Since when nobody uses it.
    pub(in crate::upstream) idle_since: Instant,
}

/// What is known while an answer is waited for.
struct Wait<'c> {
    asked: &'c Method,
    /// Up to where there is no end of its head.
    seen: usize,
    /// How many bytes of answers before it have come.
    interim: usize,
    /// Whether anything has come.
    heard: bool,
}

// === impl Connection ===

impl Connection {
    /// Takes a fresh connection over. Boxed, since it goes through many hands.
    pub(in crate::upstream) fn new(stream: Stream) -> Box<Self> {
        Box::new(Self {
            stream,
            head: Vec::new(),
            sent: 0,
            body: Pieces::default(),
            unflushed: false,
            read: BytesMut::new(),
            read_size: READ_FIRST,
            keeps: true,
            idle_since: Instant::now(),
        })
    }

    /// Sends a request and waits for the answer's head, which may come before all is sent.
    pub(super) async fn send(&mut self, call: &Call<'_>, host: &HeaderValue) -> Result<Answer, Failure> {
        let mut wait = Wait { asked: call.method, seen: 0, interim: 0, heard: false };
        self.take_up(call, host);
        let answer = poll_fn(|cx| self.poll_answer(cx, &mut wait)).await;
        let answer = answer.map_err(|error| Failure::from_http1(error, wait.heard))?;
        self.keeps = answer.keeps;
        Ok(answer)
    }

    fn take_up(&mut self, call: &Call<'_>, host: &HeaderValue) {
        self.head.clear();
        self.sent = 0;
        write_head(call, host, &mut self.head);
        if self.head.len() + call.body.len() <= JOINED_MOST {
            for piece in call.body.filled() {
                self.head.extend_from_slice(piece);
            }
        } else {
            self.body = call.body.clone();
        }
    }

    fn poll_answer(&mut self, cx: &mut Context<'_>, wait: &mut Wait<'_>) -> Poll<Result<Answer, Http1Error>> {
        let unsent = match self.poll_send(cx) {
            Poll::Ready(Err(error)) => Some(error),
            Poll::Ready(Ok(())) | Poll::Pending => None,
        };
        loop {
            let before = self.read.len();
            if let Some(answer) = answer::take(&mut self.read, &mut wait.seen, wait.asked)? {
                if !answer.is_interim() {
                    // A backend that answers early and closes may not have taken all.
                    self.forget_unsent_if(unsent.is_some());
                    return Poll::Ready(Ok(answer));
                }
                wait.interim += before - self.read.len();
                if wait.interim > INTERIM_MOST {
                    return Poll::Ready(Err(Http1Error::Head("too many answers come before it")));
                }
                continue;
            }
            match self.poll_read(cx) {
                Poll::Ready(Ok(0)) => {
                    return Poll::Ready(Err(unsent.map_or(Http1Error::Cut, Http1Error::Io)));
                }
                Poll::Ready(Ok(_)) => wait.heard = true,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(Http1Error::Io(error))),
                Poll::Pending => {
                    return unsent.map_or(Poll::Pending, |error| Poll::Ready(Err(Http1Error::Io(error))));
                }
            }
        }
    }

    /// Reads what comes next of a body, while what is left of the request is sent on.
    pub(super) fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let refused = matches!(self.poll_send(cx), Poll::Ready(Err(_)));
        self.forget_unsent_if(refused);
        self.poll_read(cx)
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.is_sending() {
            let head = &self.head[self.sent..];
            let stream = Pin::new(&mut self.stream);
            let written = if self.body.is_empty() {
                stream.poll_write(cx, head)
            } else {
                let mut slices = [IoSlice::new(&[]); PIECES_AT_ONCE];
                let pieces = std::iter::once(head).chain(self.body.filled());
                let filled = slices.iter_mut().zip(pieces).map(|(slice, piece)| *slice = IoSlice::new(piece));
                let count = filled.count();
                stream.poll_write_vectored(cx, &slices[..count])
            };
            let some = ready!(written)?;
            if some == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unflushed = true;
            let of_head = some.min(self.head.len() - self.sent);
            self.sent += of_head;
            self.body.advance(some - of_head);
        }
        if self.unflushed {
            ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    fn is_sending(&self) -> bool {
        self.sent < self.head.len() || !self.body.is_empty()
    }

    /// The backend takes no more of a request that it answers nevertheless.
    fn forget_unsent_if(&mut self, refused: bool) {
        if refused {
            self.head.clear();
            self.sent = 0;
            self.body = Pieces::default();
            self.unflushed = false;
            self.keeps = false;
        }
    }

    /// Reads what is there. While nothing is, no memory is held for it.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        ready!(self.stream.poll_maybe_readable(cx))?;
        if self.read.capacity() - self.read.len() < self.read_size / 2 {
            self.read.reserve(self.read_size);
        }
        let space = self.read.capacity() - self.read.len();
        let some = pin!(self.stream.read_buf(&mut self.read)).poll(cx);
        match some {
            Poll::Ready(Ok(some)) if some == space => self.read_size = READ_MOST.min(self.read_size * 2),
            Poll::Pending if self.read.is_empty() => self.read = BytesMut::new(),
            Poll::Ready(_) | Poll::Pending => {}
        }
        some
    }

    /// Tells whether an exchange is over and left nothing behind; readies the connection for the next.
    pub(super) fn is_kept(&mut self) -> bool {
        if !self.keeps || self.is_sending() || self.unflushed || !self.read.is_empty() {
            return false;
        }
        self.read = BytesMut::new();
        self.read_size = READ_FIRST;
        self.head.clear();
        self.head.shrink_to(JOINED_MOST);
        self.sent = 0;
        true
    }

    /// Looks whether an idle connection can take a request: nothing has come, not even its end. Costs
    /// no system call where nothing has arrived.
    pub(in crate::upstream) fn is_usable(&mut self) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        let mut byte = [0];
        Pin::new(&mut self.stream).poll_read(&mut cx, &mut ReadBuf::new(&mut byte)).is_pending()
    }
}
