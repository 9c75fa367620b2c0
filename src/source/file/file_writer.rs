//! Files as something that can be changed.

use std::path::PathBuf;

use bytes::Bytes;
use tokio::task::spawn_blocking;

use super::file_set::{FilePaths, FileSet, Reading};
use super::replace;
use crate::config::{Document, Needs};
use crate::source::writer::Place;
use crate::source::{Held, ReplaceError, SourceError};

/// The files that make the table, for commands.
#[derive(Debug, Clone)]
pub struct FileWriter {
    paths: FilePaths,
    needs: fn(&Document) -> Needs,
}

// === impl FileWriter ===

impl FileWriter {
    /// Takes the same files as [`FileSource::new`](super::FileSource::new).
    #[must_use]
    pub fn new(paths: FilePaths, needs: fn(&Document) -> Needs) -> Self {
        Self { paths, needs }
    }

    /// Reads all files, some of them as if they had other texts.
    pub(in crate::source) async fn read(&self, instead: Vec<(PathBuf, Bytes)>) -> Result<Held, SourceError> {
        let Self { paths, needs } = self.clone();
        let read = move || {
            let file = paths.routes.as_ref().or(paths.dotenv.as_ref());
            let file = file.map(|path| path.display().to_string()).unwrap_or_default();
            let set =
                FileSet::new(paths, needs).map_err(|error| SourceError::Io { file, kind: error.kind() })?;
            held(set.with(instead).read())
        };
        spawn_blocking(read).await.unwrap_or(Err(SourceError::Stopped))
    }

    /// Replaces a file if it still is what was read.
    pub(in crate::source) async fn replace(
        path: PathBuf,
        present: &Document,
        text: &str,
    ) -> Result<(), ReplaceError> {
        let (owner, expected, text) = (present.name.clone(), present.content.clone(), text.to_owned());
        let replacing = spawn_blocking(move || replace::replace(&path, &owner, &expected, text.as_bytes()));
        let died = |_| ReplaceError::Io { owner: present.name.clone(), kind: std::io::ErrorKind::Other };
        replacing.await.map_err(died)?
    }
}

fn held(reading: Reading) -> Result<Held, SourceError> {
    let found = reading.files.into_iter().filter(|file| file.content.is_some());
    let places = found.map(|file| Place::File(file.path)).collect();
    Ok(Held { documents: reading.outcome?, places })
}
