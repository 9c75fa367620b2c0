//! Replacing one file's content by compare-and-swap.
//!
//! The new text is written beside the file and put in its place by one rename, so that no reader
//! ever sees a part of it; mode and owner are those of the old file, and a symbolic link is
//! followed: its target is replaced, the link stays. Where a rename can't do that (a file that is
//! mounted by itself, a folder that may not be written, a file of another owner, with several names
//! or with attributes such as an access list) it is written in place.
//!
//! On Linux the rename exchanges the two files, and the one that came out is compared once more:
//! if somebody saved after our first look, the files change places again and theirs stands. What
//! remains: a program that has the old file open and writes into it later writes to a file without
//! a name, as with every editor that saves by rename. Elsewhere, and in place, the look is the last
//! thing before the write, and a save in the microseconds between is lost.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;

use super::chain::Chain;
use super::read::MOST_BYTES;
use super::swap::{Swapped, swap};
use crate::source::ReplaceError;

/// How long another patchbay that writes into the same folder is waited for.
const LOCK_PATIENCE: Duration = Duration::from_millis(500);

/// A file that is about to be replaced.
#[derive(Debug)]
pub(super) struct Present<'a> {
    /// Where it really is, links followed.
    pub(super) path: &'a Path,
    /// It, opened for reading and writing.
    pub(super) file: &'a File,
    /// What it must still hold.
    pub(super) expected: &'a [u8],
}

/// Replaces the content of the file at a path if it is still the expected one.
pub(super) fn replace(path: &Path, owner: &str, expected: &[u8], text: &[u8]) -> Result<(), ReplaceError> {
    let conflict = || ReplaceError::Conflict { owner: owner.to_owned() };
    let real = Chain::follow(path).real.ok_or_else(conflict)?;
    let _lock = real.parent().and_then(lock);
    let file = open(&real).map_err(|error| refused(owner, &error))?;
    let found = file.metadata().map_err(|error| refused(owner, &error))?;
    if found.mode() & 0o222 == 0 {
        let why = "it is read-only".to_owned();
        return Err(ReplaceError::NotWritable { owner: owner.to_owned(), why });
    }
    let present = Present { path: &real, file: &file, expected };
    if !present.holds() {
        return Err(conflict());
    }
    let swapped = match by_rename(&present, &found, text) {
        Ok(Swapped::Impossible) => in_place(&present, text),
        other => other,
    };
    match swapped.map_err(|error| refused(owner, &error))? {
        Swapped::Done => Ok(()),
        Swapped::Lost | Swapped::Impossible => Err(conflict()),
    }
}

/// Sorts what can't be written at all from what could not be written now.
fn refused(owner: &str, error: &io::Error) -> ReplaceError {
    let owner = owner.to_owned();
    let why = match error.kind() {
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        ErrorKind::NotFound => return ReplaceError::Conflict { owner },
        kind => return ReplaceError::Io { owner, kind },
    };
    ReplaceError::NotWritable { owner, why: why.to_owned() }
}

fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW;
    let file =
        OpenOptions::new().read(true).write(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(ErrorKind::NotFound.into()) }
}

/// Keeps another patchbay out of the folder for as long as the file is held. It is advice only, so
/// where it can't be had the write goes on without.
fn lock(folder: &Path) -> Option<File> {
    let end = Instant::now() + LOCK_PATIENCE;
    let folder = File::open(folder).ok()?;
    loop {
        match folder.try_lock() {
            Ok(()) => return Some(folder),
            Err(fs::TryLockError::WouldBlock) if Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(_) => return None,
        }
    }
}

/// Writes the text beside the file and lets the two change places.
fn by_rename(present: &Present<'_>, found: &fs::Metadata, text: &[u8]) -> io::Result<Swapped> {
    let beside = beside(present.path).filter(|_| found.nlink() == 1 && !has_attributes(present.file));
    let Some(beside) = beside else { return Ok(Swapped::Impossible) };
    if let Err(error) = written(&beside, found, text) {
        fs::remove_file(&beside).ok();
        return if is_impossible(error.kind()) { Ok(Swapped::Impossible) } else { Err(error) };
    }
    let swapped = swap(&beside, present)?;
    // After an exchange this is the old file.
    fs::remove_file(&beside).ok();
    if swapped == Swapped::Done {
        sync_folder(present.path);
    }
    Ok(swapped)
}

/// Tells whether a file has attributes that a new one would not get by itself.
#[cfg(target_os = "linux")]
fn has_attributes(file: &File) -> bool {
    let mut names = [0; 4096];
    let length = rustix::fs::flistxattr(file, &mut names[..]);
    let names = &names[..length.unwrap_or(0)];
    names.split(|byte| *byte == 0).any(|name| !name.is_empty() && !name.starts_with(b"security."))
}

#[cfg(not(target_os = "linux"))]
fn has_attributes(_file: &File) -> bool {
    false
}

/// Tells whether another way of writing may succeed.
pub(super) fn is_impossible(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::ResourceBusy
            | ErrorKind::CrossesDevices
            | ErrorKind::InvalidFilename
            | ErrorKind::Unsupported
    )
}

/// A hidden name in the same folder, which no include takes for a table.
fn beside(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    Some(path.with_file_name(format!(".{name}.patchbay-{}.tmp", std::process::id())))
}

fn written(path: &Path, like: &fs::Metadata, text: &[u8]) -> io::Result<()> {
    // One that is there was left by a process of this number that died.
    fs::remove_file(path).ok();
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all_at(text, 0)?;
    let ours = file.metadata()?;
    if (ours.uid(), ours.gid()) != (like.uid(), like.gid()) {
        fchown(&file, Some(like.uid()), Some(like.gid()))?;
    }
    file.set_permissions(fs::Permissions::from_mode(like.mode() & 0o7777))?;
    file.sync_all()
}

/// Writes over the old text; if that fails half way, the old text is put back.
fn in_place(present: &Present<'_>, text: &[u8]) -> io::Result<Swapped> {
    if !present.holds() {
        return Ok(Swapped::Lost);
    }
    let file = present.file;
    let put = |text: &[u8]| {
        file.write_all_at(text, 0)?;
        file.set_len(text.len() as u64)?;
        file.sync_all()
    };
    put(text).inspect_err(|_| drop(put(present.expected)))?;
    let is_there = fs::metadata(present.path).is_ok_and(|now| same_file(&now, file));
    Ok(if is_there { Swapped::Done } else { Swapped::Lost })
}

/// A rename is only on the disk once its folder is; where a folder can't be synced, so be it.
fn sync_folder(path: &Path) {
    if let Some(folder) = path.parent() {
        File::open(folder).and_then(|folder| folder.sync_all()).ok();
    }
}

fn same_file(found: &fs::Metadata, file: &File) -> bool {
    file.metadata().is_ok_and(|file| (file.dev(), file.ino()) == (found.dev(), found.ino()))
}

// === impl Present ===

impl Present<'_> {
    /// Tells whether the path still leads to this file, and this file still holds what was read.
    pub(super) fn holds(&self) -> bool {
        self.is_at(self.path)
    }

    /// Tells whether this file is at a path, and still holds what was read.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        let is_there = fs::symlink_metadata(path).is_ok_and(|found| same_file(&found, self.file));
        is_there && self.content().is_ok_and(|content| content == self.expected)
    }

    fn content(&self) -> io::Result<Vec<u8>> {
        let mut content = vec![0; self.expected.len() + 1];
        let mut length = 0;
        while length < content.len().min(usize::try_from(MOST_BYTES).unwrap_or(usize::MAX) + 1) {
            match self.file.read_at(&mut content[length..], length as u64)? {
                0 => break,
                n => length += n,
            }
        }
        content.truncate(length);
        Ok(content)
    }
}
