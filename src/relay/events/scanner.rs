//! Cuts a stream into events, however the network has cut it.

use bytes::{Bytes, BytesMut};
use memchr::memchr2;

use super::Event;

/// The largest event that is kept together. Beyond it the stream is no longer understood, only
/// passed on: a backend can't make the router hold more than this.
const EVENT_MOST: usize = 1 << 20;

/// An incremental scanner. It holds the bytes of one unfinished event at most, and copies nothing
/// of an event that comes in one piece.
///
/// Lines end in LF, CRLF or CR, and a blank line ends an event. A CR at the end of what is there
/// may be half of a CRLF, so it waits for the next byte, unless the stream has ended a line in a
/// lone CR before.
#[derive(Debug, Default)]
pub struct Scanner {
    partial: BytesMut,
    line_begun: bool,
    after: After,
    lone_cr: bool,
    opaque: bool,
}

/// What the last byte was, where the next one may belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum After {
    #[default]
    Other,
    /// The CR of a line.
    Cr,
    /// The CR of a blank line, whose event is not handed out yet.
    BlankCr,
}

/// What comes out of a [`Scanner`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A whole event, its blank line included.
    Event(Event),
    /// Bytes of a stream that has an event of over 1 MiB: from there on nothing is understood.
    Opaque(Bytes),
}

// === impl Scanner ===

impl Scanner {
    /// Takes the next event from the front of `bytes`. `None` means that all of it was taken and
    /// the event goes on in what comes next.
    pub fn next(&mut self, bytes: &mut Bytes) -> Option<Piece> {
        let end = if self.opaque { None } else { self.end_of_event(bytes) };
        let more = end.unwrap_or(bytes.len());
        if self.partial.len() + more > EVENT_MOST {
            self.opaque = true;
        }
        if self.opaque {
            let held = self.rest();
            let next = if held.is_empty() { std::mem::take(bytes) } else { held };
            return (!next.is_empty()).then_some(Piece::Opaque(next));
        }
        let taken = bytes.split_to(more);
        if end.is_some() && self.partial.is_empty() {
            return Some(Piece::Event(Event(taken)));
        }
        self.partial.extend_from_slice(&taken);
        end.map(|_| Piece::Event(Event(self.rest())))
    }

    /// Takes what is held of an event that has no end yet: the last bytes of a stream.
    #[must_use]
    pub fn rest(&mut self) -> Bytes {
        self.partial.split().freeze()
    }

    /// Returns behind which byte the event ends.
    fn end_of_event(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        loop {
            if self.after != After::Other {
                let next = bytes.get(at)?;
                self.lone_cr = *next != b'\n';
                at += usize::from(!self.lone_cr);
                if std::mem::take(&mut self.after) == After::BlankCr {
                    return Some(at);
                }
            }
            let rest = &bytes[at..];
            let Some(step) = memchr2(b'\n', b'\r', rest) else {
                self.line_begun |= !rest.is_empty();
                return None;
            };
            let is_blank = !std::mem::take(&mut self.line_begun) && step == 0;
            let is_cr = rest[step] == b'\r';
            at += step + 1;
            self.after = match (is_cr, is_blank) {
                (false, _) => After::Other,
                (true, true) if !self.lone_cr => After::BlankCr,
                (true, _) => After::Cr,
            };
            if is_blank && self.after != After::BlankCr {
                return Some(at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::relay::events::any_bytes::{self, joined, scanned};

    fn events(stream: &str) -> Vec<String> {
        let (out, rest) = scanned([stream.as_bytes()]);
        let whole = out.iter().map(|piece| match piece {
            Piece::Event(Event(bytes)) => bytes,
            Piece::Opaque(bytes) => panic!("opaque: {bytes:?}"),
        });
        whole.chain([&rest]).map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()).collect()
    }

    #[test]
    fn a_blank_line_ends_an_event_in_all_three_ways_of_ending_lines() {
        assert_eq!(events("data: a\n\ndata: b\n\nda"), ["data: a\n\n", "data: b\n\n", "da"]);
        assert_eq!(events("a\r\nb\r\n\r\nc\r\n\r\n"), ["a\r\nb\r\n\r\n", "c\r\n\r\n", ""]);
        assert_eq!(events("a\rb\r\rc\r\r"), ["a\rb\r\r", "c\r\r", ""]);
        assert_eq!(events(": wait\n\n\n\ndata: a\n\n"), [": wait\n\n", "\n", "\n", "data: a\n\n", ""]);
        assert_eq!(events("a\n\r\nb\r\n\nc"), ["a\n\r\n", "b\r\n\n", "c"]);
    }

    #[test]
    fn an_event_is_out_as_soon_as_its_blank_line_is_there() {
        let mut scanner = Scanner::default();
        let mut next = |text: &'static str| scanner.next(&mut Bytes::from_static(text.as_bytes())).is_some();
        assert!(next("data: a\n\n"));
        assert!(next("data: b\r\n\r\n"));
        assert!(!next("data: c\r"));
        assert!(next("\r"), "a lone CR before makes this one the blank line");
    }

    #[test]
    fn an_event_without_end_is_given_up_and_its_bytes_go_on() {
        let chunk = vec![b'x'; EVENT_MOST / 4];
        let stream = [&b"data: a\n\n"[..], &chunk, &chunk, &chunk, &chunk, b"x\n\ndata: b\n\n"];
        let (out, rest) = scanned(stream);
        assert!(matches!(out[0], Piece::Event(_)));
        assert!(out[1..].iter().all(|piece| matches!(piece, Piece::Opaque(_))), "{}", out.len());
        assert_eq!(joined(&out, &rest), stream.concat());
    }

    fn alphabet() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![
            3 => Just(b'\n'), 3 => Just(b'\r'), 2 => Just(b':'), 2 => Just(b'd'), 1 => any::<u8>(),
        ];
        prop::collection::vec(byte, 0..80)
    }

    /// The same bytes in pieces.
    fn cut(stream: &[u8], mut cuts: Vec<prop::sample::Index>) -> Vec<&[u8]> {
        cuts.sort_by_key(|cut| cut.index(stream.len() + 1));
        let mut at = 0;
        let mut pieces = Vec::new();
        for cut in cuts {
            let to = cut.index(stream.len() + 1);
            pieces.push(&stream[at..to]);
            at = to;
        }
        pieces.push(&stream[at..]);
        pieces
    }

    proptest! {
        #[test]
        fn cuts_change_nothing(
            stream in alphabet(),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            any_bytes::cuts_change_nothing(&stream, &cut(&stream, cuts));
        }

        #[test]
        fn every_event_but_the_last_holds_one_blank_line_and_that_at_its_end(lines in prop::collection::vec("[a-z: ]{0,5}", 0..20)) {
            for end in ["\n", "\r\n", "\r"] {
                let lines = lines.iter().map(String::as_str);
                let stream: String = ["a"].into_iter().chain(lines.clone()).flat_map(|line| [line, end]).collect();
                prop_assert_eq!(events(&stream).len(), lines.filter(|line| line.is_empty()).count() + 1);
            }
        }
    }
}
