//! An answer's body as it comes by a connection.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderValue, Response};
use http_body::SizeHint;

use super::frame::Frame;
use super::{Connection, Failure, Http1Error};
use crate::upstream::{Call, Upstream};

/// A body and its connection, which goes back to its backend once the body has been read to its
/// end. Dropped before, the connection closes.
pub(in crate::upstream) struct Http1Body {
    frame: Frame,
    connection: Option<Box<Connection>>,
    home: Arc<Upstream>,
}

// === impl Http1Body ===

impl Http1Body {
    /// Sends a request by a connection and waits for the answer's head.
    pub(in crate::upstream) async fn ask(
        mut connection: Box<Connection>,
        call: &Call<'_>,
        host: &HeaderValue,
        home: &Arc<Upstream>,
    ) -> Result<Response<Self>, Failure> {
        let answer = connection.send(call, host).await?;
        let mut body = Self { frame: answer.frame, connection: Some(connection), home: Arc::clone(home) };
        body.settle();
        Ok(answer.head.map(|()| body))
    }

    /// Returns what comes next. Trailers are left out.
    pub(in crate::upstream) fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Http1Error>>> {
        loop {
            let Some(connection) = &mut self.connection else { return Poll::Ready(None) };
            match self.frame.take(&mut connection.read) {
                Ok(Some(data)) => {
                    self.settle();
                    return Poll::Ready(Some(Ok(data)));
                }
                Ok(None) if self.frame.is_over() => self.settle(),
                Ok(None) => {
                    let more = match ready!(connection.poll_more(cx)) {
                        Ok(0) => self.frame.close(),
                        Ok(_) => continue,
                        Err(error) => Err(Http1Error::Io(error)),
                    };
                    self.connection = None;
                    return Poll::Ready(more.err().map(Err));
                }
                Err(error) => {
                    self.connection = None;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }

    /// Gives the connection back if the body is over.
    fn settle(&mut self) {
        if self.frame.is_over()
            && let Some(mut connection) = self.connection.take()
            && connection.is_kept()
        {
            self.home.keep(connection);
        }
    }

    pub(in crate::upstream) fn is_end_stream(&self) -> bool {
        self.frame.is_over()
    }

    pub(in crate::upstream) fn size_hint(&self) -> SizeHint {
        self.frame.left().map(SizeHint::with_exact).unwrap_or_default()
    }
}
