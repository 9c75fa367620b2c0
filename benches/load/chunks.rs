//! The payload of a chunked body, whatever pieces it comes in.

/// Where in the body we are.
enum Place {
    /// In the digits of a chunk's length.
    Length(usize),
    /// Behind them, up to the line's end.
    LineEnd(usize),
    /// Inside a chunk with so much to come, its own line end included.
    Inside(usize),
    /// Behind the last chunk; so many bytes of the line have come.
    Trailer(usize),
    Done,
}

/// What reads it.
pub(crate) struct Chunks(Place);

impl Chunks {
    /// Begins before the first chunk.
    pub(crate) fn new() -> Self {
        Self(Place::Length(0))
    }

    /// Tells whether the body has ended.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.0, Place::Done)
    }

    /// Reads what came and appends its payload; `None` where it is no chunked body.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], payload: &mut Vec<u8>) -> Option<()> {
        while let Some(&byte) = bytes.first() {
            let mut used = 1;
            self.0 = match self.0 {
                Place::Length(length) => match char::from(byte).to_digit(16) {
                    Some(digit) => Place::Length(length.checked_mul(16)? + digit as usize),
                    None if byte == b'\r' || byte == b';' => Place::LineEnd(length),
                    None => return None,
                },
                Place::LineEnd(0) if byte == b'\n' => Place::Trailer(0),
                Place::LineEnd(length) if byte == b'\n' => Place::Inside(length + 2),
                Place::LineEnd(length) => Place::LineEnd(length),
                Place::Inside(left) => {
                    used = left.min(bytes.len());
                    payload.extend_from_slice(&bytes[..used.min(left.saturating_sub(2))]);
                    if used == left { Place::Length(0) } else { Place::Inside(left - used) }
                }
                Place::Trailer(0) if byte == b'\r' => Place::Trailer(0),
                Place::Trailer(0) if byte == b'\n' => Place::Done,
                Place::Trailer(_) if byte == b'\n' => Place::Trailer(0),
                Place::Trailer(length) => Place::Trailer(length + 1),
                Place::Done => return None,
            };
            bytes = &bytes[used..];
        }
        Some(())
    }
}
