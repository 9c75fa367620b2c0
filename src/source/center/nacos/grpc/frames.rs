//! Messages in an HTTP/2 stream: a flag, a length, a message.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use h2::RecvStream;

use super::link::broken;
use super::payload::Payload;
use crate::source::center::CenterError;

/// The most bytes of a message: a document of 4 MiB, with JSON around it.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// The flag and the length.
const HEAD: usize = 5;

/// The messages of one stream. Nothing is lost if a read is dropped.
#[derive(Debug)]
pub(super) struct Frames {
    stream: RecvStream,
    buffer: BytesMut,
}

// === impl Frames ===

impl Frames {
    pub(super) fn new(stream: RecvStream) -> Self {
        Self { stream, buffer: BytesMut::new() }
    }

    /// Returns the next message; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Payload>, CenterError> {
        loop {
            if let Some(message) = take(&mut self.buffer)? {
                return Payload::decode(&message).map(Some);
            }
            let Some(piece) = self.stream.data().await else { return Ok(None) };
            let piece = piece.map_err(|error| broken(&error))?;
            self.stream.flow_control().release_capacity(piece.len()).map_err(|error| broken(&error))?;
            self.buffer.extend_from_slice(&piece);
        }
    }

    /// Returns the status that ends the stream, 0 if all went well.
    pub(super) async fn status(&mut self) -> Result<u32, CenterError> {
        let trailers = self.stream.trailers().await.map_err(|error| broken(&error))?;
        Ok(trailers.as_ref().map_or(0, status_in))
    }
}

/// Takes a message off the front of what has come, if it is there whole.
pub(super) fn take(buffer: &mut BytesMut) -> Result<Option<Bytes>, CenterError> {
    if buffer.len() < HEAD {
        return Ok(None);
    }
    if buffer[0] != 0 {
        return Err(CenterError::Nonsense("a compressed message that nobody asked for".to_owned()));
    }
    let mut head = &buffer[1..HEAD];
    let length = usize::try_from(head.get_u32()).unwrap_or(usize::MAX);
    if length > MOST_BYTES {
        return Err(CenterError::TooLarge(MOST_BYTES));
    }
    if buffer.len() < HEAD + length {
        return Ok(None);
    }
    buffer.advance(HEAD);
    Ok(Some(buffer.split_to(length).freeze()))
}

/// Puts a head before a message.
pub(super) fn framed(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(HEAD + message.len());
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.extend_from_slice(message);
    frame.freeze()
}

/// Returns the gRPC status among headers or trailers, 0 if there is none.
pub(super) fn status_in(headers: &http::HeaderMap) -> u32 {
    let status = headers.get("grpc-status").and_then(|status| status.to_str().ok());
    status.map_or(0, |status| status.parse().unwrap_or(2))
}
