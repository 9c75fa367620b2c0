//! One client's connection of HTTP/2: hyper between the client's streams and a port.
//!
//! Frames are `h2`'s to read, and it refuses what RFC 9113 calls malformed. What is left of the laws
//! of a request's head is held here, so that a request means the same by whichever version it came.

mod abuse;
mod answer;
mod head;
mod streams;

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use super::connection::{FIRST_REQUEST, IDLE_LIMIT, refused};
use super::framing::HEAD_MOST;
use super::guarded::HEAD_LIMIT;
use super::handed::handed;
use super::patient::Patient;
use super::port::{self, Port};
use super::request_body::RequestBody;
use super::server::Ends;
use answer::Answer;
use streams::{Executor, Streams};

/// The most streams at a time, as many servers have it.
const STREAMS_MOST: u32 = 128;

/// The most of one stream's answer that waits here for its client, but for a piece or two: some 12 MB
/// with all of its streams.
const UNSENT_MOST: usize = 64 * 1024;

/// How much of a body a client may send before it is read, on one stream and on all of them.
const STREAM_WINDOW: u32 = 256 * 1024;
const WINDOW: u32 = 1024 * 1024;

/// A peer that has gone without a word is asked after so long, and has so long to answer.
const PING_AFTER: Duration = Duration::from_secs(30);
const PONG_WITHIN: Duration = Duration::from_secs(20);

/// How long the end of an answer may be on its way once its stream has given all of it out.
const LAST_BYTES: Duration = Duration::from_secs(10);

/// How many streams a client may have ended before we have seen them, and how many we may have ended
/// for its faults (CVE-2023-44487 and those after it).
const UNSEEN_RESETS: usize = 32;
const FAULTY_RESETS: usize = 128;

/// Serves a connection's streams until either side ends it. Once the port is given up, or nobody has
/// asked anything for long, the client is told that no more are taken (GOAWAY), and those that are
/// there come to their end.
pub(super) async fn serve_multiplexed<S>(stream: S, ends: Option<Ends>, port: Port, ending: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let streams = Streams::default();
    let service = service_fn(|request: Request<Incoming>| answered(request, ends, &port));
    let mut connection =
        pin!(builder(streams.executor()).serve_connection(TokioIo::new(Patient::new(stream)), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = ending.cancelled() => None,
        () = streams.idle(HEAD_LIMIT, IDLE_LIMIT) => None,
        () = streams.abused() => None,
    };
    let ended = if ended.is_some() {
        ended
    } else {
        connection.as_mut().graceful_shutdown();
        let last = if streams.have_begun() { LAST_BYTES } else { FIRST_REQUEST };
        tokio::select! {
            ended = connection.as_mut() => Some(ended),
            () = streams.idle(last, LAST_BYTES) => None,
        }
    };
    if let Some(Err(error)) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

fn builder(executor: Executor) -> http2::Builder<Executor> {
    let mut builder = http2::Builder::new(executor);
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MOST)
        .max_header_list_size(u32::try_from(HEAD_MOST).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(UNSEEN_RESETS)
        .max_local_error_reset_streams(FAULTY_RESETS)
        .max_send_buf_size(UNSENT_MOST)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(WINDOW)
        .adaptive_window(false)
        .keep_alive_interval(PING_AFTER)
        .keep_alive_timeout(PONG_WITHIN);
    builder
}

/// Answers one stream's request, within its task.
fn answered(
    mut request: Request<Incoming>,
    ends: Option<Ends>,
    port: &Port,
) -> impl Future<Output = Result<Response<Answer>, Infallible>> + use<> {
    let answer = match head::settle(&mut request) {
        Ok(()) => handed(request.map(RequestBody::Pieces), ends, port),
        Err(fault) => port::answered(refused(&fault)),
    };
    async { Ok(answer.await?.map(Answer::new)) }
}

#[cfg(test)]
mod tests;
