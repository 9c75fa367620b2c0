//! What a port answers with.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::counted::Counted;
use super::request_body::Broken;
use crate::relay::ReplyBody;

/// The body of a port's answer.
pub(super) enum PortBody {
    /// The data port's.
    Data(Counted),
    /// The admin port's.
    Admin(Body),
}

// === impl PortBody ===

impl From<ReplyBody> for PortBody {
    fn from(body: ReplyBody) -> Self {
        Self::Data(Counted::new(body, None))
    }
}

impl http_body::Body for PortBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match self.get_mut() {
            Self::Data(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Self::Admin(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Data(body) => body.is_end_stream(),
            Self::Admin(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Data(body) => body.size_hint(),
            Self::Admin(body) => body.size_hint(),
        }
    }
}
