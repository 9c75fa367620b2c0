//! A backend's answer, from a socket or from `echo://`.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::echo::EchoBody;
use crate::upstream::{UpstreamBody, WireError};

/// The body of a backend's answer.
pub(super) enum AnswerBody {
    /// From a connection.
    Upstream(UpstreamBody),
    /// From the process itself.
    Echo(EchoBody),
    /// From nobody: the connection was given up, and another answer is awaited.
    Gone,
}

/// Why an answer broke off, for the log.
#[derive(Debug, thiserror::Error)]
pub(super) enum AnswerError {
    /// The connection broke.
    #[error("{0}")]
    Upstream(#[from] WireError),
    /// The echo was told to break.
    #[error("{0}")]
    Echo(#[from] std::io::Error),
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = AnswerError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, AnswerError>>> {
        match self.get_mut() {
            Self::Upstream(body) => {
                Pin::new(body).poll_frame(cx).map(|next| next.map(|frame| frame.map_err(AnswerError::from)))
            }
            Self::Echo(body) => {
                Pin::new(body).poll_frame(cx).map(|next| next.map(|frame| frame.map_err(AnswerError::from)))
            }
            Self::Gone => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Upstream(body) => body.is_end_stream(),
            Self::Echo(body) => body.is_end_stream(),
            Self::Gone => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Upstream(body) => body.size_hint(),
            Self::Echo(body) => body.size_hint(),
            Self::Gone => SizeHint::default(),
        }
    }
}
