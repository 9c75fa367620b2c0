//! The owner of the table as something that can be changed.
//!
//! Reading here is independent of the source that watches: a command looks at what the owner holds
//! at this moment, and replaces one document only if it still is what was read.

use super::center::CenterWriter;
use super::file::FileWriter;
use super::{ReplaceError, SourceError};
use crate::config::Document;

/// The owner, for commands.
#[derive(Debug)]
pub enum Writer {
    /// Local files.
    Files(FileWriter),
    /// A config center, with the local files that supply the rest.
    Center(CenterWriter),
    /// A text in the binary; it can be read.
    Fixed(Vec<Document>),
}

/// What the owner holds at one moment.
#[derive(Debug, Clone)]
pub struct Held {
    /// The texts, the main one first.
    pub documents: Vec<Document>,
    /// Where each of them is.
    pub(super) places: Vec<Place>,
}

/// Where a document is, and which one was read there.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// A file, by its absolute path.
    File(std::path::PathBuf),
    /// The center's document at a revision.
    Center(super::center::Revision),
    /// The binary.
    Fixed,
}

// === impl Writer ===

impl Writer {
    /// Reads everything that makes the table, as it stands now.
    pub async fn read(&self) -> Result<Held, SourceError> {
        match self {
            Self::Files(files) => files.read(Vec::new()).await,
            Self::Center(center) => center.read().await,
            Self::Fixed(documents) => Ok(Held::fixed(documents)),
        }
    }

    /// Returns the documents as they would be if some of them had other texts: what those texts
    /// include is read, too.
    pub async fn imagine(
        &self,
        held: &Held,
        texts: &[(usize, String)],
    ) -> Result<Vec<Document>, SourceError> {
        let Self::Files(files) = self else { return Ok(held.with(texts)) };
        let instead = texts.iter().filter_map(|(document, text)| match held.places.get(*document) {
            Some(Place::File(path)) => Some((path.clone(), text.clone().into())),
            Some(Place::Center(_) | Place::Fixed) | None => None,
        });
        Ok(files.read(instead.collect()).await?.documents)
    }

    /// Tells whether a document is this machine's own, though a config center owns the table: other
    /// replicas don't see what is written there.
    #[must_use]
    pub fn is_beside(&self, held: &Held, document: usize) -> bool {
        matches!((self, held.places.get(document)), (Self::Center(_), Some(Place::File(_))))
    }

    /// Replaces a document if it still is what was read.
    pub async fn replace(&self, held: &Held, document: usize, text: &str) -> Result<(), ReplaceError> {
        let (Some(present), Some(place)) = (held.documents.get(document), held.places.get(document)) else {
            return Err(ReplaceError::Conflict { owner: "the owner".to_owned() });
        };
        match (place, self) {
            (Place::File(path), _) => FileWriter::replace(path.clone(), present, text).await,
            (Place::Center(revision), Self::Center(center)) => center.replace(revision, text).await,
            (Place::Center(_) | Place::Fixed, _) => Err(ReplaceError::NotWritable {
                owner: present.name.clone(),
                why: "it is part of the binary".to_owned(),
            }),
        }
    }
}

// === impl Held ===

impl Held {
    fn fixed(documents: &[Document]) -> Self {
        let places = documents.iter().map(|_| Place::Fixed).collect();
        Self { documents: documents.to_vec(), places }
    }

    /// Returns the documents, some of them with other texts.
    fn with(&self, texts: &[(usize, String)]) -> Vec<Document> {
        let mut documents = self.documents.clone();
        for (document, text) in texts {
            if let Some(changed) = documents.get_mut(*document) {
                changed.content = text.clone().into();
            }
        }
        documents
    }
}
