//! A body in chunks.

use super::Refusal;
use super::field::is_token;

/// The most that extensions and trailers of one body may take together; hyper's own is 16 KB each.
const EXTRAS_MOST: usize = 8 * 1024;

/// As many digits as the largest size has.
const DIGITS_MOST: u8 = 16;

/// A chunked body as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    part: Part,
    /// The size of the chunk, then what is left of it.
    left: u64,
    /// How many digits the size has so far; zeros before it would never overflow.
    digits: u8,
    extras: usize,
}

/// What the next byte belongs to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The first digit of a size.
    #[default]
    SizeBegin,
    Size,
    /// Spaces behind a size, which only an extension may follow (RFC 9112, section 7.1.1).
    SizeSpace,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    TrailerBegin,
    TrailerName,
    TrailerValue,
    TrailerLf,
    EndLf,
    Over,
}

// === impl Chunks ===

impl Chunks {
    pub(super) fn is_over(&self) -> bool {
        self.part == Part::Over
    }

    /// Passes bytes up to the body's end; an error says how many were good.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<usize, (usize, Refusal)> {
        let mut at = 0;
        while at < bytes.len() && self.part != Part::Over {
            if self.part == Part::Data {
                let some = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len() - at);
                at += some;
                self.left -= some as u64;
                if self.left == 0 {
                    self.part = Part::DataCr;
                }
                continue;
            }
            self.part = self.next(bytes[at]).map_err(|refusal| (at, refusal))?;
            at += 1;
        }
        Ok(at)
    }

    fn next(&mut self, byte: u8) -> Result<Part, Refusal> {
        match (self.part, byte) {
            (Part::SizeBegin | Part::Size, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => self.digit(byte),
            (Part::Size | Part::SizeSpace, b' ' | b'\t') => self.extra(Part::SizeSpace),
            (Part::Size | Part::SizeSpace, b';') | (Part::Extension, b'\t' | b' '..=b'~' | 0x80..) => {
                self.extra(Part::Extension)
            }
            (Part::Size | Part::Extension, b'\r') => Ok(Part::SizeLf),
            (Part::SizeLf, b'\n') if self.left == 0 => Ok(Part::TrailerBegin),
            (Part::SizeLf, b'\n') => Ok(Part::Data),
            (Part::DataCr, b'\r') => Ok(Part::DataLf),
            (Part::DataLf, b'\n') => {
                self.digits = 0;
                Ok(Part::SizeBegin)
            }
            (Part::TrailerBegin, b'\r') => Ok(Part::EndLf),
            (Part::TrailerBegin | Part::TrailerName, byte) if is_token(byte) => self.extra(Part::TrailerName),
            (Part::TrailerName, b':') | (Part::TrailerValue, b'\t' | b' '..=b'~' | 0x80..) => {
                self.extra(Part::TrailerValue)
            }
            (Part::TrailerValue, b'\r') => Ok(Part::TrailerLf),
            (Part::TrailerLf, b'\n') => Ok(Part::TrailerBegin),
            (Part::EndLf, b'\n') => Ok(Part::Over),
            (Part::SizeBegin | Part::Size | Part::SizeSpace | Part::Extension, _) => Err(Refusal::ChunkSize),
            (Part::TrailerBegin | Part::TrailerName | Part::TrailerValue, _) => Err(Refusal::Trailer),
            (
                Part::SizeLf
                | Part::Data
                | Part::DataCr
                | Part::DataLf
                | Part::TrailerLf
                | Part::EndLf
                | Part::Over,
                _,
            ) => Err(Refusal::ChunkEnd),
        }
    }

    fn digit(&mut self, byte: u8) -> Result<Part, Refusal> {
        let digit = char::from(byte).to_digit(16).ok_or(Refusal::ChunkSize)?;
        self.digits += 1;
        let size = self.left.checked_mul(16).and_then(|size| size.checked_add(u64::from(digit)));
        self.left = size
            .filter(|size| *size <= i64::MAX.unsigned_abs() && self.digits <= DIGITS_MOST)
            .ok_or(Refusal::ChunkSize)?;
        Ok(Part::Size)
    }

    fn extra(&mut self, part: Part) -> Result<Part, Refusal> {
        self.extras += 1;
        if self.extras > EXTRAS_MOST { Err(Refusal::ChunkExtras) } else { Ok(part) }
    }
}
