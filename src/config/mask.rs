//! Keeps secrets out of diagnostics.

use std::ops::Range;
use std::sync::Arc;

use super::place::Text;
use super::{Problem, secrets};

/// What may not be shown of the documents that some problems point into.
pub(super) struct Masks {
    values: Vec<String>,
    documents: Vec<Masked>,
}

/// One document without its secrets.
struct Masked {
    order: usize,
    content: Arc<str>,
}

/// Shorter texts are masked only where they stand as a secret, or every `a` would be.
const SHORTEST: usize = 6;
/// Beyond this, values are masked where they stand and no longer searched for elsewhere.
const MOST_VALUES: usize = 200;

// === impl Masks ===

impl Masks {
    /// Collects the secrets of every document that a problem points into.
    pub(super) fn of(problems: &[Problem]) -> Self {
        let places = problems.iter().flat_map(|p| p.place.iter().chain(p.related.iter().map(|(at, _)| at)));
        let mut documents: Vec<(&Text, Vec<Range<usize>>)> = Vec::new();
        for place in places {
            if !documents.iter().any(|(text, _)| text.order == place.text.order) {
                documents.push((&place.text, secrets::ranges(&place.text)));
            }
        }
        let values = documents
            .iter()
            .flat_map(|(text, ranges)| ranges.iter().map(|range| &text.content[range.clone()]));
        let mut values: Vec<String> = values
            .map(|value| value.trim().trim_matches(['"', '\'']).to_owned())
            .filter(|value| value.len() >= SHORTEST && !value.starts_with("${"))
            .collect();
        values.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        values.dedup();
        values.truncate(MOST_VALUES);
        let documents = documents
            .into_iter()
            .map(|(text, mut ranges)| {
                for value in &values {
                    let again = text.content.match_indices(value.as_str());
                    ranges.extend(again.map(|(at, found)| at..at + found.len()));
                }
                Masked { order: text.order, content: starred(&text.content, &ranges).into() }
            })
            .collect();
        Self { values, documents }
    }

    /// Returns a document with every secret starred, byte for byte as long as it was.
    pub(super) fn masked(&self, text: &Text) -> Arc<str> {
        let found = self.documents.iter().find(|masked| masked.order == text.order);
        found.map(|masked| Arc::clone(&masked.content)).unwrap_or_default()
    }

    /// Takes every secret of the documents out of a message.
    pub(super) fn clean(&self, message: &mut String) {
        for value in &self.values {
            if message.contains(value.as_str()) {
                *message = message.replace(value.as_str(), "••••");
            }
        }
    }
}

/// Stars keep the number of bytes, so that columns and carets stay true.
fn starred(content: &str, ranges: &[Range<usize>]) -> String {
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
