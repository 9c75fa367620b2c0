//! Where an answer's body ends (RFC 9112, section 6.3).

use bytes::{Bytes, BytesMut};

use super::Http1Error;
use super::chunks::Chunks;

/// What frames a body, and how far it has come.
#[derive(Debug)]
pub(super) enum Frame {
    /// So many bytes are still to come.
    Length(u64),
    Chunks(Chunks),
    /// Whatever comes until the connection closes.
    Close {
        closed: bool,
    },
}

// === impl Frame ===

impl Frame {
    /// Tells whether the body is over.
    pub(super) fn is_over(&self) -> bool {
        match self {
            Self::Length(left) => *left == 0,
            Self::Chunks(chunks) => chunks.is_over(),
            Self::Close { closed } => *closed,
        }
    }

    /// Returns how much is still to come, if that is known.
    pub(super) fn left(&self) -> Option<u64> {
        match self {
            Self::Length(left) => Some(*left),
            _ if self.is_over() => Some(0),
            Self::Chunks(_) | Self::Close { .. } => None,
        }
    }

    /// Takes what is there of the body out of what was read; never an empty piece.
    pub(super) fn take(&mut self, read: &mut BytesMut) -> Result<Option<Bytes>, Http1Error> {
        if read.is_empty() {
            return Ok(None);
        }
        let piece = match self {
            Self::Chunks(chunks) => return chunks.take(read),
            Self::Close { .. } => read.split(),
            Self::Length(left) => {
                let some = usize::try_from(*left).unwrap_or(usize::MAX).min(read.len());
                *left -= some as u64;
                read.split_to(some)
            }
        };
        Ok(Some(piece.freeze()).filter(|piece| !piece.is_empty()))
    }

    /// Notes that the connection has closed.
    pub(super) fn close(&mut self) -> Result<(), Http1Error> {
        match self {
            Self::Close { closed } => *closed = true,
            _ if self.is_over() => {}
            Self::Length(_) | Self::Chunks(_) => return Err(Http1Error::Cut),
        }
        Ok(())
    }
}
