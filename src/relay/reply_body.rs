//! The body of what a client gets.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use thiserror::Error;

use super::streamed::Streamed;
use super::{Finishing, Mended};
use crate::load::Admitted;

/// Either a text of ours, or a backend's answer as it comes.
#[derive(Debug)]
pub enum ReplyBody {
    /// A text of ours, until it is taken.
    Whole(Option<Bytes>),
    /// A backend's answer.
    Streamed(Box<Streamed>),
    /// A backend's answer that goes on without its client.
    Finishing(Finishing),
    /// An answer that is changed on its way.
    Mended(Box<Mended>),
}

/// The answer broke; the server closes the connection without a proper end, so that nobody takes
/// it for whole.
#[derive(Debug, Error)]
#[error("the backend's answer broke off")]
pub struct BrokenOff;

impl ReplyBody {
    /// Makes a body of a text.
    #[must_use]
    pub fn whole(text: Bytes) -> Self {
        Self::Whole(Some(text).filter(|text| !text.is_empty()))
    }

    /// Charges a caller for what the answer costs, at its end; a text of ours costs nothing.
    #[must_use]
    pub fn billed_to(mut self, caller: Admitted) -> Self {
        self.bill_to(caller);
        self
    }

    pub(super) fn bill_to(&mut self, caller: Admitted) {
        match self {
            Self::Whole(_) => {}
            Self::Streamed(streamed) => streamed.bill_to(caller),
            Self::Finishing(finishing) => finishing.bill_to(caller),
            Self::Mended(mended) => mended.bill_to(caller),
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        match self.get_mut() {
            Self::Whole(text) => Poll::Ready(text.take().map(|text| Ok(Frame::data(text)))),
            Self::Streamed(streamed) => Pin::new(&mut **streamed).poll_frame(cx),
            Self::Finishing(finishing) => Pin::new(finishing).poll_frame(cx),
            Self::Mended(mended) => Pin::new(&mut **mended).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(text) => text.is_none(),
            Self::Streamed(streamed) => streamed.is_end_stream(),
            Self::Finishing(finishing) => finishing.is_end_stream(),
            Self::Mended(mended) => mended.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(text) => SizeHint::with_exact(text.as_ref().map_or(0, Bytes::len) as u64),
            Self::Streamed(streamed) => streamed.size_hint(),
            Self::Finishing(finishing) => finishing.size_hint(),
            Self::Mended(mended) => mended.size_hint(),
        }
    }
}

impl fmt::Debug for Streamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Streamed")
    }
}
