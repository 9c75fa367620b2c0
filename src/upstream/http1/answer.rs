//! The head of an answer (RFC 9112, section 4), and what it says of the body.

use std::mem::MaybeUninit;

use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version, header};
use memchr::memchr_iter;

use super::Http1Error;
use super::chunks::Chunks;
use super::frame::Frame;

/// The largest head of an answer in bytes.
pub(super) const HEAD_MOST: usize = 64 * 1024;

/// The most lines of a head behind its first.
const FIELDS_MOST: usize = 100;

/// An answer whose head has come.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) head: Response<()>,
    pub(super) frame: Frame,
    /// Whether the backend will take another request on this connection.
    pub(super) keeps: bool,
}

// === impl Answer ===

impl Answer {
    /// Tells whether another answer follows (RFC 9110, section 15.2); after a switch of protocols none does.
    pub(super) fn is_interim(&self) -> bool {
        self.head.status().is_informational() && self.head.status() != StatusCode::SWITCHING_PROTOCOLS
    }
}

/// Takes the head of an answer out of what was read, once it is whole. `seen` is up to where there is
/// no end of it.
pub(super) fn take(
    read: &mut BytesMut,
    seen: &mut usize,
    asked: &Method,
) -> Result<Option<Answer>, Http1Error> {
    if *seen == 0 {
        // Some servers end a body with one line more than they should (RFC 9112, section 2.2).
        let lines = read.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        read.advance(lines);
    }
    let begin = b"HTTP/1.".iter().zip(read.iter());
    if begin.into_iter().any(|(ours, theirs)| ours != theirs) {
        return Err(Http1Error::Head("it doesn't begin with HTTP/1"));
    }
    let end = end(read, seen);
    if end.unwrap_or(read.len()) > HEAD_MOST {
        return Err(Http1Error::Head("it is too large"));
    }
    let Some(end) = end else { return Ok(None) };
    *seen = 0;
    parse(&read.split_to(end).freeze(), asked).map(Some)
}

/// Finds the empty line at the end of a head.
fn end(read: &[u8], seen: &mut usize) -> Option<usize> {
    let from = *seen;
    for at in memchr_iter(b'\n', &read[from..]).map(|at| from + at) {
        match read[at + 1..] {
            [b'\n', ..] => return Some(at + 2),
            [b'\r', b'\n', ..] => return Some(at + 3),
            // The next line hasn't begun, or not clearly.
            [] | [b'\r'] => {
                *seen = at;
                return None;
            }
            _ => *seen = at + 1,
        }
    }
    *seen = read.len();
    None
}

fn parse(bytes: &Bytes, asked: &Method) -> Result<Answer, Http1Error> {
    let mut fields = [const { MaybeUninit::uninit() }; FIELDS_MOST];
    let mut response = httparse::Response::new(&mut []);
    let config = httparse::ParserConfig::default();
    match config.parse_response_with_uninit_headers(&mut response, bytes, &mut fields) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Err(Http1Error::Head("it has no end")),
        Err(httparse::Error::TooManyHeaders) => return Err(Http1Error::Head("it has too many lines")),
        Err(_) => return Err(Http1Error::Head("a line can't be read")),
    }
    let status = response.code.and_then(|code| StatusCode::from_u16(code).ok());
    let mut head = Response::new(());
    *head.status_mut() = status.ok_or(Http1Error::Head("its status is none"))?;
    *head.version_mut() = if response.version == Some(1) { Version::HTTP_11 } else { Version::HTTP_10 };
    let headers = head.headers_mut();
    headers.reserve(response.headers.len() + ADDED);
    for field in &*response.headers {
        let name = HeaderName::from_bytes(field.name.as_bytes());
        let value = HeaderValue::from_maybe_shared(bytes.slice_ref(field.value));
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(Http1Error::Head("a line can't be read"));
        };
        headers.append(name, value);
    }
    let (frame, is_certain) = frame(&mut head, asked)?;
    let keeps = keeps(&head) && !matches!(frame, Frame::Close { .. }) && is_certain;
    Ok(Answer { head, frame, keeps })
}

/// How many lines a router adds to an answer: room for them is made at once.
const ADDED: usize = 8;

/// Decides what frames the body; tells as well whether that is beyond doubt.
fn frame(head: &mut Response<()>, asked: &Method) -> Result<(Frame, bool), Http1Error> {
    let status = head.status();
    let is_http10 = head.version() == Version::HTTP_10;
    let headers = head.headers_mut();
    let has_none = *asked == Method::HEAD
        || status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let coding = headers.get_all(header::TRANSFER_ENCODING).iter().next_back().map(is_chunked_last);
    if has_none {
        return Ok((Frame::Length(0), coding.is_none()));
    }
    if let Some(is_chunked) = coding {
        if is_http10 {
            return Err(Http1Error::Head("HTTP/1.0 has no transfer codings"));
        }
        let had_length = headers.remove(header::CONTENT_LENGTH).is_some();
        let frame =
            if is_chunked { Frame::Chunks(Chunks::default()) } else { Frame::Close { closed: false } };
        return Ok((frame, !had_length));
    }
    match length(headers)? {
        Some(length) => Ok((Frame::Length(length), true)),
        None => Ok((Frame::Close { closed: false }, true)),
    }
}

/// Reads the one length; several that say the same become one.
fn length(headers: &mut HeaderMap) -> Result<Option<u64>, Http1Error> {
    let mut found = None;
    let mut count = 0;
    for value in headers.get_all(header::CONTENT_LENGTH) {
        for word in value.as_bytes().split(|&byte| byte == b',') {
            let length = number(word.trim_ascii()).ok_or(Http1Error::Head("its length is no number"))?;
            if found.replace(length).is_some_and(|before| before != length) {
                return Err(Http1Error::Head("it has two lengths"));
            }
            count += 1;
        }
    }
    if let Some(length) = found.filter(|_| count > 1) {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Ok(found)
}

fn number(digits: &[u8]) -> Option<u64> {
    let is_plain = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| is_plain)?.parse().ok()
}

fn is_chunked_last(value: &HeaderValue) -> bool {
    let last = value.as_bytes().rsplit(|&byte| byte == b',').next().unwrap_or_default();
    last.trim_ascii().eq_ignore_ascii_case(b"chunked")
}

/// Tells whether the connection is good for another exchange (RFC 9112, section 9.3).
fn keeps(head: &Response<()>) -> bool {
    let says = |word: &[u8]| {
        let values = head.headers().get_all(header::CONNECTION).into_iter();
        let mut words = values.flat_map(|value| value.as_bytes().split(|&byte| byte == b','));
        words.any(|said| said.trim_ascii().eq_ignore_ascii_case(word))
    };
    match head.version() {
        Version::HTTP_10 => says(b"keep-alive") && !says(b"close"),
        _ => !says(b"close"),
    }
}
