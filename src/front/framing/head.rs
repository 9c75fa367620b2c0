//! A request's head, line by line.

use memchr::memchr;

use super::field::{Field, are_token, is_control, is_token};
use super::{Frame, Refusal};

/// The largest head in bytes.
pub(crate) const HEAD_MOST: usize = 64 * 1024;

/// The most lines behind the request line; hyper's own limit.
pub(super) const FIELDS_MOST: usize = 100;

/// A head as far as it has come. Its places count from the head's first byte.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// Where the line begins that isn't whole yet.
    line: usize,
    /// Up to where there is no line's end.
    scanned: usize,
    /// How many lines were read, the request line among them.
    lines: usize,
    is_http10: bool,
    length: Option<u64>,
    /// Where the digits of the length stand.
    digits: (usize, usize),
    /// Whether the client may wait to be told to go on.
    expects: bool,
    coding: Option<Coding>,
}

/// What `Transfer-Encoding` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Chunked,
    Refused(Refusal),
}

// === impl Head ===

impl Head {
    pub(super) fn is_untouched(&self) -> bool {
        self.scanned == 0
    }

    /// Reads on; gives the head's length and what frames its body once it is whole.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<Option<(usize, Frame)>, Refusal> {
        if self.is_untouched()
            && !bytes.first().is_some_and(|&byte| is_token(byte) || b"\r\n".contains(&byte))
        {
            return Err(Refusal::NotHttp);
        }
        while let Some(at) = memchr(b'\n', &bytes[self.scanned..]) {
            let end = self.scanned + at;
            if end >= HEAD_MOST {
                return Err(self.too_large());
            }
            let begin = self.line;
            let line = bytes[begin..end].strip_suffix(b"\r").ok_or(Refusal::BareLf)?;
            (self.line, self.scanned) = (end + 1, end + 1);
            match (self.lines, line) {
                // Some clients end a body with one line more than they should (section 2.2).
                (0, b"") => continue,
                (0, line) => self.request_line(line)?,
                (_, b"") => return Ok(Some((end + 1, self.frame()?))),
                (_, line) => self.field(line, begin)?,
            }
            self.lines += 1;
        }
        self.scanned = bytes.len();
        if bytes.len() > HEAD_MOST { Err(self.too_large()) } else { Ok(None) }
    }

    /// Returns where the digits of the body's length stand, unless the client is to be told to go on.
    pub(super) fn digits_beside(&self) -> Option<(usize, usize)> {
        Some(self.digits).filter(|_| !self.expects)
    }

    fn too_large(&self) -> Refusal {
        if self.lines == 0 { Refusal::TargetTooLong } else { Refusal::HeadTooLarge }
    }

    fn request_line(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let mut words = line.splitn(3, |&byte| byte == b' ');
        let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next()) else {
            return Err(Refusal::RequestLine);
        };
        if method.is_empty() || target.is_empty() || !are_token(method) {
            return Err(Refusal::RequestLine);
        }
        if !is_target(target) {
            return Err(Refusal::Target);
        }
        match version {
            b"HTTP/1.1" => {}
            b"HTTP/1.0" => self.is_http10 = true,
            [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => return Err(Refusal::Version),
            _ => return Err(Refusal::RequestLine),
        }
        Ok(())
    }

    fn field(&mut self, line: &[u8], begin: usize) -> Result<(), Refusal> {
        if self.lines > FIELDS_MOST {
            return Err(Refusal::HeadTooLarge);
        }
        let Some(colon) = memchr(b':', line) else {
            return Err(if is_fold(line) { Refusal::Fold } else { Refusal::FieldName });
        };
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if name.is_empty() || !are_token(name) {
            return Err(match name {
                _ if is_fold(line) => Refusal::Fold,
                [.., b' ' | b'\t'] => Refusal::SpaceBeforeColon,
                _ => Refusal::FieldName,
            });
        }
        if is_control(value) {
            return Err(Refusal::Control);
        }
        match Field::of(name) {
            Field::Length => {
                let at = begin + line.len() - value.trim_ascii_start().len();
                let value = value.trim_ascii();
                self.digits = (at, at + value.len());
                self.length(value)
            }
            Field::Coding => {
                let twice = self.coding.is_some();
                let coding = coding(value.trim_ascii());
                self.coding = Some(if twice { Coding::Refused(Refusal::Coding) } else { coding });
                Ok(())
            }
            Field::Lookalike => Err(Refusal::Lookalike),
            Field::Expect => {
                self.expects = true;
                Ok(())
            }
            Field::Other => Ok(()),
        }
    }

    fn length(&mut self, value: &[u8]) -> Result<(), Refusal> {
        if self.length.is_some() {
            return Err(Refusal::TwoLengths);
        }
        let digits = Some(value).filter(|value| value.iter().all(u8::is_ascii_digit));
        let length = digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        // Larger ones have a meaning of their own in some parsers.
        self.length = length.filter(|length| *length <= i64::MAX.unsigned_abs());
        self.length.map(|_| ()).ok_or(Refusal::Length)
    }

    /// Decides at the head's end, when all of its lines are known.
    fn frame(&self) -> Result<Frame, Refusal> {
        match (self.coding, self.length) {
            (None, length) => Ok(Frame::Length(length.unwrap_or(0))),
            (Some(_), _) if self.is_http10 => Err(Refusal::ChunksInHttp10),
            (Some(_), Some(_)) => Err(Refusal::LengthBesideChunks),
            (Some(Coding::Refused(refusal)), None) => Err(refusal),
            (Some(Coding::Chunked), None) => Ok(Frame::Chunks),
        }
    }
}

/// Tells whether only such bytes are in it as a URL has, its fragment left out.
pub(super) fn is_target(target: &[u8]) -> bool {
    target.iter().filter(|&&byte| !byte.is_ascii_graphic() || byte == b'#').count() == 0
}

fn is_fold(line: &[u8]) -> bool {
    matches!(line.first(), Some(b' ' | b'\t'))
}

/// What isn't chunked last has no end that all agree on; what is chunked twice, neither.
fn coding(value: &[u8]) -> Coding {
    if value.eq_ignore_ascii_case(b"chunked") {
        return Coding::Chunked;
    }
    let mut names = value.rsplit(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    let ends_chunked = names.next().is_some_and(|last| last.eq_ignore_ascii_case(b"chunked"));
    let known = |name: &[u8]| name.is_empty() || name.eq_ignore_ascii_case(b"chunked");
    let is_unknown = ends_chunked && !names.any(known);
    Coding::Refused(if is_unknown { Refusal::UnknownCoding } else { Refusal::Coding })
}
