//! HTTP/1.1 towards backends: a request's bytes out, an answer's head and body in.
//!
//! A connection is one buffer and no state machine beside the request that uses it. What has come
//! of a body is handed on at once and in one piece: chunks that are there together are merged where
//! they lie, and none is waited for.

mod answer;
mod body;
mod chunks;
mod connection;
mod frame;
#[cfg(test)]
mod laws;
mod question;

pub(super) use body::Http1Body;
pub(super) use connection::Connection;
pub(super) use question::write_head;

use std::io;

use thiserror::Error;

use super::failure::kind;
use super::{Failure, Pieces, Stream};

/// What went wrong on a connection.
#[derive(Debug, Error)]
pub enum Http1Error {
    /// The connection itself.
    #[error("{}", kind(.0))]
    Io(#[source] io::Error),
    /// It closed before the answer's end.
    #[error("the connection closed before the end")]
    Cut,
    /// The head of an answer can't be read.
    #[error("the answer's head is wrong: {0}")]
    Head(&'static str),
    /// A body in chunks isn't what it says.
    #[error("the answer's body is misframed: {0}")]
    Chunk(&'static str),
}
