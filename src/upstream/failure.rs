//! Why an exchange with a backend failed before its answer began.

use std::io;
use std::time::Duration;

use h2::Reason;
use thiserror::Error;

use super::heard::{Heard, alert};
use super::http1::Http1Error;
use super::refusal::refusal;

/// Why there is no answer. The texts are fit for clients: they name no address.
#[derive(Debug, Error)]
pub enum Failure {
    /// The host name doesn't resolve.
    #[error("the backend's host name doesn't resolve")]
    Resolve(#[source] io::Error),
    /// No connection in time.
    #[error("no connection to the backend within {0:?}")]
    ConnectTimeout(Duration),
    /// The connection was refused, or the network says no.
    #[error("the backend refused the connection: {}", kind(.0))]
    Connect(#[source] io::Error),
    /// The TLS handshake failed.
    #[error("the TLS handshake with the backend failed: {}", refusal(.0))]
    Tls(#[source] io::Error),
    /// The connection broke before an answer began.
    #[error("the backend closed the connection before answering")]
    Closed(#[source] WireError),
    /// The connection broke within the answer's head.
    #[error("the backend closed the connection within its answer's head")]
    HeadCut(#[source] WireError),
    /// The backend did not take the request up, and says so. Only HTTP/2 can.
    #[error("the backend refused the request before looking at it")]
    NotTaken(#[source] WireError),
    /// The backend gave the request up, and says why. Only HTTP/2 can.
    #[error("the backend gave the request up: {0}")]
    GivenUp(Reason),
    /// What came is not HTTP.
    #[error("the backend's answer isn't HTTP")]
    Garbage(#[source] WireError),
    /// The request could not be put together; ours to mend.
    #[error("the request couldn't be put together")]
    Request(#[source] http::Error),
    /// No first byte in time.
    #[error("the backend sent no first byte within {0:?}")]
    FirstByteTimeout(Duration),
}

/// An error of a connection.
#[derive(Debug, Error)]
pub enum WireError {
    /// In HTTP/1.1.
    #[error(transparent)]
    Http1(#[from] Http1Error),
    /// In HTTP/2.
    #[error(transparent)]
    Http2(#[from] h2::Error),
}

/// A short word for an I/O error, without the address that its own text may hold.
pub(super) fn kind(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        other => other.to_string(),
    }
}

// === impl Failure ===

impl Failure {
    /// Sorts an error of a connection that has brought no answer yet; `heard` tells whether it has
    /// brought anything.
    pub(super) fn from_http1(error: Http1Error, heard: bool) -> Self {
        match error {
            Http1Error::Io(error) if alert(&error).is_some() => Self::Tls(error),
            Http1Error::Head(_) | Http1Error::Chunk(_) => Self::Garbage(error.into()),
            Http1Error::Io(_) | Http1Error::Cut if heard => Self::HeadCut(error.into()),
            Http1Error::Io(_) | Http1Error::Cut => Self::Closed(error.into()),
        }
    }

    /// Sorts an error of a stream that has brought no answer yet, or of its connection.
    pub(super) fn from_h2(error: h2::Error, heard: &Heard) -> Self {
        if let Some(alert) = heard.alert() {
            return Self::Tls(io::Error::new(io::ErrorKind::InvalidData, alert));
        }
        match error.reason() {
            _ if error.is_library() => Self::Garbage(error.into()),
            Some(Reason::REFUSED_STREAM) if error.is_reset() => Self::NotTaken(error.into()),
            Some(reason) if error.is_reset() => Self::GivenUp(reason),
            _ => Self::Closed(error.into()),
        }
    }

    /// Tells whether silence was the reason; such a request is never repeated on the same backend.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::FirstByteTimeout(_) | Self::ConnectTimeout(_))
    }

    /// Tells whether a connection that had served before says nothing about the backend by this: it
    /// was closed under us, or the request was not taken up.
    pub(super) fn is_stale(&self) -> bool {
        matches!(self, Self::Closed(_) | Self::NotTaken(_))
    }
}
