//! Ramps on disk, so that a restart goes on with them.

use std::path::{Path, PathBuf};

use super::course::Ramp;
use crate::history::keep_whole;

/// The place for one owner's ramps.
#[derive(Debug, Clone)]
pub(super) struct RampStore {
    path: PathBuf,
}

// === impl RampStore ===

impl RampStore {
    /// Names the place, in the folder that is this owner's.
    pub(super) fn new(folder: &Path) -> Self {
        Self { path: folder.join("ramps.json") }
    }

    /// Keeps these. Blocks on the disk.
    pub(super) fn save(&self, ramps: &[Ramp]) -> std::io::Result<()> {
        keep_whole(&self.path, &serde_json::to_vec(ramps)?)
    }

    /// Returns what is kept; nothing, with a line in the log, if it can't be used.
    pub(super) fn load(&self) -> Vec<Ramp> {
        let text = match std::fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
            Err(error) => {
                tracing::warn!(file = %self.path.display(), %error, "ramps can't be read");
                return Vec::new();
            }
        };
        serde_json::from_slice(&text)
            .inspect_err(|error| tracing::warn!(file = %self.path.display(), %error, "ramps are of no use"))
            .unwrap_or_default()
    }
}
