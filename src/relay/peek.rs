//! Reads the one field that routing needs, and where it stands.
//!
//! A full parse would cost more than the rest of the request and could not give the bytes back as
//! they were, so the top-level object is walked over once.

use std::borrow::Cow;
use std::ops::Range;

use thiserror::Error;

use super::scan::{MAX_DEPTH, members, unescaped};

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
    let mut found = Peek { model: None, range: 0..0 };
    let mut seen = false;
    for member in members(body)? {
        let member = member?;
        if member.name == "model" {
            if seen {
                return Err(PeekError::Twice);
            }
            seen = true;
            found = model(body, member.value_at)?;
        }
    }
    Ok(found)
}

fn model(body: &[u8], value: Range<usize>) -> Result<Peek<'_>, PeekError> {
    let text = &body[value.clone()];
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
