//! A generation as it lies on disk.

use std::time::SystemTime;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{Record, Stored, moment};
use crate::config::{Document, Format};

const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Page<D> {
    schema: u32,
    #[serde(flatten)]
    record: Record,
    #[serde(with = "moment")]
    saved_at: SystemTime,
    documents: D,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    format: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// For what isn't UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Routes,
    Dotenv,
    Local,
    Secret,
}

/// Why a page can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum PageError {
    /// Of the content nothing is said: there are keys in it.
    #[error("it is not a page of ours (line {line}, column {column})")]
    Malformed { line: usize, column: usize },
    #[error("it has schema {found}; this version knows {SCHEMA}")]
    OtherSchema { found: u32 },
    #[error("it holds no documents")]
    Empty,
    #[error("document {nth} of it has no content")]
    NoContent { nth: usize },
}

/// Writes a page.
pub(super) fn written(stored: &Stored) -> Result<Vec<u8>, serde_json::Error> {
    let Stored { record, saved_at, documents } = stored;
    let documents: Vec<Entry> = documents.iter().map(Entry::of).collect();
    serde_json::to_vec(&Page { schema: SCHEMA, record: record.clone(), saved_at: *saved_at, documents })
}

/// Reads a page.
pub(super) fn read(page: &[u8]) -> Result<Stored, PageError> {
    let Page { schema, record, saved_at, documents } = serde_json::from_slice::<Page<Vec<Entry>>>(page)?;
    known(schema)?;
    if documents.is_empty() {
        return Err(PageError::Empty);
    }
    let documents = documents.into_iter().enumerate().map(|(at, entry)| entry.document(at + 1));
    let documents = documents.collect::<Result<_, _>>()?;
    Ok(Stored { record, saved_at, documents })
}

/// Reads a page without its documents.
pub(super) fn read_record(page: &[u8]) -> Result<Record, PageError> {
    let Page { schema, record, .. } = serde_json::from_slice::<Page<IgnoredAny>>(page)?;
    known(schema)?;
    Ok(record)
}

fn known(schema: u32) -> Result<(), PageError> {
    if schema == SCHEMA { Ok(()) } else { Err(PageError::OtherSchema { found: schema }) }
}

impl From<serde_json::Error> for PageError {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed { line: error.line(), column: error.column() }
    }
}

// === impl Entry ===

impl Entry {
    fn of(document: &Document) -> Self {
        let format = match document.format {
            Format::Routes => Kind::Routes,
            Format::Dotenv => Kind::Dotenv,
            Format::Local => Kind::Local,
            Format::Secret => Kind::Secret,
        };
        let (text, bytes) = match std::str::from_utf8(&document.content) {
            Ok(text) => (Some(text.to_owned()), None),
            Err(_) => (None, Some(document.content.to_vec())),
        };
        Self { name: document.name.clone(), format, text, bytes }
    }

    /// Returns the document, which is the one of this number.
    fn document(self, nth: usize) -> Result<Document, PageError> {
        let format = match self.format {
            Kind::Routes => Format::Routes,
            Kind::Dotenv => Format::Dotenv,
            Kind::Local => Format::Local,
            Kind::Secret => Format::Secret,
        };
        let content = self.text.map(String::into_bytes).or(self.bytes);
        let Some(content) = content else { return Err(PageError::NoContent { nth }) };
        Ok(Document { name: self.name, format, content: content.into() })
    }
}
