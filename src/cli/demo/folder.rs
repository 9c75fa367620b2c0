//! The demo's own folder, gone when the demo is over.

use std::io;
use std::path::PathBuf;

/// A folder with one routes.yaml.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes one that nobody else has.
    pub(super) fn make() -> io::Result<Self> {
        let folder = std::env::temp_dir().join(format!("patchbay-demo-{}", std::process::id()));
        std::fs::create_dir(&folder)?;
        Ok(Self(folder))
    }

    /// Saves routes.yaml as editors do: written beside it, then renamed over it.
    pub(super) fn save(&self, text: &str) -> io::Result<PathBuf> {
        let (draft, file) = (self.0.join("routes.yaml~"), self.0.join("routes.yaml"));
        std::fs::write(&draft, text)?;
        std::fs::rename(&draft, &file)?;
        Ok(file)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in the system's temporary folder is the system's to clear.
        std::fs::remove_dir_all(&self.0).ok();
    }
}
