//! One connection that requests share.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use h2::RecvStream;
use h2::client::{Builder, SendRequest};
use http::{HeaderValue, Response};
use tokio::task::AbortHandle;

use super::driver::drive;
use super::seats::{Seat, Seats};
use super::{Failure, Heard, Http2Body, Listening, Stream, request};
use crate::upstream::Call;

/// The most streams of a connection, whatever the backend allows.
const MOST_STREAMS: usize = 100;

/// How much of one answer is taken in before its client has taken what came before. A slow client
/// makes us hold no more than this.
const STREAM_WINDOW: u32 = 256 * 1024;

/// Room for all streams' windows: who reads slowly must not stop the others.
const CONNECTION_WINDOW: u32 = STREAM_WINDOW * 100;

/// What the frames of answers may cost beside their bytes while they wait for slow clients. Tokens
/// come in frames of a hundred bytes and more; h2 would take a hundred slow clients for an attack,
/// and end the connection of all.
const FRAMES_BUDGET: usize = 64 * 1024 * 1024;

/// The most that the headers of an answer may be.
const MOST_HEADERS: u32 = 64 * 1024;

/// A connection and its task, which ends with it.
pub(super) struct Http2Connection {
    requests: SendRequest<Bytes>,
    seats: Arc<Seats>,
    heard: Heard,
    task: AbortHandle,
}

/// The right to one stream, and a hold on the connection for as long as it lasts.
pub(in crate::upstream) struct Lease {
    /// First, so that the stream is over before the connection may go.
    _seat: Seat,
    connection: Arc<Http2Connection>,
}

// === impl Http2Connection ===

impl Http2Connection {
    /// Prepares a fresh connection, and takes the right to its first stream.
    pub(super) async fn open(stream: Stream) -> Result<Lease, Failure> {
        let heard = Heard::default();
        let (requests, connection) = Builder::new()
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .data_frame_budget(FRAMES_BUDGET)
            .max_header_list_size(MOST_HEADERS)
            .enable_push(false)
            // One, until the backend has said how many it takes.
            .initial_max_send_streams(1)
            .handshake(Listening::new(stream, heard.clone()))
            .await
            .map_err(|error| Failure::from_h2(error, &heard))?;
        let (seats, seat) = Seats::with_first();
        let task = tokio::spawn(drive(connection, Arc::clone(&seats), heard.clone()));
        let connection = Arc::new(Self { requests, seats, heard, task: task.abort_handle() });
        Ok(Lease { _seat: seat, connection })
    }

    /// Takes the right to a stream, if the backend allows one more.
    pub(super) fn lease(self: &Arc<Self>) -> Option<Lease> {
        let most = self.requests.current_max_send_streams().min(MOST_STREAMS);
        let seat = self.seats.take(most)?;
        Some(Lease { _seat: seat, connection: Arc::clone(self) })
    }

    /// Has it wait longer for its next stream: it is the one that is kept.
    pub(super) fn wait_longer(&self) {
        self.seats.wait_longer();
    }

    /// Tells whether requests can begin on it: it is neither broken nor was goodbye said.
    pub(super) fn is_open(&self) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        let ready = self.requests.clone().poll_ready(&mut cx);
        !self.task.is_finished() && matches!(ready, Poll::Ready(Ok(())))
    }
}

impl Drop for Http2Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

// === impl Lease ===

impl Lease {
    /// Returns the connection, for others to share.
    pub(super) fn connection(&self) -> &Arc<Http2Connection> {
        &self.connection
    }

    /// Sends a request and waits for the answer's head. Dropped before, the stream is reset.
    pub(in crate::upstream) async fn send(
        self,
        call: &Call<'_>,
        host: &HeaderValue,
    ) -> Result<Response<Http2Body>, Failure> {
        let failed = |error| Failure::from_h2(error, &self.connection.heard);
        let head = request::head(call, host)?;
        let pieces = call.body.clone();
        let ends = pieces.is_empty();
        let mut requests = self.connection.requests.clone();
        let (answer, mut body) = requests.send_request(head, ends).map_err(failed)?;
        // The pieces are in memory already, so they need not wait for the window here. What keeps one
        // from being sent is told instead of the answer, or by an answer that doesn't wait for it.
        let mut pieces = pieces.into_filled().peekable();
        while let Some(piece) = pieces.next() {
            if body.send_data(piece, pieces.peek().is_none()).is_err() {
                break;
            }
        }
        let answer: Response<RecvStream> = answer.await.map_err(failed)?;
        Ok(Http2Body::answer(answer, self))
    }
}
