//! A body with a length, which the guard reads past hyper into one buffer.
//!
//! hyper hands a body on piece by piece through a channel: each piece would be copied once more to
//! make the body whole, and would wake the connection's task, which is where its reader runs. So hyper
//! gets to see the heads of such requests only, with a length of 0, and what follows one lies on a
//! shelf for whoever answers. The reader says when it wants it: until then the client waits.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The most that is reserved at a client's word, before any byte has come.
pub(in crate::front) const RESERVE_MOST: u64 = 1024 * 1024;

/// What is between the guard of a connection and whoever reads a body: one body at a time.
#[derive(Clone, Default)]
pub(in crate::front) struct Shelf(Arc<Mutex<Lying>>);

/// A body that is being read, or none.
#[derive(Default)]
struct Lying {
    /// Which of the connection's requests it belongs to; 0 if there is none.
    of: u64,
    /// What has come of it and isn't taken.
    came: BytesMut,
    /// How much of it is still to come.
    left: u64,
    demand: Demand,
    broken: Option<io::ErrorKind>,
    /// The guard, if it waits for the reader.
    guard: Option<Waker>,
    /// The reader, if it waits for the guard.
    reader: Option<Waker>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Demand {
    /// Nobody has asked for it yet.
    #[default]
    Idle,
    Wanted,
    /// Its reader is gone: what comes is thrown away.
    Unwanted,
}

/// The reader's end of a body. It is polled within the connection's task, as the guard is.
pub(in crate::front) struct SizedBody {
    /// How much of it isn't taken yet.
    left: u64,
    state: State,
}

enum State {
    /// All of it came with its head.
    Whole(BytesMut),
    Coming(Shelf),
}

// === impl Shelf ===

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, Lying> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes up the body of a request, of which some has come with its head.
    pub(super) fn begin(&self, of: u64, length: u64, came: &[u8]) {
        let mut lying = self.lock();
        let left = length - came.len() as u64;
        let guard = lying.guard.take();
        *lying = Lying { of, came: BytesMut::from(came), left, guard, ..Lying::default() };
    }

    /// Gives out the body of a request, if it is one that lies here.
    pub(in crate::front) fn body_of(&self, request: u64) -> Option<SizedBody> {
        let mut lying = self.lock();
        if lying.of != request {
            return None;
        }
        let left = lying.came.len() as u64 + lying.left;
        let state = if lying.left == 0 { State::Whole(lying.clear()) } else { State::Coming(self.clone()) };
        Some(SizedBody { left, state })
    }

    /// Waits until there is room for another body.
    pub(super) fn poll_free(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut lying = self.lock();
        if lying.of == 0 { Poll::Ready(()) } else { lying.wait(cx) }
    }

    /// Reads more of a body as soon as that is wanted; returns how much, or nothing once one has broken
    /// off. That is its reader's to tell first: hyper would close the connection without a word.
    pub(super) fn poll_read(
        &self,
        stream: &mut (impl AsyncRead + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<Option<u64>> {
        let mut lying = self.lock();
        let lying = &mut *lying;
        match (lying.demand, lying.broken) {
            (Demand::Unwanted, Some(_)) => return Poll::Ready(None),
            (Demand::Idle, _) | (Demand::Wanted, Some(_)) => return lying.wait(cx),
            (Demand::Wanted | Demand::Unwanted, None) => {}
        }
        lying.reserve();
        let left = usize::try_from(lying.left).unwrap_or(usize::MAX);
        let mut space = (&mut lying.came).limit(left);
        let read = ready!(pin!(stream.read_buf(&mut space)).poll(cx));
        if let Some(reader) = lying.reader.take() {
            reader.wake();
        }
        let some = match read {
            Ok(some @ 1..) => some as u64,
            ended => {
                lying.broken = Some(ended.err().map_or(io::ErrorKind::UnexpectedEof, |error| error.kind()));
                return if lying.demand == Demand::Unwanted { Poll::Ready(None) } else { lying.wait(cx) };
            }
        };
        lying.left -= some;
        if lying.demand == Demand::Unwanted {
            lying.came.clear();
            if lying.left == 0 {
                lying.clear();
            }
        }
        Poll::Ready(Some(some))
    }
}

// === impl Lying ===

impl Lying {
    /// Has the guard wait for the reader.
    fn wait<T>(&mut self, cx: &Context<'_>) -> Poll<T> {
        self.guard = Some(cx.waker().clone());
        Poll::Pending
    }

    fn go_on(&mut self) {
        if let Some(guard) = self.guard.take() {
            guard.wake();
        }
    }

    fn reserve(&mut self) {
        if self.came.capacity() == self.came.len() {
            let more = if self.demand == Demand::Unwanted { 4096 } else { RESERVE_MOST };
            self.came.reserve(usize::try_from(self.left.min(more)).unwrap_or(0));
        }
    }

    /// Makes room for another body; returns what was left of this one.
    fn clear(&mut self) -> BytesMut {
        self.go_on();
        std::mem::take(self).came
    }

    fn want(&mut self) {
        if self.demand == Demand::Idle {
            self.demand = Demand::Wanted;
            self.go_on();
        }
    }
}

// === impl SizedBody ===

impl SizedBody {
    /// Returns how much of it isn't taken yet.
    pub(in crate::front) fn left(&self) -> u64 {
        self.left
    }

    /// Has the guard read it.
    pub(in crate::front) fn want(&self) {
        if let State::Coming(from) = &self.state {
            let mut lying = from.lock();
            let more = lying.left.min(RESERVE_MOST);
            lying.came.reserve(usize::try_from(more).unwrap_or(0));
            lying.want();
        }
    }

    /// Takes what has come by now.
    pub(in crate::front) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let piece = match &mut self.state {
            State::Whole(body) => body.split(),
            State::Coming(from) => {
                let mut lying = from.lock();
                if lying.came.is_empty() {
                    if let Some(broken) = lying.broken {
                        return Poll::Ready(Some(Err(broken.into())));
                    }
                    lying.want();
                    lying.reader = Some(cx.waker().clone());
                    return Poll::Pending;
                }
                lying.came.split()
            }
        };
        self.left -= piece.len() as u64;
        Poll::Ready(Some(Ok(piece.freeze())))
    }

    /// Waits until more of it has come than some; returns how much. Nobody is woken for this: the guard
    /// reads before the reader is polled, within the same task.
    pub(in crate::front) async fn more_than(&self, some: u64) -> io::Result<u64> {
        let State::Coming(from) = &self.state else { return Ok(self.left) };
        std::future::poll_fn(|_cx| {
            let lying = from.lock();
            match lying.broken {
                Some(broken) => Poll::Ready(Err(broken.into())),
                None if lying.came.len() as u64 > some => Poll::Ready(Ok(lying.came.len() as u64)),
                None => Poll::Pending,
            }
        })
        .await
    }

    /// Takes all that has come.
    pub(in crate::front) fn take(&mut self) -> BytesMut {
        let body = match &mut self.state {
            State::Whole(body) => std::mem::take(body),
            State::Coming(from) => std::mem::take(&mut from.lock().came),
        };
        self.left -= body.len() as u64;
        body
    }
}

impl Drop for SizedBody {
    fn drop(&mut self) {
        if let State::Coming(from) = &self.state {
            let mut lying = from.lock();
            if lying.left == 0 {
                lying.clear();
            } else {
                lying.demand = Demand::Unwanted;
                lying.came = BytesMut::new();
                lying.go_on();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use http::Request;
    use tokio::io::{AsyncWriteExt, DuplexStream, duplex};
    use tokio_util::sync::CancellationToken;

    use super::super::super::connection::serve_connection;
    use super::*;

    const LAST: &str = "connection: close\r\n";

    /// Answers with a path and what came to it; `/unread` with its path only.
    fn connect() -> DuplexStream {
        let router = Router::new().fallback(async |request: Request<Body>| {
            let path = request.uri().path().to_owned();
            if path == "/unread" {
                return path;
            }
            match to_bytes(request.into_body(), usize::MAX).await {
                Ok(body) => format!("{path} {} {:?}", body.len(), body.last().map(|last| char::from(*last))),
                Err(_broken) => format!("{path} broken"),
            }
        });
        let (client, server) = duplex(1 << 16);
        drop(tokio::spawn(serve_connection(server, None, router.into(), CancellationToken::new())));
        client
    }

    fn request(path: &str, length: usize, more: &str) -> Vec<u8> {
        let mut bytes = format!("POST {path} HTTP/1.1\r\nhost: a\r\nContent-Length:  {length}\r\n{more}\r\n")
            .into_bytes();
        bytes.resize(bytes.len() + length - 1, b'x');
        bytes.push(b'z');
        bytes
    }

    /// Returns the bodies of all answers to bytes that are sent in pieces.
    async fn heard(sent: &[u8], piece: usize, ends: bool) -> Vec<String> {
        let (mut read, mut write) = tokio::io::split(connect());
        let sending = async {
            for bytes in sent.chunks(piece) {
                write.write_all(bytes).await.unwrap();
                tokio::task::yield_now().await;
            }
            if ends {
                write.shutdown().await.unwrap();
            }
        };
        let mut heard = String::new();
        let ((), read) = tokio::join!(sending, read.read_to_string(&mut heard));
        read.unwrap();
        let answers = heard.split("HTTP/1.1 ").skip(1);
        answers.map(|answer| answer.split("\r\n\r\n").last().unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn each_request_gets_its_own_body_however_the_bytes_are_cut() {
        let get = b"GET /none HTTP/1.1\r\nhost: a\r\n\r\n".to_vec();
        let chunks =
            b"POST /chunks HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nc\r\n0\r\n\r\n"
                .to_vec();
        let row = [
            get.clone(),
            request("/small", 5, ""),
            request("/large", 300_000, ""),
            get,
            request("/middle", 9_000, ""),
            chunks,
            request("/last", 1, LAST),
        ];
        let wanted = [
            "/none 0 None",
            "/small 5 Some('z')",
            "/large 300000 Some('z')",
            "/none 0 None",
            "/middle 9000 Some('z')",
            "/chunks 1 Some('c')",
            "/last 1 Some('z')",
        ];
        for piece in [7, 1000, 8192, 400_000] {
            assert_eq!(heard(&row.concat(), piece, false).await, wanted, "in pieces of {piece}");
        }
    }

    #[tokio::test]
    async fn a_body_that_nobody_reads_is_passed_over() {
        for length in [5, 9_000, 300_000] {
            let row = [request("/unread", length, ""), request("/read", 2, LAST)].concat();
            assert_eq!(heard(&row, 5000, false).await, ["/unread", "/read 2 Some('z')"], "{length}");
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_told_of() {
        for length in [20, 100_000] {
            let sent = request("/cut", length, "");
            assert_eq!(heard(&sent[..sent.len() - 10], 5000, true).await, ["/cut broken"], "{length}");
        }
    }

    #[tokio::test]
    async fn who_waits_to_be_told_to_go_on_is_told() {
        let row = [request("/waits", 9_000, "Expect: 100-continue\r\n"), request("/read", 2, LAST)].concat();
        assert_eq!(heard(&row, 9_000, false).await, ["", "/waits 9000 Some('z')", "/read 2 Some('z')"]);
    }
}
