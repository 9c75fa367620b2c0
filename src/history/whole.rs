//! Files for the router's user only: whole, or not there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Keeps a file: whole, or what was there before stays. Makes its folder. Blocks on the disk.
pub fn keep_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    let unfinished = path.with_extension(format!("{}.tmp", std::process::id()));
    let written = write_private(&unfinished, content).and_then(|()| fs::rename(&unfinished, path));
    written.and_then(|()| File::open(folder)?.sync_all()).inspect_err(|_| {
        // What is left of it is of no use, and on a full disk in the way.
        drop(fs::remove_file(&unfinished));
    })
}

pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes a file readable for its owner only.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
