//! Two files change places, if the old one is still what it was.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::replace::{Present, is_impossible};

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Swapped {
    /// The new file stands in the old one's place.
    Done,
    /// Somebody else was faster, and theirs stands.
    Lost,
    /// This can't be done here by a rename.
    Impossible,
}

/// Puts the new file in the place of the present one. What then is at the new file's path is of no
/// use any more.
pub(super) fn swap(new: &Path, present: &Present<'_>) -> io::Result<Swapped> {
    if !present.holds() {
        return Ok(Swapped::Lost);
    }
    put(new, present)
}

/// Lets the two files change places, and back if the wrong one came out.
fn put(new: &Path, present: &Present<'_>) -> io::Result<Swapped> {
    match exchange(new, present.path) {
        Ok(()) if present.is_at(new) => Ok(Swapped::Done),
        // Somebody saved in between, and what came out is theirs. It is never removed.
        Ok(()) => exchange(new, present.path).map(|()| Swapped::Lost),
        Err(error) if is_unknown(&error) => by_rename(new, present),
        Err(error) => failed(new, error),
    }
}

fn by_rename(new: &Path, present: &Present<'_>) -> io::Result<Swapped> {
    if !present.holds() {
        return Ok(Swapped::Lost);
    }
    fs::rename(new, present.path).map(|()| Swapped::Done).or_else(|error| failed(new, error))
}

fn failed(new: &Path, error: io::Error) -> io::Result<Swapped> {
    fs::remove_file(new).ok();
    if is_impossible(error.kind()) { Ok(Swapped::Impossible) } else { Err(error) }
}

/// Old kernels and network file systems know no exchange.
fn is_unknown(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported)
}

#[cfg(target_os = "linux")]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};

    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(target_os = "linux"))]
fn exchange(_one: &Path, _other: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::fs::OpenOptions;
    use std::path::PathBuf;

    fn folder() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (table, new) = (folder.path().join("routes.yaml"), folder.path().join(".new"));
        fs::write(&table, "old").unwrap();
        fs::write(&new, "ours").unwrap();
        (folder, table, new)
    }

    fn swapped(
        save: impl Fn(&Path),
        by: impl Fn(&Path, &Present<'_>) -> io::Result<Swapped>,
    ) -> (Swapped, String) {
        let (_folder, table, new) = folder();
        let file = OpenOptions::new().read(true).write(true).open(&table).unwrap();
        let present = Present { path: &table, file: &file, expected: b"old" };
        save(&table);
        (by(&new, &present).unwrap(), fs::read_to_string(&table).unwrap())
    }

    fn renamed(table: &Path) {
        let saved = table.with_file_name("saved");
        fs::write(&saved, "theirs").unwrap();
        fs::rename(saved, table).unwrap();
    }

    fn in_place(table: &Path) {
        fs::write(table, "theirs").unwrap();
    }

    #[test]
    fn a_file_that_nobody_saved_is_replaced() {
        assert_eq!(swapped(|_| {}, swap), (Swapped::Done, "ours".to_owned()));
    }

    #[test]
    fn a_save_before_the_look_is_not_overwritten() {
        for save in [renamed, in_place] {
            assert_eq!(swapped(save, swap), (Swapped::Lost, "theirs".to_owned()));
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_save_after_the_look_is_put_back() {
        for save in [renamed, in_place] {
            assert_eq!(swapped(save, put), (Swapped::Lost, "theirs".to_owned()));
        }
    }
}
