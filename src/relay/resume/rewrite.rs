//! Bytes with some of them replaced.

use std::ops::Range;

use bytes::Bytes;

/// Some bytes, and what stands in their place.
pub(super) type Edit = (Range<usize>, Vec<u8>);

/// Replaces ranges that don't overlap; all other bytes stay as they are. An empty range inserts.
pub(super) fn rewritten(bytes: &Bytes, mut edits: Vec<Edit>) -> Bytes {
    if edits.is_empty() {
        return bytes.clone();
    }
    edits.sort_by_key(|(range, _)| range.start);
    let added: usize = edits.iter().map(|(_, with)| with.len()).sum();
    let mut out = Vec::with_capacity(bytes.len() + added);
    let mut at = 0;
    for (range, with) in edits {
        out.extend_from_slice(&bytes[at..range.start]);
        out.extend_from_slice(&with);
        at = range.end;
    }
    out.extend_from_slice(&bytes[at..]);
    out.into()
}

/// Returns where a part of some bytes stands in them.
pub(super) fn place(part: &str, whole: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr() - whole.as_ptr().addr();
    start..start + part.len()
}

/// Writes a text as a JSON string, quotes included.
pub(super) fn quoted(text: &str) -> Vec<u8> {
    serde_json::to_vec(text).unwrap_or_default()
}
