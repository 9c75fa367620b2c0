//! Why an exchange with a backend failed before its answer began.

use std::io;
use std::time::Duration;

use thiserror::Error;

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
    #[error("the TLS handshake with the backend failed: {}", kind(.0))]
    Tls(#[source] io::Error),
    /// The connection broke before an answer began.
    #[error("the backend closed the connection before answering")]
    Closed(#[source] hyper::Error),
    /// The connection broke within the answer's head.
    #[error("the backend closed the connection within its answer's head")]
    HeadCut(#[source] hyper::Error),
    /// What came is not HTTP.
    #[error("the backend's answer isn't HTTP")]
    Garbage(#[source] hyper::Error),
    /// The request could not be put together; ours to mend.
    #[error("the request couldn't be put together")]
    Request(#[source] http::Error),
    /// No first byte in time.
    #[error("the backend sent no first byte within {0:?}")]
    FirstByteTimeout(Duration),
}

/// A short word for an I/O error, without the address that its own text may hold.
fn kind(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::InvalidData => "invalid certificate or protocol".to_owned(),
        other => other.to_string(),
    }
}

// === impl Failure ===

impl Failure {
    /// Sorts an error of a connection, on which the answer's head may have begun.
    pub(super) fn from_hyper(error: hyper::Error, has_begun: bool) -> Self {
        match (error.is_parse(), has_begun) {
            (true, _) => Self::Garbage(error),
            (false, true) => Self::HeadCut(error),
            (false, false) => Self::Closed(error),
        }
    }

    /// Tells whether silence was the reason; such a request is never repeated on the same backend.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::FirstByteTimeout(_) | Self::ConnectTimeout(_))
    }
}
