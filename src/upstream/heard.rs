//! Whether a backend has said anything, and whether it was a refusal of TLS.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::task::{Context, Poll};

use rustls::AlertDescription;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Stream;

/// Remembers whether bytes have come, and by which alert the connection was ended, where the errors of
/// HTTP/2 don't tell.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard(Arc<Sign>);

#[derive(Debug, Default)]
struct Sign {
    bytes: AtomicBool,
    /// Since TLS 1.3 a server says only after the handshake that it wants another certificate. HTTP's
    /// own errors don't tell; 0 is `close_notify`, which is none.
    alert: AtomicU8,
}

/// A stream that tells when bytes have come.
#[derive(Debug)]
pub(super) struct Listening {
    stream: Stream,
    heard: Heard,
}

impl Heard {
    /// Tells whether bytes have come since it was last asked.
    pub(super) fn take(&self) -> bool {
        self.0.bytes.swap(false, Ordering::Relaxed)
    }

    /// Returns the alert by which the backend has ended the connection.
    pub(super) fn alert(&self) -> Option<rustls::Error> {
        let alert = self.0.alert.load(Ordering::Relaxed);
        (alert != 0).then(|| rustls::Error::AlertReceived(AlertDescription::from(alert)))
    }

    fn note(&self, error: &io::Error) {
        if let Some(alert) = alert(error) {
            self.0.alert.store(u8::from(alert), Ordering::Relaxed);
        }
    }
}

/// Returns the alert by which a backend has ended an encrypted connection.
pub(super) fn alert(error: &io::Error) -> Option<AlertDescription> {
    match error.get_ref()?.downcast_ref()? {
        rustls::Error::AlertReceived(alert) => Some(*alert),
        _ => None,
    }
}

// === impl Listening ===

impl Listening {
    pub(super) fn new(stream: Stream, heard: Heard) -> Self {
        Self { stream, heard }
    }
}

impl AsyncRead for Listening {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            this.heard.0.bytes.store(true, Ordering::Relaxed);
        }
        if let Poll::Ready(Err(error)) = &polled {
            this.heard.note(error);
        }
        polled
    }
}

impl AsyncWrite for Listening {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
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
