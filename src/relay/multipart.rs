//! Finds `model` in a form, as audio and image requests send it (RFC 7578).

use std::borrow::Cow;
use std::ops::Range;

use http::{HeaderMap, header};
use memchr::memmem;

use super::peek::{Peek, PeekError};

/// Returns the form's boundary if the request is a form.
pub(super) fn boundary(headers: &HeaderMap) -> Option<&str> {
    let given = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (kind, rest) = given.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    rest.split(';').find_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then(|| value.trim_matches('"')).filter(|v| !v.is_empty())
    })
}

/// Finds the value of the field `model`; its range has no quotes.
pub(super) fn peek_form<'b>(body: &'b [u8], boundary: &str) -> Result<Peek<'b>, PeekError> {
    let delimiter = format!("--{boundary}");
    let mut found = Peek { model: None, range: 0..0 };
    let starts: Vec<usize> = memmem::find_iter(body, delimiter.as_bytes())
        .filter(|&at| is_delimiter(body, at, at + delimiter.len()))
        .collect();
    if starts.is_empty() {
        return Err(PeekError::Form("its boundary isn't in the body"));
    }
    for pair in starts.windows(2) {
        let part = pair[0] + delimiter.len()..pair[1];
        let Some(range) = value_of_model(body, part)? else { continue };
        if found.model.is_some() {
            return Err(PeekError::Twice);
        }
        let name = std::str::from_utf8(&body[range.clone()]).map_err(|_| PeekError::NotAString)?;
        found = Peek { model: Some(Cow::Borrowed(name)), range };
    }
    Ok(found)
}

/// Tells a delimiter, which is a line of its own, from its text within a file.
fn is_delimiter(body: &[u8], start: usize, end: usize) -> bool {
    let begins_a_line = start == 0 || body[..start].ends_with(b"\r\n");
    begins_a_line && [&b"\r\n"[..], b"--", b" ", b"\t"].iter().any(|next| body[end..].starts_with(next))
}

/// Returns where the part's value stands if the part is the field `model`.
fn value_of_model(body: &[u8], part: Range<usize>) -> Result<Option<Range<usize>>, PeekError> {
    let text = &body[part.clone()];
    let Some(head_end) = memmem::find(text, b"\r\n\r\n") else {
        return Err(PeekError::Form("a part has no end to its headers"));
    };
    let head = String::from_utf8_lossy(&text[..head_end]);
    let disposition = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    });
    let is_model = disposition.is_some_and(|value| {
        parameters(value).any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or_default();
            name.trim().eq_ignore_ascii_case("name") && value.trim().trim_matches('"') == "model"
        })
    });
    if !is_model {
        return Ok(None);
    }
    let value_end = text.strip_suffix(b"\r\n").map_or(text.len(), <[u8]>::len);
    if value_end < head_end + 4 {
        return Err(PeekError::Form("the field `model` has no value"));
    }
    Ok(Some(part.start + head_end + 4..part.start + value_end))
}

/// Splits a header's value at its semicolons, except for those in quotes.
fn parameters(value: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    value.split(move |c| {
        let is_end = c == ';' && !quoted;
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        is_end
    })
}
