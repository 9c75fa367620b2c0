//! An answer that is read to its end, whether the client waits for it or not.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::timeout;

use super::Asides;
use crate::load::Admitted;
use crate::relay::reply_body::BrokenOff;
use crate::relay::streamed::Streamed;

/// How long an answer may go on for nobody, beside its own limits.
const LONGEST: Duration = Duration::from_secs(600);

/// An answer on its way to the client. Dropped before its end, it goes on without one, so that
/// what is billed anyway is also counted.
pub struct Finishing {
    streamed: Option<Box<Streamed>>,
    asides: Arc<Asides>,
}

// === impl Finishing ===

impl Finishing {
    pub(in crate::relay) fn new(streamed: Box<Streamed>, asides: Arc<Asides>) -> Self {
        Self { streamed: Some(streamed), asides }
    }

    /// Charges a caller for the tokens, be it there to the end or not.
    pub(in crate::relay) fn bill_to(&mut self, caller: Admitted) {
        if let Some(streamed) = &mut self.streamed {
            streamed.bill_to(caller);
        }
    }
}

impl Drop for Finishing {
    fn drop(&mut self) {
        let Some(mut streamed) = self.streamed.take().filter(|streamed| !streamed.is_over()) else { return };
        let Some(permit) = self.asides.finish_permit() else { return };
        streamed.leave();
        drop(self.asides.spawn(async move {
            let _permit = permit;
            let end = async {
                while let Some(Ok(_thrown_away)) = poll_fn(|cx| Pin::new(&mut *streamed).poll_frame(cx)).await
                {
                }
            };
            // Whoever takes longer is closed, as if there were no `finish`.
            let _in_time = timeout(LONGEST, end).await;
        }));
    }
}

impl Body for Finishing {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        match &mut self.streamed {
            Some(streamed) => Pin::new(&mut **streamed).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.streamed.as_deref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.streamed.as_deref().map(Body::size_hint).unwrap_or_default()
    }
}

impl fmt::Debug for Finishing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Finishing")
    }
}
