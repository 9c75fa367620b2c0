//! Why a request is refused.

use thiserror::Error;

use crate::relay::{Fault, FaultKind};

/// What is wrong with a request's bytes, with the section of RFC 9112 that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Section 3; TLS towards a plain port looks so as well.
    #[error("this is no HTTP/1.1 request; if it is TLS, this port speaks plain HTTP")]
    NotHttp,
    /// Section 3.
    #[error("the request line isn't METHOD TARGET HTTP/1.1 with single spaces")]
    RequestLine,
    /// Section 3.2.
    #[error("the request's target has bytes that a URL can't have")]
    Target,
    /// Section 2.3.
    #[error("only HTTP/1.1 and HTTP/1.0 are spoken here")]
    Version,
    /// Section 2.2.
    #[error("a line of the head ends without CR LF")]
    BareLf,
    /// Section 5.2.
    #[error("a header goes on in a second line")]
    Fold,
    /// Section 5.1.
    #[error("a header's name is followed by a space")]
    SpaceBeforeColon,
    /// Section 5.
    #[error("a line of the head isn't `name: value`")]
    FieldName,
    /// RFC 9110, section 5.5.
    #[error("a header's value has control characters")]
    Control,
    /// Section 6.3.
    #[error("`Content-Length` isn't a plain number")]
    Length,
    /// Section 6.3. Equal ones could be taken as one, but no client sends two: whoever does hopes
    /// that somebody on the way takes the other.
    #[error("`Content-Length` is there twice")]
    TwoLengths,
    /// Section 6.1.
    #[error("`Content-Length` and `Transfer-Encoding` exclude each other")]
    LengthBesideChunks,
    /// A name that some servers read as one of the two that frame a body.
    #[error("a header's name is `Content-Length` or `Transfer-Encoding` with an underscore")]
    Lookalike,
    /// Section 6.3.
    #[error("`Transfer-Encoding` isn't `chunked`")]
    Coding,
    /// Section 6.1.
    #[error("`Transfer-Encoding` names a coding besides `chunked`, and none is known here")]
    UnknownCoding,
    /// Section 6.1.
    #[error("HTTP/1.0 has no `Transfer-Encoding`")]
    ChunksInHttp10,
    /// Section 7.1.
    #[error("a chunk's size isn't a hexadecimal number")]
    ChunkSize,
    /// Section 7.1.
    #[error("a chunk doesn't end with CR LF")]
    ChunkEnd,
    /// Section 7.1.1.
    #[error("chunk extensions and trailers are larger than all clients need")]
    ChunkExtras,
    /// Section 7.1.2.
    #[error("a trailer isn't `name: value`")]
    Trailer,
    /// Section 3.
    #[error("the request's target is too long")]
    TargetTooLong,
    /// Section 5.
    #[error("the request's head is over 64 KB or has over 100 lines")]
    HeadTooLarge,
    /// RFC 9110, section 15.5.9.
    #[error("the request's head took too long")]
    TooSlow,
}

// === impl Refusal ===

impl Refusal {
    /// Returns what the client is told.
    pub(crate) fn fault(self) -> Fault {
        let kind = match self {
            Self::TargetTooLong => FaultKind::TargetTooLong,
            Self::HeadTooLarge => FaultKind::HeadTooLarge,
            Self::UnknownCoding => FaultKind::UnknownCoding,
            Self::Version => FaultKind::UnknownVersion,
            Self::TooSlow => FaultKind::RequestTimeout,
            Self::NotHttp
            | Self::RequestLine
            | Self::Target
            | Self::BareLf
            | Self::Fold
            | Self::SpaceBeforeColon
            | Self::FieldName
            | Self::Control
            | Self::Length
            | Self::TwoLengths
            | Self::LengthBesideChunks
            | Self::Lookalike
            | Self::Coding
            | Self::ChunksInHttp10
            | Self::ChunkSize
            | Self::ChunkEnd
            | Self::ChunkExtras
            | Self::Trailer => FaultKind::BadRequest,
        };
        Fault::new(kind, self.to_string())
    }
}
