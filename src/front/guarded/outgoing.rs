//! The way out: a client that still sends when the connection ends gets to read why nobody listens.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep, sleep_until};

use super::Guarded;

/// How long what a client still sends is read after our last byte.
const LINGER: Duration = Duration::from_secs(1);

/// What is known of the way out.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    /// Whether our side has ended.
    has_ended: bool,
    lingering: Option<Pin<Box<Sleep>>>,
}

// === impl Guarded ===

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    /// Ends our side; where the client is in the middle of a request, reads on for a moment. To
    /// close with bytes unread resets the connection, and a reset takes our answer away from a
    /// client that hasn't read it yet (RFC 9112, section 9.6).
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.outgoing.has_ended {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
            this.outgoing.has_ended = true;
        }
        if this.framing.is_between_requests() || this.poll_forget(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let until = || Box::pin(sleep_until(Instant::now() + LINGER));
        this.outgoing.lingering.get_or_insert_with(until).as_mut().poll(cx).map(Ok)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
