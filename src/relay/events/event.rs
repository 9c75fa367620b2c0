//! One event.

use std::borrow::Cow;

use bytes::Bytes;
use serde::de::IgnoredAny;

use super::{Meaning, meaning};

/// The bytes of one event, from its first line to its blank line, exactly as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event(pub Bytes);

impl Event {
    /// Returns the value of `event:`; a message has none.
    #[must_use]
    pub fn name(&self) -> Option<&[u8]> {
        self.values(b"event").last()
    }

    /// Returns what the lines of `data:` say, put together by LF; `None` for a comment.
    #[must_use]
    pub fn data(&self) -> Option<Cow<'_, [u8]>> {
        let mut lines = self.values(b"data");
        let first = lines.next()?;
        let Some(second) = lines.next() else { return Some(Cow::Borrowed(first)) };
        let mut joined = [first, b"\n", second].concat();
        for line in lines {
            joined.push(b'\n');
            joined.extend_from_slice(line);
        }
        Some(Cow::Owned(joined))
    }

    /// Tells what the event means to who waits for an answer.
    #[must_use]
    pub fn meaning(&self) -> Meaning {
        match self.data() {
            None => Meaning::Prelude,
            Some(_) if self.name() == Some(b"error") => Meaning::Error,
            Some(data) => meaning(&data),
        }
    }

    /// Tells whether it has data that is neither JSON nor `[DONE]`, on which clients stumble. An error
    /// in plain words is none of these: it is better than a stream that only ends.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        let Some(data) = self.data() else { return false };
        let is_json = || serde_json::from_slice::<IgnoredAny>(&data).is_ok();
        data.trim_ascii() != b"[DONE]" && self.name() != Some(b"error") && !is_json()
    }

    /// Returns the values of all fields of a name.
    fn values<'e>(&'e self, name: &'static [u8]) -> impl Iterator<Item = &'e [u8]> {
        let bytes = self.0.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.0);
        bytes.split(|byte| matches!(byte, b'\n' | b'\r')).filter_map(move |line| {
            match line.strip_prefix(name)? {
                [] => Some(&[][..]),
                [b':', b' ', value @ ..] | [b':', value @ ..] => Some(value),
                _ => None,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(text: &'static str) -> Event {
        Event(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn data_is_what_the_standard_says() {
        let data = |text| event(text).data().map(|data| String::from_utf8(data.to_vec()).unwrap());
        assert_eq!(data("data: a\n\n").as_deref(), Some("a"));
        assert_eq!(data("\u{feff}data:a\r\n\r\n").as_deref(), Some("a"));
        assert_eq!(data("data: a\rdata:  b\rdata\r\r").as_deref(), Some("a\n b\n"));
        assert_eq!(data(": a\n\n"), None);
        assert_eq!(data("datum: a\n\n"), None);
        assert_eq!(event("event: error\ndata: a\n\n").name(), Some(&b"error"[..]));
    }

    #[test]
    fn comments_say_nothing_and_an_event_named_error_is_one() {
        assert_eq!(event(": keep-alive\n\n").meaning(), Meaning::Prelude);
        assert_eq!(event("event: ping\n\n").meaning(), Meaning::Prelude);
        assert_eq!(event("event: error\ndata: overloaded\n\n").meaning(), Meaning::Error);
        assert_eq!(event("data: [DONE]\n\n").meaning(), Meaning::Done);
    }
}
