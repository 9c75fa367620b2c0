//! Reads the one field that routing needs, and where it stands.
//!
//! A full parse would cost more than the rest of the request and could not give the bytes back as
//! they were. This scanner walks the top-level object once: it knows strings and brackets, checks
//! the outermost level strictly, and leaves what is inside of the other values to the backend.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr2;
use thiserror::Error;

/// How deep brackets may nest; deeper bodies are refused before they can hurt a parser behind us.
const MAX_DEPTH: usize = 128;

/// What a body says about its model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peek<'b> {
    /// The model's name; `None` if the body names none.
    pub model: Option<Cow<'b, str>>,
    /// Where the value of `model` stands, quotes included.
    pub range: Range<usize>,
}

/// Why a body can't be routed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PeekError {
    /// No bytes, or only white space.
    #[error("the request has no body; it needs a JSON object with `model`")]
    Empty,
    /// Not a JSON object.
    #[error("the body isn't a JSON object: it begins with {0}")]
    NotAnObject(String),
    /// Broken JSON.
    #[error("the body isn't valid JSON: {what} at byte {at}")]
    Broken {
        /// What was found or missed.
        what: &'static str,
        /// Where, counted from 0.
        at: usize,
    },
    /// More than 128 brackets within brackets.
    #[error("the body nests deeper than {MAX_DEPTH} brackets at byte {0}")]
    TooDeep(usize),
    /// `model` stands there more than once; routers and backends would disagree on which counts.
    #[error("`model` stands twice in the body")]
    Twice,
    /// `model` is a number, a list, …
    #[error("`model` must be a string")]
    NotAString,
    /// The form has no readable end.
    #[error("the multipart form is broken: {0}")]
    Form(&'static str),
}

/// Finds `model` at the top level of a JSON object.
pub fn peek(body: &[u8]) -> Result<Peek<'_>, PeekError> {
    let mut scan = Scan { body, at: 0 };
    scan.skip_space();
    match scan.next_byte() {
        Some(b'{') => scan.members(),
        None => Err(PeekError::Empty),
        Some(_) => Err(PeekError::NotAnObject(super::clipped(&body[scan.at - 1..], 16))),
    }
}

struct Scan<'b> {
    body: &'b [u8],
    at: usize,
}

// === impl Scan ===

impl<'b> Scan<'b> {
    fn members(&mut self) -> Result<Peek<'b>, PeekError> {
        let mut found = Peek { model: None, range: 0..0 };
        let mut seen = false;
        self.skip_space();
        if self.peek_byte() == Some(b'}') {
            self.at += 1;
            return self.end(found);
        }
        loop {
            let key = self.key()?;
            let value = self.value()?;
            if key == *"model" {
                if seen {
                    return Err(PeekError::Twice);
                }
                seen = true;
                found = self.model(value)?;
            }
            self.skip_space();
            match self.next_byte() {
                Some(b',') => self.skip_space(),
                Some(b'}') => return self.end(found),
                _ => return self.broken("no `,` or `}` after a value"),
            }
        }
    }

    fn key(&mut self) -> Result<Cow<'b, str>, PeekError> {
        if self.peek_byte() != Some(b'"') {
            return self.broken("no name in quotes");
        }
        let start = self.at;
        self.string()?;
        let key = unescaped(&self.body[start..self.at]).unwrap_or(Cow::Borrowed(""));
        self.skip_space();
        if self.next_byte() != Some(b':') {
            return self.broken("no `:` after a name");
        }
        self.skip_space();
        Ok(key)
    }

    fn model(&self, value: Range<usize>) -> Result<Peek<'b>, PeekError> {
        let text = &self.body[value.clone()];
        match text.first() {
            Some(b'"') => {
                let name = unescaped(text).ok_or(PeekError::Broken {
                    what: "the model's name isn't a valid string",
                    at: value.start,
                })?;
                Ok(Peek { model: Some(name), range: value })
            }
            _ if text == b"null" => Ok(Peek { model: None, range: value }),
            _ => Err(PeekError::NotAString),
        }
    }

    fn end(&mut self, found: Peek<'b>) -> Result<Peek<'b>, PeekError> {
        self.skip_space();
        if self.at < self.body.len() {
            return self.broken("more text after the object");
        }
        Ok(found)
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

    /// Walks over a string, from its first quote to behind its last.
    fn string(&mut self) -> Result<(), PeekError> {
        self.at += 1;
        loop {
            let Some(step) = memchr2(b'"', b'\\', &self.body[self.at..]) else {
                self.at = self.body.len();
                return self.broken("the end inside of a string");
            };
            self.at += step + 1;
            if self.body[self.at - 1] == b'"' {
                return Ok(());
            }
            self.at = (self.at + 1).min(self.body.len());
        }
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

/// Decodes a JSON string, quotes included; borrows where nothing is escaped.
fn unescaped(quoted: &[u8]) -> Option<Cow<'_, str>> {
    let inner = &quoted[1..quoted.len() - 1];
    if memchr::memchr(b'\\', inner).is_none() && !inner.iter().any(|byte| *byte < 0x20) {
        return std::str::from_utf8(inner).ok().map(Cow::Borrowed);
    }
    serde_json::from_slice::<String>(quoted).ok().map(Cow::Owned)
}
