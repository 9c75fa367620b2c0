//! Reading one file with care: whatever stands in its place, the watching thread comes back.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;

use crate::source::{FileKind, SourceError};

/// The most bytes of one file that are read.
pub(super) const MOST_BYTES: u64 = 4 * 1024 * 1024;

const TRIES: usize = 4;

/// A file's content at one moment.
#[derive(Debug, Clone)]
pub(super) struct Content {
    pub(super) bytes: Bytes,
    pub(super) stamp: Stamp,
    pub(super) notice: Option<Notice>,
}

/// What changes, on any sane file system, when a file does. Only ever used to read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    file: (u64, u64),
    size: u64,
    changed: (i64, i64, i64, i64),
    user: Option<u32>,
}

/// Something the operator should know about a file that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Notice {
    /// A mounted file that has no name any more: what is read is not what the host sees.
    #[error("{file} was replaced outside the container; mount its directory instead")]
    ReplacedOutside {
        /// The file as it was given.
        file: String,
    },
}

/// Reads a file that is small and regular. Never blocks on a pipe and never opens a device.
pub(super) fn read(path: &Path, name: &str) -> Result<Content, SourceError> {
    for _ in 0..TRIES {
        if let Some(content) = attempt(path, name)? {
            return Ok(content);
        }
    }
    Err(SourceError::Unsteady { file: name.to_owned() })
}

/// One read; `None` if the file changed meanwhile.
fn attempt(path: &Path, name: &str) -> Result<Option<Content>, SourceError> {
    let fault = |error: &io::Error| fault(path, name, error);
    refuse_unreadable(&fs::metadata(path).map_err(|e| fault(&e))?, name)?;
    let mut file = open(path).map_err(|e| fault(&e))?;
    let before = file.metadata().map_err(|e| fault(&e))?;
    refuse_unreadable(&before, name)?;
    let mut bytes = Vec::with_capacity(usize::try_from(before.len()).unwrap_or(0) + 1);
    file.by_ref().take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|e| fault(&e))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(too_large(name, bytes.len() as u64));
    }
    let after = Stamp::of(&file.metadata().map_err(|e| fault(&e))?);
    let now = fs::metadata(path).map_err(|e| fault(&e))?;
    if Stamp::of(&before) != after || Stamp::of(&now) != after {
        return Ok(None);
    }
    let notice = has_no_name(&now).then(|| Notice::ReplacedOutside { file: name.to_owned() });
    Ok(Some(Content { bytes: bytes.into(), stamp: after, notice }))
}

fn refuse_unreadable(found: &Metadata, name: &str) -> Result<(), SourceError> {
    if !found.is_file() {
        return Err(SourceError::NotRegular { file: name.to_owned(), kind: kind(found) });
    }
    if found.len() > MOST_BYTES {
        return Err(too_large(name, found.len()));
    }
    Ok(())
}

fn too_large(name: &str, size: u64) -> SourceError {
    SourceError::TooLarge { file: name.to_owned(), size, limit: MOST_BYTES }
}

fn fault(path: &Path, name: &str, error: &io::Error) -> SourceError {
    let file = name.to_owned();
    match error.kind() {
        io::ErrorKind::NotFound => match fs::read_link(path) {
            Ok(target) => SourceError::DanglingLink { file, target: target.display().to_string() },
            Err(_) => SourceError::Gone { file },
        },
        io::ErrorKind::PermissionDenied => SourceError::Denied { file },
        kind if is_loop(error) => {
            debug_assert_ne!(kind, io::ErrorKind::NotFound);
            SourceError::LinkLoop { file }
        }
        kind => SourceError::Io { file, kind },
    }
}

#[cfg(unix)]
fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
fn is_loop(_error: &io::Error) -> bool {
    false
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;

    let flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

#[cfg(unix)]
fn kind(found: &Metadata) -> FileKind {
    use std::os::unix::fs::FileTypeExt;

    match found.file_type() {
        t if t.is_dir() => FileKind::Folder,
        t if t.is_fifo() => FileKind::Pipe,
        t if t.is_block_device() || t.is_char_device() => FileKind::Device,
        t if t.is_socket() => FileKind::Socket,
        _ => FileKind::Other,
    }
}

#[cfg(not(unix))]
fn kind(found: &Metadata) -> FileKind {
    if found.is_dir() { FileKind::Folder } else { FileKind::Other }
}

#[cfg(unix)]
fn has_no_name(found: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(found) == 0
}

#[cfg(not(unix))]
fn has_no_name(_found: &Metadata) -> bool {
    false
}

// === impl Stamp ===

impl Stamp {
    #[cfg(unix)]
    fn of(found: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;

        Self {
            file: (found.dev(), found.ino()),
            size: found.len(),
            changed: (found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()),
            user: Some(found.uid()),
        }
    }

    #[cfg(not(unix))]
    fn of(found: &Metadata) -> Self {
        let since = |t: io::Result<std::time::SystemTime>| {
            t.ok().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default()
        };
        let (modified, created) = (since(found.modified()), since(found.created()));
        let secs = |d: std::time::Duration| i64::try_from(d.as_secs()).unwrap_or(i64::MAX);
        Self {
            file: (0, 0),
            size: found.len(),
            changed: (
                secs(modified),
                i64::from(modified.subsec_nanos()),
                secs(created),
                i64::from(created.subsec_nanos()),
            ),
            user: None,
        }
    }

    /// Returns whether the path still leads to the very same state.
    pub(super) fn holds(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|found| Self::of(&found) == *self)
    }

    /// Returns when the content changed last, for comparison only.
    pub(super) fn changed_at(&self) -> (i64, i64) {
        (self.changed.0, self.changed.1)
    }

    /// Returns whose file it is.
    pub(super) fn user(&self) -> Option<u32> {
        self.user
    }

    /// Returns whether both are states of one and the same file.
    pub(super) fn same_file(&self, other: &Self) -> bool {
        self.file == other.file
    }
}
