//! Whichever source owns the table.

use std::time::Instant;

use super::{Arrival, CenterSource, CenterState, FileSource, Hand, SourceError};
use crate::config::Document;

/// The source that owns the table.
#[derive(Debug)]
pub enum Source {
    /// Local files.
    Files(FileSource),
    /// A config center.
    Center(CenterSource),
    /// A text in the binary, which never changes.
    Fixed(Vec<Document>),
}

// === impl Source ===

impl Source {
    /// Reads everything now, whether it has changed or not.
    pub async fn read(&mut self) -> Result<Arrival, SourceError> {
        match self {
            Self::Files(source) => source.read().await,
            Self::Center(source) => source.read().await,
            Self::Fixed(documents) => Ok(Arrival {
                documents: documents.clone(),
                revision: None,
                notices: Vec::new(),
                first_sign: Instant::now(),
                last_sign: Instant::now(),
                hand: Hand::of_nobody(),
            }),
        }
    }

    /// Waits until something differs from what was last returned.
    pub async fn next(&mut self) -> Result<Arrival, SourceError> {
        match self {
            Self::Files(source) => source.next().await,
            Self::Center(source) => source.next().await,
            Self::Fixed(_) => std::future::pending().await,
        }
    }

    /// Returns how changes are noticed, for people.
    #[must_use]
    pub fn watching(&self) -> String {
        match self {
            Self::Files(source) => source.watching().to_string(),
            Self::Center(_) => "watching".to_owned(),
            Self::Fixed(_) => "fixed".to_owned(),
        }
    }

    /// Returns the local files that go with a center's document; none where files own the table.
    #[must_use]
    pub fn local(&self) -> &[Document] {
        match self {
            Self::Files(_) | Self::Fixed(_) => &[],
            Self::Center(source) => source.local(),
        }
    }

    /// Returns how the center is; `None` for files.
    #[must_use]
    pub fn center_state(&self) -> Option<CenterState> {
        match self {
            Self::Files(_) | Self::Fixed(_) => None,
            Self::Center(source) => Some(source.state()),
        }
    }
}
