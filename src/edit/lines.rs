//! Lines of a text.

use std::ops::Range;

/// Where the line of a place begins.
pub(super) fn start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// Where the line of a place ends, its `\n` left out.
pub(super) fn end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |length| at + length)
}

/// Returns whole lines to be deleted: with their `\n`, or with the one before where they are the
/// last of a text that ends without.
pub(super) fn whole(text: &str, range: &Range<usize>) -> Range<usize> {
    let (from, to) = (start(text, range.start), end(text, range.end));
    if to < text.len() { from..to + 1 } else { from.saturating_sub(usize::from(to > from))..to }
}

/// Returns what stands before a place on its line, as blanks.
pub(super) fn indent(text: &str, at: usize) -> String {
    " ".repeat(text[start(text, at)..at].chars().count())
}

/// Tells whether nothing but blanks stands before a place on its line.
pub(super) fn is_first(text: &str, at: usize) -> bool {
    text[start(text, at)..at].chars().all(|c| c == ' ')
}
