//! A mark in the stream of events: when it comes by, all earlier events have come by too.
//!
//! Events reach us a little later than they happen. A text that was read as whole is only known to
//! be so once every event from before the read has been seen; waiting a fixed time for that would
//! be slow on an idle machine and wrong on a busy one. So the watcher also watches a file that
//! nobody but this process has a reason to open, and after a read we open it.
//!
//! A nameless file in memory would be the plainer choice, but kernels since 6.14 tell nothing of
//! those; one in a temporary folder would need a writable file system.

use std::fs::File;
use std::path::Path;

const PATH: &str = "/proc/self/coredump_filter";

/// The file, held open so that the system keeps the very one that is watched.
#[derive(Debug)]
pub(super) struct Mark {
    _held: File,
}

// === impl Mark ===

impl Mark {
    /// Makes one, where the system can; elsewhere no event tells that a writer has finished, so
    /// that there is nothing to confirm.
    pub(super) fn new() -> Option<Self> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        File::open(PATH).ok().map(|held| Self { _held: held })
    }

    /// The name under which its events come.
    pub(super) fn path() -> &'static Path {
        Path::new(PATH)
    }

    /// Sends it on its way; false if it can't be sent.
    pub(super) fn send() -> bool {
        File::open(PATH).is_ok()
    }
}
