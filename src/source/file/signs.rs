//! What the operating system's events have told since the files were last looked at.
//!
//! Events say *when* to read and whether a writer has finished; they never say what a file holds.
//! Pure: moments are passed in.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, CreateKind, Event, EventKind, ModifyKind, RenameMode};

/// How late a look may come after an event about another file in the same folder.
const FOREIGN: Duration = Duration::from_millis(50);
/// How late it may come after a write that leaves the file open; its end will be told.
const WRITTEN: Duration = Duration::from_millis(10);

const MOST_NAMES: usize = 1024;

/// What is known of a file's writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    /// Nothing: no event has told.
    Unknown,
    /// A writer has it open, as far as is known.
    Open {
        /// The last write.
        last: Instant,
        /// The longest time between two writes.
        longest_gap: Duration,
    },
    /// The writer has closed it, or it came by a rename.
    Whole,
}

/// The collected events.
#[derive(Debug, Default)]
pub(super) struct Signs {
    own: HashSet<PathBuf>,
    own_folders: HashSet<PathBuf>,
    writing: HashMap<PathBuf, Writing>,
    /// How many events concerned files of the set.
    pub(super) own_count: u64,
    /// Something was renamed to a name on the way to a file.
    pub(super) renamed: bool,
    /// A watch may have been lost.
    pub(super) rearm: bool,
    /// The first and last own event since the last reset.
    pub(super) span: Option<(Instant, Instant)>,
    /// When to look.
    pub(super) due: Option<Instant>,
}

// === impl Signs ===

impl Signs {
    /// Says which names belong to the set, and in which folders any name might.
    pub(super) fn follow(&mut self, own: HashSet<PathBuf>, own_folders: HashSet<PathBuf>) {
        self.own = own;
        self.own_folders = own_folders;
        let own = &self.own;
        if self.writing.len() > MOST_NAMES / 2 {
            self.writing.retain(|path, _| own.contains(path));
        }
    }

    /// Takes note of an event.
    pub(super) fn note(&mut self, event: &Event, now: Instant) {
        if event.need_rescan() {
            self.overflowed(now);
            return;
        }
        let (structural, wait) = match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => {
                event.paths.iter().for_each(|path| self.set(path, Writing::Whole));
                (false, Duration::ZERO)
            }
            // Reading makes these, our own reads too.
            EventKind::Access(_) => return,
            EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Any) => {
                self.written(event, now);
                (false, WRITTEN)
            }
            EventKind::Create(kind) => {
                if kind != CreateKind::Folder {
                    self.written(event, now);
                }
                (true, Duration::ZERO)
            }
            EventKind::Modify(ModifyKind::Name(mode)) => {
                self.renamed(event, mode);
                (true, Duration::ZERO)
            }
            EventKind::Remove(_) => {
                self.forget(&event.paths);
                (true, Duration::ZERO)
            }
            EventKind::Modify(_) | EventKind::Any | EventKind::Other => (true, Duration::ZERO),
        };
        if event.paths.iter().any(|path| self.is_own(path)) {
            self.own_sign(structural, now, wait);
        } else {
            self.look_by(now + FOREIGN);
        }
    }

    /// Some events were lost: nothing is known any more.
    pub(super) fn overflowed(&mut self, now: Instant) {
        self.writing.clear();
        self.own_sign(true, now, Duration::ZERO);
    }

    /// Returns what is known of a file's writer.
    pub(super) fn writing(&self, path: &Path) -> Writing {
        self.writing.get(path).copied().unwrap_or(Writing::Unknown)
    }

    /// Begins anew, after everything that was told has been taken or found to be nothing.
    pub(super) fn reset(&mut self) {
        self.renamed = false;
        self.span = None;
        self.writing.retain(|_, writing| matches!(writing, Writing::Open { .. }));
    }

    /// Forgets open writers as well: their state of now has been taken as whole.
    pub(super) fn reset_all(&mut self) {
        self.reset();
        self.writing.clear();
    }

    fn is_own(&self, path: &Path) -> bool {
        self.own.contains(path) || path.parent().is_some_and(|folder| self.own_folders.contains(folder))
    }

    fn own_sign(&mut self, structural: bool, now: Instant, wait: Duration) {
        self.own_count += 1;
        self.rearm |= structural;
        self.span = Some((self.span.map_or(now, |(first, _)| first), now));
        self.look_by(now + wait);
    }

    /// Asks for a look at that moment or earlier.
    pub(super) fn look_by(&mut self, due: Instant) {
        self.due = Some(self.due.map_or(due, |earlier| earlier.min(due)));
    }

    fn renamed(&mut self, event: &Event, mode: RenameMode) {
        match (mode, event.paths.as_slice()) {
            (RenameMode::From, paths) => self.forget(paths),
            (_, [.., to]) => {
                self.renamed |= self.is_own(to);
                self.set(to, Writing::Whole);
            }
            (_, []) => {}
        }
    }

    fn written(&mut self, event: &Event, now: Instant) {
        for path in &event.paths {
            let longest_gap = match self.writing(path) {
                Writing::Open { last, longest_gap } => longest_gap.max(now.saturating_duration_since(last)),
                Writing::Unknown | Writing::Whole => Duration::ZERO,
            };
            self.set(path, Writing::Open { last: now, longest_gap });
        }
    }

    fn forget(&mut self, paths: &[PathBuf]) {
        for path in paths {
            self.writing.remove(path);
        }
    }

    fn set(&mut self, path: &Path, writing: Writing) {
        if self.writing.len() >= MOST_NAMES && !self.own.contains(path) {
            return;
        }
        self.writing.insert(path.to_path_buf(), writing);
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{DataChange, Flag, MetadataKind};

    use super::*;

    const FILE: &str = "/conf/routes.yaml";

    fn event(kind: EventKind, path: &str) -> Event {
        Event::new(kind).add_path(path.into())
    }

    fn written(path: &str) -> Event {
        event(EventKind::Modify(ModifyKind::Data(DataChange::Any)), path)
    }

    fn closed(path: &str) -> Event {
        event(EventKind::Access(AccessKind::Close(AccessMode::Write)), path)
    }

    fn signs() -> Signs {
        let mut signs = Signs::default();
        signs.follow(["/conf", FILE].map(PathBuf::from).into(), HashSet::new());
        signs
    }

    #[test]
    fn a_close_ends_what_a_write_began() {
        let (mut signs, now) = (signs(), Instant::now());
        signs.note(&written(FILE), now);
        signs.note(&written(FILE), now + Duration::from_millis(30));
        let last = now + Duration::from_millis(30);
        let longest_gap = Duration::from_millis(30);
        assert_eq!(signs.writing(Path::new(FILE)), Writing::Open { last, longest_gap });
        signs.note(&closed("/conf/other"), last);
        assert_ne!(signs.writing(Path::new(FILE)), Writing::Whole, "another file was closed");
        signs.note(&closed(FILE), last);
        assert_eq!(signs.writing(Path::new(FILE)), Writing::Whole);
        assert_eq!(signs.due, Some(last.min(now + WRITTEN)));
    }

    #[test]
    fn our_own_reads_are_no_sign() {
        let mut signs = signs();
        signs.note(&event(EventKind::Access(AccessKind::Open(AccessMode::Any)), FILE), Instant::now());
        assert_eq!((signs.due, signs.own_count), (None, 0));
    }

    #[test]
    fn after_lost_events_nothing_is_known_and_everything_is_armed_anew() {
        let (mut signs, now) = (signs(), Instant::now());
        signs.note(&closed(FILE), now);
        signs.note(&Event::new(EventKind::Other).set_flag(Flag::Rescan), now);
        assert_eq!(signs.writing(Path::new(FILE)), Writing::Unknown);
        assert!(signs.rearm && signs.due == Some(now));
    }

    #[test]
    fn other_files_in_the_folder_make_looks_rare() {
        let (mut signs, now) = (signs(), Instant::now());
        signs.note(&written("/conf/access.log"), now);
        assert_eq!((signs.due, signs.own_count), (Some(now + FOREIGN), 0));
        signs.note(&event(EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any)), FILE), now);
        assert_eq!((signs.due, signs.rearm), (Some(now), true));
    }

    #[test]
    fn a_busy_folder_fills_no_memory() {
        let (mut signs, now) = (signs(), Instant::now());
        for name in 0..5000 {
            signs.note(&written(&format!("/conf/{name}")), now);
        }
        signs.note(&closed(FILE), now);
        assert!(signs.writing.len() <= MOST_NAMES + 1);
        assert_eq!(signs.writing(Path::new(FILE)), Writing::Whole);
    }
}
