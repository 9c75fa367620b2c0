//! One HTTP/1.1 connection, driven by whoever uses it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::heard::{Heard, Listening};
use super::{Failure, Stream};

/// A connection and the state machine that moves its bytes.
///
/// hyper's own way is a task per connection; here the request's task polls the state machine, which
/// saves two task switches an exchange and makes "dropped" mean "closed".
pub(super) struct Connection<B: Body + 'static> {
    sender: http1::SendRequest<B>,
    heard: Heard,
    driver: Pin<Box<http1::Connection<TokioIo<Listening>, B>>>,
    /// Since when nobody uses it.
    pub(super) idle_since: Instant,
}

impl<B> Connection<B>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    /// Prepares a fresh connection.
    pub(super) async fn open(stream: Stream) -> Result<Self, Failure> {
        let heard = Heard::default();
        let stream = TokioIo::new(Listening::new(stream, heard.clone()));
        let (sender, driver) =
            http1::handshake(stream).await.map_err(|error| Failure::from_hyper(error, &heard))?;
        Ok(Self { sender, heard, driver: Box::pin(driver), idle_since: Instant::now() })
    }

    /// Sends a request and waits for the answer's head.
    pub(super) async fn send(&mut self, request: Request<B>) -> Result<Response<Incoming>, Failure> {
        self.heard.clear();
        let mut answer = pin!(self.sender.send_request(request));
        let driver = &mut self.driver;
        let head = poll_fn(|cx| {
            if let Poll::Ready(head) = answer.as_mut().poll(cx) {
                return Poll::Ready(head);
            }
            // Whether the connection goes on or has ended shows in the answer.
            let _ended = driver.as_mut().poll(cx);
            answer.as_mut().poll(cx)
        });
        head.await.map_err(|error| Failure::from_hyper(error, &self.heard))
    }

    /// Moves bytes; ready when the connection has ended.
    pub(super) fn poll_drive(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.driver.as_mut().poll(cx).map(|_ended| ())
    }

    /// Looks whether the connection can take a request now: the last exchange is over and the
    /// backend has not closed it. Costs no system call where nothing has arrived.
    pub(super) fn is_usable(&mut self) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        self.poll_drive(&mut cx).is_pending() && self.sender.is_ready()
    }
}
