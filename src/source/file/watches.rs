//! The watches that are armed, and why polling has to do where they can't be.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::config::WatchMode;

use super::desk::Desk;
use super::mark::Mark;

const MARK_PATIENCE: Duration = Duration::from_millis(100);
/// How late events are where there is no mark; a guess.
const WITHOUT_MARK: Duration = Duration::from_millis(5);

/// How changes are noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watching {
    /// By events, with a slow poll as the backstop.
    Events,
    /// By looking again and again.
    Polling(PollingReason),
}

/// Why polling has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollingReason {
    /// The settings say so.
    Asked,
    /// The system's limit of watches or watchers is reached.
    NoWatchesLeft,
    /// The files lie on a network or shared file system, which tells nothing of other machines.
    RemoteFiles,
    /// The system can't watch these files.
    Unsupported,
}

/// The armed watches.
#[derive(Debug)]
pub(super) struct Watches {
    watcher: Option<RecommendedWatcher>,
    mark: Option<Mark>,
    armed: HashMap<PathBuf, Identity>,
    state: Watching,
}

/// What a path led to when it was armed.
type Identity = (u64, u64);

// === impl Watches ===

impl Watches {
    /// Prepares for the asked way; falls back to polling where the system refuses.
    pub(super) fn new(mode: WatchMode, desk: &Arc<Desk>) -> Self {
        let none = |reason| Self {
            watcher: None,
            mark: None,
            armed: HashMap::new(),
            state: Watching::Polling(reason),
        };
        if mode == WatchMode::Poll {
            return none(PollingReason::Asked);
        }
        let listener = Arc::clone(desk);
        let mut watcher = match notify::recommended_watcher(move |event| listener.take(event)) {
            Ok(watcher) => watcher,
            Err(error) => return none(reason(&error)),
        };
        let mark = Mark::new().filter(|_| watcher.watch(Mark::path(), RecursiveMode::NonRecursive).is_ok());
        Self { watcher: Some(watcher), mark, armed: HashMap::new(), state: Watching::Events }
    }

    /// Returns how changes are noticed now.
    pub(super) fn state(&self) -> Watching {
        self.state
    }

    /// Returns whether the system refused to give a watcher though one is wanted.
    pub(super) fn is_deaf(&self) -> bool {
        self.watcher.is_none() && self.state != Watching::Polling(PollingReason::Asked)
    }

    /// Arms exactly these paths, those that are armed already once more: a watch dies with the
    /// file it was put on, and often nothing tells.
    pub(super) fn arm(&mut self, wanted: &BTreeSet<PathBuf>) {
        let Some(watcher) = &mut self.watcher else { return };
        let mut seen = HashSet::new();
        let wanted: Vec<(&PathBuf, Identity)> = wanted
            .iter()
            .filter_map(|path| Some((path, identity(path)?)))
            .filter(|(_, identity)| seen.insert(*identity))
            .collect();
        let kept: HashMap<&PathBuf, Identity> = wanted.iter().copied().collect();
        for (path, _) in self.armed.iter().filter(|(path, identity)| kept.get(path) != Some(*identity)) {
            // The watch may have died by itself; then there is nothing to take back.
            let _gone = watcher.unwatch(path);
        }
        self.armed.clear();
        let mut trouble = None;
        for (path, identity) in wanted {
            match watcher.watch(path, RecursiveMode::NonRecursive) {
                Ok(()) => drop(self.armed.insert(path.clone(), identity)),
                // It has just gone; its folder is watched and will tell.
                Err(error) if matches!(error.kind, ErrorKind::PathNotFound) => {}
                Err(error) => trouble = Some(reason(&error)),
            }
        }
        let remote = || self.armed.keys().any(|path| is_remote(path)).then_some(PollingReason::RemoteFiles);
        self.state = trouble.or_else(remote).map_or(Watching::Events, Watching::Polling);
    }

    /// Waits until all events that have happened so far have been noted; false if that can't be
    /// known.
    pub(super) fn catch_up(&self, desk: &Desk) -> bool {
        match (&self.watcher, &self.mark) {
            (None, _) => false,
            (Some(_), Some(_)) => desk.await_mark(Mark::send, MARK_PATIENCE),
            (Some(_), None) => {
                std::thread::sleep(WITHOUT_MARK);
                true
            }
        }
    }
}

fn reason(error: &notify::Error) -> PollingReason {
    match &error.kind {
        ErrorKind::MaxFilesWatch => PollingReason::NoWatchesLeft,
        // EMFILE: the limit of watchers (inotify instances) or of open files.
        ErrorKind::Io(error) if error.raw_os_error() == Some(24) => PollingReason::NoWatchesLeft,
        _ => PollingReason::Unsupported,
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;

    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

    path.exists().then(|| (0, BuildHasherDefault::<DefaultHasher>::default().hash_one(path)))
}

/// Network and shared file systems accept watches and then stay silent about other machines.
#[cfg(target_os = "linux")]
fn is_remote(path: &Path) -> bool {
    const NFS: u32 = 0x6969;
    const SMB: u32 = 0x517b;
    const CIFS: u32 = 0xff53_4d42;
    const SMB2: u32 = 0xfe53_4d42;
    const PLAN9: u32 = 0x0102_1997;
    const FUSE: u32 = 0x6573_5546;
    const CEPH: u32 = 0x00c3_6400;

    // The kernel's word for it has 32 bits, however wide the field is.
    let magic = |found: rustix::fs::StatFs| u32::try_from(found.f_type & 0xffff_ffff).unwrap_or(0);
    let remote = [NFS, SMB, CIFS, SMB2, PLAN9, FUSE, CEPH];
    rustix::fs::statfs(path).is_ok_and(|found| remote.contains(&magic(found)))
}

#[cfg(not(target_os = "linux"))]
fn is_remote(_path: &Path) -> bool {
    false
}

impl fmt::Display for Watching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Events => f.write_str("watching"),
            Self::Polling(reason) => write!(f, "polling ({reason})"),
        }
    }
}

impl fmt::Display for PollingReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asked => "server.watch: poll",
            Self::NoWatchesLeft => {
                "no file watches left; raise fs.inotify.max_user_watches and max_user_instances"
            }
            Self::RemoteFiles => "the files are on a network or shared file system",
            Self::Unsupported => "this system can't watch these files",
        })
    }
}
