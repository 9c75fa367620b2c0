//! A body in chunks (RFC 9112, section 7.1).

use bytes::{Buf, Bytes, BytesMut};
use memchr::memchr;

use super::Http1Error;

/// The longest line of a chunk's size, its extensions included.
const LINE_MOST: usize = 4 * 1024;

/// The most that all trailers may take.
const TRAILERS_MOST: usize = 16 * 1024;

/// A piece that is larger is not moved to those before it.
const MOVED_MOST: usize = 16 * 1024;

/// A chunked body as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    part: Part,
    trailers: usize,
}

/// What the next byte belongs to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Part {
    #[default]
    Size,
    /// So many bytes of a chunk are still to come.
    Data(u64),
    /// The line's end behind a chunk.
    DataEnd,
    Trailers,
    Over,
}

/// How far one look at what was read has come.
struct Look {
    /// Up to where everything is read.
    at: usize,
    /// Where the data stands that was found.
    found: std::ops::Range<usize>,
}

// === impl Chunks ===

impl Chunks {
    pub(super) fn is_over(&self) -> bool {
        self.part == Part::Over
    }

    /// Takes the data of all chunks that are there, in one piece. What belongs to the next one and
    /// isn't whole stays.
    pub(super) fn take(&mut self, read: &mut BytesMut) -> Result<Option<Bytes>, Http1Error> {
        let mut look = Look { at: 0, found: 0..0 };
        while self.step(read, &mut look)? {}
        let Look { at, found } = look;
        if found.is_empty() {
            read.advance(at);
            return Ok(None);
        }
        read.advance(found.start);
        let data = read.split_to(found.len());
        read.advance(at - found.end);
        Ok(Some(data.freeze()))
    }

    /// Reads one part; tells whether there may be another.
    fn step(&mut self, read: &mut [u8], look: &mut Look) -> Result<bool, Http1Error> {
        let rest = &read[look.at..];
        match self.part {
            Part::Over => return Ok(false),
            Part::Data(left) => {
                let some = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                if some == 0 || (!look.found.is_empty() && some > MOVED_MOST) {
                    return Ok(false);
                }
                look.add(read, some);
                let left = left - some as u64;
                self.part = if left == 0 { Part::DataEnd } else { Part::Data(left) };
            }
            Part::DataEnd => match rest {
                [b'\r', b'\n', ..] => {
                    look.at += 2;
                    self.part = Part::Size;
                }
                [] | [b'\r'] => return Ok(false),
                _ => return Err(Http1Error::Chunk("a chunk is longer than its size")),
            },
            Part::Size => {
                let Some(line) = line(rest)? else { return Ok(false) };
                let size = size(line)?;
                look.at += line.len() + 2;
                self.part = if size == 0 { Part::Trailers } else { Part::Data(size) };
            }
            Part::Trailers => {
                let Some(line) = line(rest)? else { return Ok(false) };
                look.at += line.len() + 2;
                self.trailers += line.len() + 2;
                if self.trailers > TRAILERS_MOST {
                    return Err(Http1Error::Chunk("its trailers are too large"));
                }
                if line.is_empty() {
                    self.part = Part::Over;
                }
            }
        }
        Ok(true)
    }
}

// === impl Look ===

impl Look {
    /// Takes the next bytes for data, and moves them to those before.
    fn add(&mut self, read: &mut [u8], some: usize) {
        if self.found.is_empty() {
            self.found = self.at..self.at + some;
        } else {
            read.copy_within(self.at..self.at + some, self.found.end);
            self.found.end += some;
        }
        self.at += some;
    }
}

/// Returns the next line without its end, once it is whole.
fn line(rest: &[u8]) -> Result<Option<&[u8]>, Http1Error> {
    let Some(end) = memchr(b'\n', rest) else {
        return if rest.len() > LINE_MOST { Err(Http1Error::Chunk("a line is too long")) } else { Ok(None) };
    };
    let line = rest[..end].strip_suffix(b"\r").filter(|line| line.len() <= LINE_MOST);
    line.map(Some).ok_or(Http1Error::Chunk("a line is too long, or ends without CR"))
}

/// Reads a chunk's size; an extension behind it means nothing to us.
fn size(line: &[u8]) -> Result<u64, Http1Error> {
    let wrong = Http1Error::Chunk("a chunk's size is no number");
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (digits, behind) = line.split_at(digits);
    if digits.is_empty() || digits.len() > 16 || !matches!(behind, [] | [b' ' | b'\t' | b';', ..]) {
        return Err(wrong);
    }
    let text = std::str::from_utf8(digits).unwrap_or_default();
    u64::from_str_radix(text, 16).map_err(|_| wrong)
}
