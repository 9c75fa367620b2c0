//! A watch over HTTP: an answer without an end, a JSON value a line.

use bytes::{Bytes, BytesMut};
use memchr::memchr;
use reqwest::Response;

use super::{CenterError, fault};

/// The most bytes of one line.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// The lines of an answer, as they come.
#[derive(Debug)]
pub(super) struct Lines {
    response: Response,
    received: Received,
}

/// What has come of the lines.
#[derive(Debug, Default)]
pub(super) struct Received {
    buffer: BytesMut,
    /// How much of the buffer is known to hold no end of a line.
    searched: usize,
}

// === impl Lines ===

impl Lines {
    /// Reads an answer by lines.
    pub(super) fn of(response: Response) -> Self {
        Self { response, received: Received::default() }
    }

    /// Waits for the next line; `None` once the answer has ended.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, CenterError> {
        loop {
            if let Some(line) = self.received.take()? {
                return Ok(Some(line));
            }
            match self.response.chunk().await.map_err(|error| fault(&error))? {
                Some(piece) => self.received.push(&piece),
                None => return Ok(None),
            }
        }
    }
}

// === impl Received ===

impl Received {
    pub(super) fn push(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
    }

    /// Takes a line that says something, if there is a whole one.
    pub(super) fn take(&mut self) -> Result<Option<Bytes>, CenterError> {
        while let Some(end) = memchr(b'\n', &self.buffer[self.searched..]) {
            let line = self.buffer.split_to(self.searched + end + 1).freeze();
            self.searched = 0;
            if !line.trim_ascii().is_empty() {
                return Ok(Some(line));
            }
        }
        self.searched = self.buffer.len();
        if self.searched > MOST_BYTES { Err(CenterError::TooLarge(MOST_BYTES)) } else { Ok(None) }
    }
}
