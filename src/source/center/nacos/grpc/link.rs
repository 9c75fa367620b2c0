//! An HTTP/2 connection on which gRPC is spoken.

use std::fmt;
use std::pin::Pin;

use bytes::Bytes;
use h2::SendStream;
use h2::client::{Builder, ResponseFuture, SendRequest};
use http::{Method, Request, StatusCode, Version};

use super::frames::{Frames, framed, status_in};
use super::payload::Payload;
use crate::source::center::CenterError;
use crate::source::center::socket::Stream;

/// A stream's and the connection's window: a document comes without waiting for us.
const WINDOW: u32 = 4 * 1024 * 1024;

/// Moves the bytes. Whoever waits for an answer has to poll it.
pub(super) type Mover = Pin<Box<dyn Future<Output = Result<(), h2::Error>> + Send>>;

/// What requests are sent with.
#[derive(Clone)]
pub(super) struct Link {
    requests: SendRequest<Bytes>,
    authority: String,
    scheme: &'static str,
}

// === impl Link ===

impl Link {
    /// Begins to speak HTTP/2.
    pub(super) async fn over(
        stream: Stream,
        authority: String,
        is_encrypted: bool,
    ) -> Result<(Self, Mover), CenterError> {
        let (requests, connection) = Builder::new()
            .initial_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .max_header_list_size(16 * 1024)
            .enable_push(false)
            .handshake(stream)
            .await
            .map_err(|error| broken(&error))?;
        let scheme = if is_encrypted { "https" } else { "http" };
        Ok((Self { requests, authority, scheme }, Box::pin(connection)))
    }

    /// Asks for one answer.
    pub(super) async fn call(self, message: Bytes) -> Result<Payload, CenterError> {
        let (response, mut sending) = self.begin("/Request/request").await?;
        sending.send_data(framed(&message), true).map_err(|error| broken(&error))?;
        let mut frames = answered(response).await?;
        let answer = frames.next().await?;
        let status = frames.status().await?;
        match answer {
            _ if status != 0 => Err(CenterError::Refused(format!("gRPC status {status}"))),
            Some(answer) => Ok(answer),
            None => Err(CenterError::Nonsense("a gRPC answer without a message".to_owned())),
        }
    }

    /// Opens the stream on which both sides ask.
    pub(super) async fn open(self) -> Result<(ResponseFuture, SendStream<Bytes>), CenterError> {
        self.begin("/BiRequestStream/requestBiStream").await
    }

    async fn begin(self, path: &str) -> Result<(ResponseFuture, SendStream<Bytes>), CenterError> {
        let Self { requests, authority, scheme } = self;
        let request = Request::builder()
            .method(Method::POST)
            .version(Version::HTTP_2)
            .uri(format!("{scheme}://{authority}{path}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .header("user-agent", concat!("patchbay/", env!("CARGO_PKG_VERSION")))
            .body(())
            .map_err(|_| CenterError::Nonsense("the server's name can't stand in a request".to_owned()))?;
        let mut requests = requests.ready().await.map_err(|error| broken(&error))?;
        requests.send_request(request, false).map_err(|error| broken(&error))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({})", self.authority)
    }
}

/// Waits until an answer begins.
pub(super) async fn answered(
    response: impl Future<Output = Result<http::Response<h2::RecvStream>, h2::Error>>,
) -> Result<Frames, CenterError> {
    let response = response.await.map_err(|error| broken(&error))?;
    let status = status_in(response.headers());
    if response.status() != StatusCode::OK || status != 0 {
        return Err(CenterError::Refused(format!("{}, gRPC status {status}", response.status())));
    }
    Ok(Frames::new(response.into_body()))
}

/// Polls the connection while something waits for it.
pub(super) async fn moved<T>(
    mover: &mut Mover,
    work: impl Future<Output = Result<T, CenterError>>,
) -> Result<T, CenterError> {
    tokio::select! {
        biased;
        done = work => done,
        end = mover.as_mut() => Err(ended(end)),
    }
}

/// Says why a connection ended.
pub(super) fn ended(end: Result<(), h2::Error>) -> CenterError {
    match end {
        Ok(()) => CenterError::Unreachable("it closed the connection".to_owned()),
        Err(error) => broken(&error),
    }
}

/// Sorts an error of HTTP/2.
pub(super) fn broken(error: &h2::Error) -> CenterError {
    if error.is_io() || error.is_go_away() || error.is_reset() {
        CenterError::Unreachable(error.to_string())
    } else {
        CenterError::Nonsense(format!("no HTTP/2: {error}"))
    }
}
