//! Walks over JSON text without parsing it: where each member stands, and where it ends.
//!
//! It knows strings and brackets and checks the outermost level strictly; what is inside of the
//! values is left to whoever reads them. Ranges are those of the text, so that whoever changes a
//! member changes no other byte.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;

use super::PeekError;

/// How deep brackets may nest; deeper bodies are refused before they can hurt a parser behind us.
pub(super) const MAX_DEPTH: usize = 128;

/// One member of an object.
#[derive(Debug, Clone)]
pub(super) struct Member<'b> {
    /// Its name, decoded.
    pub(super) name: Cow<'b, str>,
    /// Where its name stands, quotes included.
    pub(super) name_at: Range<usize>,
    /// Where its value stands.
    pub(super) value_at: Range<usize>,
}

/// The members of an object in the order of the text; ends at the first error.
#[derive(Debug)]
pub(super) struct Members<'b>(Entries<'b>);

/// Where the items of an array stand; ends at the first error.
#[derive(Debug)]
pub(super) struct Items<'b>(Entries<'b>);

/// What stands between two brackets, separated by commas.
#[derive(Debug)]
struct Entries<'b> {
    scan: Scan<'b>,
    close: u8,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    First,
    Further,
    Over,
}

#[derive(Debug)]
struct Scan<'b> {
    body: &'b [u8],
    at: usize,
}

/// Opens the object that is the whole text.
pub(super) fn members(body: &[u8]) -> Result<Members<'_>, PeekError> {
    members_of(body, 0..body.len())
}

/// Opens the object that stands in a range of the text.
pub(super) fn members_of(body: &[u8], range: Range<usize>) -> Result<Members<'_>, PeekError> {
    Entries::open(body, range, b'{', b'}').map(Members)
}

/// Opens the array that stands in a range of the text.
pub(super) fn items_of(body: &[u8], range: Range<usize>) -> Result<Items<'_>, PeekError> {
    Entries::open(body, range, b'[', b']').map(Items)
}

/// Decodes a JSON string, quotes included; borrows where nothing is escaped.
pub(super) fn unescaped(quoted: &[u8]) -> Option<Cow<'_, str>> {
    let inner = &quoted[1..quoted.len() - 1];
    if memchr(b'\\', inner).is_none() && !inner.iter().any(|byte| *byte < 0x20) {
        return std::str::from_utf8(inner).ok().map(Cow::Borrowed);
    }
    serde_json::from_slice::<String>(quoted).ok().map(Cow::Owned)
}

// === impl Entries ===

impl<'b> Entries<'b> {
    fn open(body: &'b [u8], range: Range<usize>, open: u8, close: u8) -> Result<Self, PeekError> {
        let mut scan = Scan { body: &body[..range.end], at: range.start };
        scan.skip_space();
        match scan.next_byte() {
            Some(byte) if byte == open => Ok(Self { scan, close, state: State::First }),
            None => Err(PeekError::Empty),
            Some(_) => Err(PeekError::NotAnObject(super::clipped(&scan.body[scan.at - 1..], 16))),
        }
    }

    /// Goes to the next entry; tells whether there is one.
    fn advance(&mut self) -> Result<bool, PeekError> {
        self.scan.skip_space();
        let next = self.scan.peek_byte();
        if self.state == State::Over {
            return Ok(false);
        }
        if next == Some(self.close) {
            self.state = State::Over;
            self.scan.at += 1;
            self.scan.skip_space();
            let is_end = self.scan.at == self.scan.body.len();
            return if is_end { Ok(false) } else { self.scan.broken("more text after the object") };
        }
        if self.state == State::Further {
            self.scan.at += usize::from(next.is_some());
            if next != Some(b',') {
                return self.scan.broken("no `,` or `}` after a value");
            }
            self.scan.skip_space();
        }
        self.state = State::Further;
        Ok(true)
    }

    fn next<T>(
        &mut self,
        read: impl Fn(&mut Scan<'b>) -> Result<T, PeekError>,
    ) -> Option<Result<T, PeekError>> {
        let entry = self.advance().and_then(|more| more.then(|| read(&mut self.scan)).transpose());
        if entry.is_err() {
            self.state = State::Over;
        }
        entry.transpose()
    }
}

impl Members<'_> {
    /// Returns where the walk has come to: behind the opening bracket at first.
    pub(super) fn position(&self) -> usize {
        self.0.scan.at
    }
}

impl<'b> Iterator for Members<'b> {
    type Item = Result<Member<'b>, PeekError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next(Scan::member)
    }
}

impl Iterator for Items<'_> {
    type Item = Result<Range<usize>, PeekError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next(Scan::value)
    }
}

// === impl Scan ===

impl<'b> Scan<'b> {
    fn member(&mut self) -> Result<Member<'b>, PeekError> {
        if self.peek_byte() != Some(b'"') {
            return self.broken("no name in quotes");
        }
        let start = self.at;
        self.string()?;
        let name_at = start..self.at;
        let Some(name) = unescaped(&self.body[name_at.clone()]) else {
            return Err(PeekError::Broken { what: "a name that isn't a valid string", at: start });
        };
        self.skip_space();
        if self.next_byte() != Some(b':') {
            return self.broken("no `:` after a name");
        }
        self.skip_space();
        Ok(Member { name, name_at, value_at: self.value()? })
    }

    /// Walks over one value of any kind.
    fn value(&mut self) -> Result<Range<usize>, PeekError> {
        let start = self.at;
        match self.peek_byte() {
            Some(b'"') => self.string()?,
            Some(b'{' | b'[') => self.nested()?,
            Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => self.literal()?,
            _ => return self.broken("no value after a name"),
        }
        Ok(start..self.at)
    }

    fn literal(&mut self) -> Result<(), PeekError> {
        let start = self.at;
        while let Some(b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') = self.peek_byte() {
            self.at += 1;
        }
        let text = &self.body[start..self.at];
        let is_number = matches!(text[0], b'-' | b'0'..=b'9');
        if is_number || matches!(text, b"true" | b"false" | b"null") {
            Ok(())
        } else {
            self.broken("an unknown word")
        }
    }

    /// Walks over an object or array; a bit a level remembers which bracket closes it.
    fn nested(&mut self) -> Result<(), PeekError> {
        let mut levels: u128 = 0;
        let mut depth = 0;
        while let Some(byte) = self.peek_byte() {
            match byte {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => {
                    if depth == MAX_DEPTH {
                        return Err(PeekError::TooDeep(self.at));
                    }
                    levels = levels << 1 | u128::from(byte == b'{');
                    depth += 1;
                }
                b'}' | b']' => {
                    if (levels & 1 == 1) != (byte == b'}') {
                        return self.broken("a bracket of the wrong kind");
                    }
                    levels >>= 1;
                    depth -= 1;
                    if depth == 0 {
                        self.at += 1;
                        return Ok(());
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        self.broken("the end inside of brackets")
    }

    /// Walks over a string, from its first quote to behind its last. Only quotes are looked for: one
    /// behind an odd number of backslashes is part of the text.
    fn string(&mut self) -> Result<(), PeekError> {
        let begin = self.at + 1;
        self.at = begin;
        while let Some(step) = memchr(b'"', &self.body[self.at..]) {
            let quote = self.at + step;
            self.at = quote + 1;
            let text = &self.body[begin..quote];
            if text.iter().rev().take_while(|byte| **byte == b'\\').count().is_multiple_of(2) {
                return Ok(());
            }
        }
        self.at = self.body.len();
        self.broken("the end inside of a string")
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek_byte() {
            self.at += 1;
        }
    }

    fn peek_byte(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    fn next_byte(&mut self) -> Option<u8> {
        let byte = self.peek_byte()?;
        self.at += 1;
        Some(byte)
    }

    fn broken<T>(&self, what: &'static str) -> Result<T, PeekError> {
        Err(PeekError::Broken { what, at: self.at })
    }
}
