//! Pieces of new text put into a document whose other bytes stay.

use std::fmt;
use std::ops::Range;

use crate::config::Document;

use super::EditError;

/// A range of a text, and what stands there instead. `Debug` doesn't show that: it may hold a key.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

impl Splice {
    pub(super) fn new(range: Range<usize>, text: impl Into<String>) -> Self {
        Self { range, text: text.into() }
    }

    pub(super) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::new(at..at, text)
    }

    /// Replaces what differs only, beginning and end being the same.
    pub(super) fn narrowed(range: Range<usize>, old: &str, new: &str) -> Self {
        let same = |(a, b): &(char, char)| a == b;
        let length = |pairs: Vec<(char, char)>| pairs.iter().map(|(c, _)| c.len_utf8()).sum::<usize>();
        let head = length(old.chars().zip(new.chars()).take_while(same).collect());
        let (rest, new) = (&old[head..], &new[head..]);
        let tail = length(rest.chars().rev().zip(new.chars().rev()).take_while(same).collect());
        Self::new(range.start + head..range.end - tail, &new[..new.len() - tail])
    }

    pub(super) fn delete(range: Range<usize>) -> Self {
        Self::new(range, "")
    }
}

impl fmt::Debug for Splice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Splice({:?}, {} bytes)", self.range, self.text.len())
    }
}

/// Puts splices into a document. Their ranges are those of the text as `config` reads it, without
/// a byte-order mark and with `\n` for line ends; new lines end as those of the document do.
pub(super) fn spliced(document: &Document, mut splices: Vec<Splice>) -> Result<String, EditError> {
    let raw = std::str::from_utf8(&document.content).map_err(|_| EditError::NotFaithful)?;
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    let places = Places::of(raw);
    let mut text = String::with_capacity(raw.len() + 64);
    let mut at = 0;
    for splice in splices {
        let range = places.of_range(&splice.range);
        if range.start < at || range.end < range.start {
            return Err(EditError::NotFaithful);
        }
        text.push_str(raw.get(at..range.start).ok_or(EditError::NotFaithful)?);
        text.push_str(&splice.text.replace('\n', line_end(raw, range.end)));
        at = range.end;
    }
    text.push_str(raw.get(at..).ok_or(EditError::NotFaithful)?);
    Ok(text)
}

/// How lines end around a place.
fn line_end(raw: &str, at: usize) -> &'static str {
    let (before, behind) = raw.split_at_checked(at).unwrap_or((raw, ""));
    let line = match behind.split_once('\n') {
        Some((line, _)) if !line.is_empty() || !before.ends_with('\r') => line,
        Some(_) => before,
        None => before.rsplit_once('\n').map_or("", |(lines, _)| lines),
    };
    if line.ends_with('\r') { "\r\n" } else { "\n" }
}

/// Where the bytes of the text as it is read stand in the document.
struct Places {
    /// The length of the byte-order mark.
    mark: usize,
    /// Where in the read text lines end that have two bytes for it.
    ends: Vec<usize>,
}

// === impl Places ===

impl Places {
    fn of(raw: &str) -> Self {
        let content = raw.strip_prefix('\u{feff}').unwrap_or(raw);
        let ends = content.match_indices("\r\n").enumerate().map(|(n, (at, _))| at - n).collect();
        Self { mark: raw.len() - content.len(), ends }
    }

    fn of_range(&self, range: &Range<usize>) -> Range<usize> {
        let place = |at: usize| self.mark + at + self.ends.partition_point(|end| *end < at);
        place(range.start)..place(range.end)
    }
}
