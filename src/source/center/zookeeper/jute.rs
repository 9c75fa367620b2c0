//! jute, `ZooKeeper`'s way to write values: big endian, with lengths in front. Pure.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::source::center::CenterError;
use crate::source::center::watcher::MOST_BYTES;

/// The most bytes of a message: a document and what stands around it.
const LONGEST: usize = MOST_BYTES + 1024;

/// A message that is written.
#[derive(Debug, Default)]
pub(super) struct Writer(BytesMut);

/// A message that is read. Whatever is missing in it is an error, never a panic.
#[derive(Debug)]
pub(super) struct Reader(Bytes);

// === impl Writer ===

impl Writer {
    pub(super) fn int(mut self, value: i32) -> Self {
        self.0.put_i32(value);
        self
    }

    pub(super) fn long(mut self, value: i64) -> Self {
        self.0.put_i64(value);
        self
    }

    pub(super) fn boolean(mut self, value: bool) -> Self {
        self.0.put_u8(value.into());
        self
    }

    pub(super) fn buffer(mut self, value: &[u8]) -> Self {
        self.0.put_i32(i32::try_from(value.len()).unwrap_or(i32::MAX));
        self.0.put_slice(value);
        self
    }

    pub(super) fn text(self, value: &str) -> Self {
        self.buffer(value.as_bytes())
    }

    /// Returns what was written.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

// === impl Reader ===

impl Reader {
    pub(super) fn new(message: Bytes) -> Self {
        Self(message)
    }

    pub(super) fn int(&mut self) -> Result<i32, CenterError> {
        self.0.try_get_i32().map_err(|_| strange())
    }

    pub(super) fn long(&mut self) -> Result<i64, CenterError> {
        self.0.try_get_i64().map_err(|_| strange())
    }

    /// Reads bytes; a missing value reads as none.
    pub(super) fn buffer(&mut self) -> Result<Bytes, CenterError> {
        let length = usize::try_from(self.int()?.max(0)).map_err(|_| strange())?;
        if length > self.0.len() {
            return Err(strange());
        }
        Ok(self.0.split_to(length))
    }

    pub(super) fn text(&mut self) -> Result<String, CenterError> {
        String::from_utf8(self.buffer()?.into()).map_err(|_| strange())
    }

    pub(super) fn skip(&mut self, bytes: usize) -> Result<(), CenterError> {
        if bytes > self.0.len() {
            return Err(strange());
        }
        self.0.advance(bytes);
        Ok(())
    }
}

/// Takes a message off the front of what has come, if it is there whole.
pub(super) fn take(received: &mut BytesMut) -> Result<Option<Bytes>, CenterError> {
    let Some((length, rest)) = received.split_first_chunk() else { return Ok(None) };
    let length = u32::from_be_bytes(*length);
    // Text that came in a length's place is another protocol, not a long message.
    let is_text = length.to_be_bytes().iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    match usize::try_from(length) {
        _ if is_text => Err(strange()),
        Ok(length) if length > LONGEST => Err(CenterError::TooLarge(MOST_BYTES)),
        Ok(length) if length > rest.len() => Ok(None),
        Ok(length) => {
            received.advance(4);
            Ok(Some(received.split_to(length).freeze()))
        }
        Err(_) => Err(strange()),
    }
}

/// What is no message of `ZooKeeper`'s.
pub(super) fn strange() -> CenterError {
    CenterError::Nonsense("not ZooKeeper's protocol".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let written = Writer::default().int(-7).long(1 << 40).text("/a/é").boolean(true).buffer(b"x");
        let mut reader = Reader::new(Bytes::copy_from_slice(written.bytes()));
        assert_eq!(reader.int(), Ok(-7));
        assert_eq!(reader.long(), Ok(1 << 40));
        assert_eq!(reader.text(), Ok("/a/é".to_owned()));
        assert_eq!(reader.skip(1), Ok(()));
        assert_eq!(reader.buffer(), Ok(Bytes::from_static(b"x")));
        assert_eq!(reader.int(), Err(strange()));
    }

    #[test]
    fn a_length_that_lies_is_an_error() {
        for length in [5_i32, i32::MAX] {
            let mut reader = Reader::new([&length.to_be_bytes()[..], b"abcd"].concat().into());
            assert_eq!(reader.buffer(), Err(strange()));
        }
        let mut missing = Reader::new(Bytes::from_static(&[0xff; 4]));
        assert_eq!(missing.buffer(), Ok(Bytes::new()));
    }
}
