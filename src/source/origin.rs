//! Whichever source owns the table.

use crate::config::Document;

use super::{Arrival, CenterSource, CenterState, FileSource, SourceError};

/// The source that owns the table.
#[derive(Debug)]
pub enum Source {
    /// Local files.
    Files(FileSource),
    /// A config center.
    Center(CenterSource),
}

// === impl Source ===

impl Source {
    /// Reads everything now, whether it has changed or not.
    pub async fn read(&mut self) -> Result<Arrival, SourceError> {
        match self {
            Self::Files(source) => source.read().await,
            Self::Center(source) => source.read().await,
        }
    }

    /// Waits until something differs from what was last returned.
    pub async fn next(&mut self) -> Result<Arrival, SourceError> {
        match self {
            Self::Files(source) => source.next().await,
            Self::Center(source) => source.next().await,
        }
    }

    /// Returns how changes are noticed, for people.
    #[must_use]
    pub fn watching(&self) -> String {
        match self {
            Self::Files(source) => source.watching().to_string(),
            Self::Center(_) => "watching".to_owned(),
        }
    }

    /// Returns the local files that go with a center's document; none where files own the table.
    #[must_use]
    pub fn local(&self) -> &[Document] {
        match self {
            Self::Files(_) => &[],
            Self::Center(source) => source.local(),
        }
    }

    /// Returns how the center is; `None` for files.
    #[must_use]
    pub fn center_state(&self) -> Option<CenterState> {
        match self {
            Self::Files(_) => None,
            Self::Center(source) => Some(source.state()),
        }
    }
}
