//! The last good documents, kept so that a start on a broken file can serve them.
//!
//! Secret files and the `.env` are in it, since a table can't be built without them: the folder
//! and the file are for the router's user only. The process environment is not.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::config::Document;

use super::Stored;

/// The place for one owner's last good documents.
#[derive(Debug, Clone)]
pub struct LastGood {
    path: PathBuf,
}

/// Why they could not be kept. Serving goes on.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The folder can't be made.
    #[error("{}: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The file can't be written: the disk is full, or read-only.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The documents can't be put into JSON.
    #[error("the documents can't be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

// === impl LastGood ===

impl LastGood {
    /// Names the place. The owner's path is part of it, so that two routers don't share one.
    #[must_use]
    pub fn new(folder: &Path, owner: &Path) -> Self {
        let owner = std::path::absolute(owner).unwrap_or_else(|_| owner.to_path_buf());
        let hash = Sha256::digest(owner.as_os_str().as_encoded_bytes());
        let short = hash.iter().take(8).fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("writing to a String can't fail");
            text
        });
        Self { path: folder.join(format!("last-good-{short}.json")) }
    }

    /// Returns the file's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps the documents: whole, or the earlier ones stay. Blocks on the disk.
    pub fn save(&self, documents: &[Document], digest: &str, now: SystemTime) -> Result<(), KeepError> {
        let stored = Stored { documents: documents.to_vec(), saved_at: now, digest: digest.to_owned() };
        let page = stored.write()?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        make_folder(folder).map_err(|source| KeepError::Folder { folder: folder.to_path_buf(), source })?;
        let unfinished = self.path.with_extension(format!("{}.tmp", std::process::id()));
        let written = write_private(&unfinished, &page).and_then(|()| fs::rename(&unfinished, &self.path));
        written.and_then(|()| File::open(folder)?.sync_all()).map_err(|source| {
            // What is left of it is of no use, and on a full disk in the way.
            drop(fs::remove_file(&unfinished));
            KeepError::File { file: self.path.clone(), source }
        })
    }

    /// Returns the kept documents; none, with a line in the log, if they can't be used.
    #[must_use]
    pub fn load(&self) -> Option<Stored> {
        let page = match fs::read(&self.path) {
            Ok(page) => page,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(file = %self.path.display(), %error, "the last good documents can't be read");
                return None;
            }
        };
        Stored::read(&page)
            .inspect_err(|error| {
                tracing::warn!(file = %self.path.display(), %error, "the last good documents are of no use");
            })
            .ok()
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
