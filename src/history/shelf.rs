//! One owner's generations on disk: a file each, whole or not there, and the newest of them only.
//!
//! Secret files and the `.env` are in them, since a table can't be built without them: the folder
//! and the files are for the router's user only. The process environment is not.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::page::{self, PageError};
use super::whole::keep_whole;
use super::{Record, Stored};
use crate::table::hex;

/// How many generations are kept.
pub const MOST_GENERATIONS: usize = 100;

/// When an unfinished file is surely nobody's any more.
const ABANDONED: Duration = Duration::from_secs(3600);

/// The folder of one owner's generations.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    folder: PathBuf,
}

/// Why a generation could not be kept. Serving goes on.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeepError {
    /// The file can't be written: the disk is full, or read-only.
    #[error("{}: {source}", file.display())]
    File { file: PathBuf, source: io::Error },
    /// The documents can't be put into JSON.
    #[error("the documents can't be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

// === impl Shelf ===

impl Shelf {
    /// Names the folder. The owner's path is part of it, so that two routers don't share one.
    pub(super) fn new(state: &Path, owner: &Path) -> Self {
        let owner = std::path::absolute(owner).unwrap_or_else(|_| owner.to_path_buf());
        let hash = Sha256::digest(owner.as_os_str().as_encoded_bytes());
        Self { folder: state.join(format!("history-{}", hex(&hash[..8]))) }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the numbers of what is kept, the newest first.
    pub(super) fn numbers(&self) -> Vec<u64> {
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut numbers: Vec<u64> = files.filter_map(|file| number(&file.path())).collect();
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        numbers
    }

    /// Keeps a generation: whole, or what was there before stays. Blocks on the disk.
    pub(super) fn put(&self, stored: &Stored) -> Result<(), KeepError> {
        let page = page::written(stored)?;
        let path = self.path(stored.record.generation);
        keep_whole(&path, &page).map_err(|source| KeepError::File { file: path, source })
    }

    /// Lets go of all but the newest, and of what a killed router has left half written.
    pub(super) fn prune(&self) {
        for number in self.numbers().into_iter().skip(MOST_GENERATIONS) {
            drop(fs::remove_file(self.path(number)));
        }
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        for path in files.map(|file| file.path()).filter(|path| path.extension().is_some_and(|e| e == "tmp"))
        {
            let age = fs::metadata(&path).and_then(|found| found.modified()).map(|at| at.elapsed());
            if age.is_ok_and(|age| age.is_ok_and(|age| age > ABANDONED)) {
                drop(fs::remove_file(path));
            }
        }
    }

    /// Returns a generation; none, with a line in the log, if it can't be used.
    pub(super) fn get(&self, generation: u64) -> Option<Stored> {
        self.read(generation, page::read)
    }

    /// Returns what is told of a generation.
    pub(super) fn record(&self, generation: u64) -> Option<Record> {
        self.read(generation, page::read_record)
    }

    fn read<T>(&self, generation: u64, read: impl Fn(&[u8]) -> Result<T, PageError>) -> Option<T> {
        let path = self.path(generation);
        let page = match fs::read(&path) {
            Ok(page) => page,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(file = %path.display(), %error, "a kept generation can't be read");
                return None;
            }
        };
        read(&page)
            .inspect_err(|error| {
                tracing::warn!(file = %path.display(), %error, "a kept generation is of no use");
            })
            .ok()
    }

    fn path(&self, generation: u64) -> PathBuf {
        self.folder.join(format!("{generation:08}.json"))
    }
}

fn number(path: &Path) -> Option<u64> {
    path.extension().filter(|extension| *extension == "json")?;
    path.file_stem()?.to_str()?.parse().ok()
}
