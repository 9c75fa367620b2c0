//! A center's document for commands.

use super::center_source::local;
use super::{Center, CenterError, Revision, WriteError};
use crate::config::Document;
use crate::source::file::FileWriter;
use crate::source::writer::Place;
use crate::source::{Held, ReplaceError, SourceError};

/// The document that owns the table, and the local files beside it.
#[derive(Debug)]
pub struct CenterWriter {
    name: String,
    center: Box<dyn Center>,
    files: Option<FileWriter>,
}

// === impl CenterWriter ===

impl CenterWriter {
    /// Takes a center of its own: the one that watches may be in the middle of a question.
    #[must_use]
    pub fn new(name: String, center: Box<dyn Center>, files: Option<FileWriter>) -> Self {
        Self { name, center, files }
    }

    /// Reads the document and the local files.
    pub(in crate::source) async fn read(&self) -> Result<Held, SourceError> {
        let fault = |error| SourceError::Center { center: self.name.clone(), error };
        let fetched = self.center.fetch().await.map_err(fault)?;
        if fetched.content.trim_ascii().is_empty() {
            return Err(fault(CenterError::Empty));
        }
        let main = Document { name: self.name.clone(), format: fetched.format, content: fetched.content };
        let mut held = Held { documents: vec![main], places: vec![Place::Center(fetched.revision)] };
        if let Some(files) = &self.files {
            let beside = files.read(Vec::new()).await?;
            held.documents.extend(local(beside.documents));
            held.places.extend(beside.places);
        }
        Ok(held)
    }

    /// Replaces the document if it still is this revision.
    pub(in crate::source) async fn replace(
        &self,
        expected: &Revision,
        text: &str,
    ) -> Result<(), ReplaceError> {
        let owner = self.name.clone();
        match self.center.replace(Some(expected), text).await {
            // What has become of it since is found by whoever waits for it to be live.
            Ok(_) | Err(WriteError::Replaced { .. }) => Ok(()),
            Err(WriteError::Conflict { .. }) => Err(ReplaceError::Conflict { owner }),
            Err(WriteError::ReadOnly(why)) => Err(ReplaceError::NotWritable { owner, why: why.to_owned() }),
            Err(WriteError::Center(error @ CenterError::Unauthorized(_))) => {
                Err(ReplaceError::NotWritable { owner, why: error.to_string() })
            }
            Err(WriteError::Center(error)) => Err(ReplaceError::Center { owner, error }),
        }
    }
}
