//! Keeps secrets out of diagnostics.

use std::sync::Arc;

use super::place::Text;
use super::{Problem, secrets};

/// What may not be shown of the documents that some problems point into.
pub(super) struct Masks {
    values: Vec<String>,
    masked: Vec<(usize, Arc<str>)>,
}

/// Shorter texts are masked only where they stand as a secret, or every `a` would be.
const SHORTEST: usize = 6;

// === impl Masks ===

impl Masks {
    /// Collects the secrets of every document that a problem points into.
    pub(super) fn of(problems: &[Problem]) -> Self {
        let places = problems.iter().flat_map(|p| p.place.iter().chain(p.related.iter().map(|(at, _)| at)));
        let mut seen = Vec::new();
        let mut values = Vec::new();
        for place in places {
            if !seen.contains(&place.text.order) {
                seen.push(place.text.order);
                values.extend(
                    secrets::ranges(&place.text)
                        .into_iter()
                        .map(|range| place.text.content[range].trim_matches(['"', '\'']).to_owned())
                        .filter(|value| value.len() >= SHORTEST && !value.starts_with("${")),
                );
            }
        }
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self { values, masked: Vec::new() }
    }

    /// Returns a document with every secret starred, byte for byte as long as it was.
    pub(super) fn masked(&mut self, text: &Text) -> Arc<str> {
        if let Some((_, done)) = self.masked.iter().find(|(order, _)| *order == text.order) {
            return Arc::clone(done);
        }
        let mut ranges = secrets::ranges(text);
        for value in &self.values {
            ranges.extend(text.content.match_indices(value.as_str()).map(|(at, found)| at..at + found.len()));
        }
        let hidden: Arc<str> = starred(&text.content, &ranges).into();
        self.masked.push((text.order, Arc::clone(&hidden)));
        hidden
    }

    /// Returns a message without any secret of the documents.
    pub(super) fn cleaned(&self, message: &str) -> String {
        self.values.iter().fold(message.to_owned(), |text, value| text.replace(value.as_str(), "••••"))
    }
}

/// Stars keep the number of bytes, so that columns and carets stay true.
fn starred(content: &str, ranges: &[std::ops::Range<usize>]) -> String {
    let mut hidden = vec![false; content.len()];
    for range in ranges {
        if let Some(part) = hidden.get_mut(range.clone()) {
            part.fill(true);
        }
    }
    content
        .char_indices()
        .map(|(at, c)| match (hidden[at], c.len_utf8()) {
            (false, _) => c,
            (true, _) if c.is_whitespace() => c,
            (true, 1) => '*',
            (true, 2) => '×',
            (true, 3) => '•',
            (true, _) => '\u{1f784}',
        })
        .collect()
}
