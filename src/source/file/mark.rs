//! A mark in the stream of events: when it comes by, all earlier events have come by too.
//!
//! Events reach us a little later than they happen. A text that was read as whole is only known to
//! be so once every event from before the read has been seen; waiting a fixed time for that would
//! be slow on an idle machine and wrong on a busy one. So the watcher also watches a nameless file
//! in memory, and after a read one byte is written to it.

use std::path::{Path, PathBuf};

/// The nameless file.
#[derive(Debug)]
pub(super) struct Mark {
    #[cfg(target_os = "linux")]
    file: std::fs::File,
    path: PathBuf,
}

// === impl Mark ===

#[cfg(target_os = "linux")]
impl Mark {
    /// Makes one, where the system can.
    pub(super) fn new() -> Option<Self> {
        use std::os::fd::AsRawFd;

        let file = rustix::fs::memfd_create("patchbay-mark", rustix::fs::MemfdFlags::CLOEXEC).ok()?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
        path.exists().then(|| Self { file: file.into(), path })
    }

    /// Sends it on its way; false if it can't be sent.
    pub(super) fn send(&self) -> bool {
        std::os::unix::fs::FileExt::write_at(&self.file, b".", 0).is_ok()
    }
}

#[cfg(not(target_os = "linux"))]
impl Mark {
    /// Only Linux tells when a writer closes a file, so elsewhere there is nothing to confirm.
    pub(super) fn new() -> Option<Self> {
        None
    }

    pub(super) fn send(&self) -> bool {
        false
    }
}

impl Mark {
    /// The name under which its events come.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}
