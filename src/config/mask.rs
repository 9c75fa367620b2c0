//! Keeps secrets out of diagnostics, and out of documents that are shown.

use std::ops::Range;
use std::sync::Arc;

use super::place::Text;
use super::{Document, Problem, secrets};
use crate::table::{Address, RoutingTable};

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
        let mut texts: Vec<&Text> = Vec::new();
        for place in places {
            if !texts.iter().any(|text| text.order == place.text.order) {
                texts.push(&place.text);
            }
        }
        Self::of_texts(&texts, Vec::new())
    }

    /// Collects the secrets of texts; `known` are more values that may stand in any of them.
    fn of_texts(texts: &[&Text], known: Vec<String>) -> Self {
        let documents: Vec<(&Text, Vec<Range<usize>>)> =
            texts.iter().map(|text| (*text, secrets::ranges(text))).collect();
        let values = documents
            .iter()
            .flat_map(|(text, ranges)| ranges.iter().map(|range| &text.content[range.clone()]));
        let mut values: Vec<String> = values
            .map(|value| value.trim().trim_matches(['"', '\'']).to_owned())
            .chain(known)
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

/// Returns the documents' texts with every secret starred: those that stand in a place for secrets,
/// and those that the table has come to from wherever they stand.
#[must_use]
pub fn masked(documents: &[Document], table: Option<&RoutingTable>) -> Vec<String> {
    let texts: Vec<Text> = documents
        .iter()
        .enumerate()
        .map(|(order, document)| Text {
            name: document.name.clone(),
            format: document.format,
            content: String::from_utf8_lossy(&document.content).into_owned(),
            order,
        })
        .collect();
    let known = table.map(secrets_of).unwrap_or_default();
    let masks = Masks::of_texts(&texts.iter().collect::<Vec<_>>(), known);
    texts.iter().map(|text| masks.masked(text).as_ref().to_owned()).collect()
}

/// Every key, header and query that a table sends or asks for.
fn secrets_of(table: &RoutingTable) -> Vec<String> {
    let callers = table.callers().iter().map(|caller| caller.key.expose().to_owned());
    let backends = table.backends().iter().flat_map(|backend| {
        let key = backend.key.iter().map(|key| key.expose().to_owned());
        let headers = backend.headers.values().filter_map(|value| value.to_str().ok());
        let query = match &backend.address {
            Address::Http(endpoint) => endpoint.query(),
            Address::Echo(_) => None,
        };
        key.chain(headers.chain(query).map(str::to_owned)).collect::<Vec<_>>()
    });
    callers.chain(backends).collect()
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
