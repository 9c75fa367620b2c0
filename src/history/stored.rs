//! Documents as they lie on disk.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::config::{Document, Format};

const SCHEMA: u32 = 1;

/// Documents that once made a good table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The texts.
    pub documents: Vec<Document>,
    /// When they were kept, to the second.
    pub saved_at: SystemTime,
    /// The digest of the table that they made.
    pub digest: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    schema: u32,
    saved_at: u64,
    digest: String,
    documents: Vec<Entry>,
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
    #[error("it is not a page of ours: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("it has schema {found}; this version knows {SCHEMA}")]
    OtherSchema { found: u32 },
    #[error("it holds no documents")]
    Empty,
    #[error("document {name} has no content")]
    NoContent { name: String },
}

// === impl Stored ===

impl Stored {
    pub(super) fn write(&self) -> Result<Vec<u8>, serde_json::Error> {
        let since = self.saved_at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let documents = self.documents.iter().map(Entry::of).collect();
        let page = Page { schema: SCHEMA, saved_at: since.as_secs(), digest: self.digest.clone(), documents };
        serde_json::to_vec(&page)
    }

    pub(super) fn read(page: &[u8]) -> Result<Self, PageError> {
        let page: Page = serde_json::from_slice(page)?;
        if page.schema != SCHEMA {
            return Err(PageError::OtherSchema { found: page.schema });
        }
        if page.documents.is_empty() {
            return Err(PageError::Empty);
        }
        let documents = page.documents.into_iter().map(Entry::document).collect::<Result<_, _>>()?;
        let saved_at = UNIX_EPOCH.checked_add(Duration::from_secs(page.saved_at)).unwrap_or(UNIX_EPOCH);
        Ok(Self { documents, saved_at, digest: page.digest })
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

    fn document(self) -> Result<Document, PageError> {
        let format = match self.format {
            Kind::Routes => Format::Routes,
            Kind::Dotenv => Format::Dotenv,
            Kind::Local => Format::Local,
            Kind::Secret => Format::Secret,
        };
        let content = self.text.map(String::into_bytes).or(self.bytes);
        let Some(content) = content else { return Err(PageError::NoContent { name: self.name }) };
        Ok(Document { name: self.name, format, content: content.into() })
    }
}
