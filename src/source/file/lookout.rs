//! The watching thread: waits for signs, reads, and hands over what has settled.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{oneshot, watch};

use crate::config::{Document, WatchMode};
use crate::source::{Hand, SourceError};

use super::desk::Desk;
use super::file_set::{FileSet, LookedFor, Reading};
use super::file_source::Told;
use super::read::{Notice, Stamp};
use super::settle::{self, Changed, Moments};
use super::signs::{Signs, Writing};
use super::watches::{PollingReason, Watches, Watching};

/// Where nothing but polling works, a save is seen within this time whatever `poll` says.
const MOST_POLL: Duration = Duration::from_secs(1);
/// How many polls pass between two attempts to arm everything anew.
const POLLS_TO_REARM: u32 = 5;
/// How often the watches are armed in one look before the next look has to do the rest.
const ARM_TRIES: usize = 4;
/// How long someone who asked waits for files that are being written.
const ASK_PATIENCE: Duration = Duration::from_secs(1);

/// The thread's whole state.
#[derive(Debug)]
pub(super) struct Lookout {
    pub(super) set: FileSet,
    pub(super) desk: Arc<Desk>,
    pub(super) watches: Watches,
    pub(super) tell: watch::Sender<Option<Told>>,
    pub(super) poll: Duration,
    pub(super) course: Course,
}

/// What has been told and what is on the way.
#[derive(Debug, Default)]
pub(super) struct Course {
    wanted: BTreeSet<PathBuf>,
    polls: u32,
    next_poll: Option<Instant>,
    told: Option<State>,
    /// The contents of the last set that could be read, by path.
    taken: HashMap<PathBuf, (Bytes, Stamp)>,
    pending: Option<(State, Instant)>,
    asks: Vec<(oneshot::Sender<Told>, Instant)>,
}

/// What counts as different.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    outcome: Result<Vec<Document>, SourceError>,
    notices: Vec<Notice>,
}

// === impl Lookout ===

impl Lookout {
    /// Looks after the files until nobody listens any more.
    pub(super) fn run(mut self) {
        let mut next = Instant::now();
        loop {
            self.desk.wait(next);
            let now = Instant::now();
            let (count, pace) = {
                let mut state = self.desk.open();
                if state.closed {
                    return;
                }
                self.course.asks.extend(state.asks.drain(..).map(|ask| (ask, now + ASK_PATIENCE)));
                state.signs.due = None;
                (state.signs.own_count, state.pace.take())
            };
            if let Some((mode, poll)) = pace {
                self.watch_as(mode, poll);
            }
            let rearm = self.poll_if_due(now);
            let reading = self.read(rearm);
            let again = self.judge(&reading, count);
            let next_poll = self.course.next_poll.unwrap_or(now);
            next = again.map_or(next_poll, |again| again.min(next_poll));
        }
    }

    fn watch_as(&mut self, mode: WatchMode, poll: Duration) {
        self.poll = poll;
        self.course.next_poll = None;
        if (mode == WatchMode::Poll) != (self.watches.state() == Watching::Polling(PollingReason::Asked)) {
            self.watches = Watches::new(mode, &self.desk);
            self.course.wanted = BTreeSet::new();
            self.tell_state();
        }
    }

    /// Keeps the poll's pace; true when the watches should be armed anew.
    fn poll_if_due(&mut self, now: Instant) -> bool {
        if self.course.next_poll.is_some_and(|next| now < next) {
            return false;
        }
        let pace = match self.watches.state() {
            Watching::Events => self.poll,
            Watching::Polling(_) => self.poll.min(MOST_POLL),
        };
        self.course.next_poll = Some(now + pace);
        self.course.polls = (self.course.polls + 1) % POLLS_TO_REARM;
        self.course.polls == 0
    }

    /// Reads the set with every watch armed that it wants: first arm, then read, or a change in
    /// between would be lost.
    fn read(&mut self, mut rearm: bool) -> Reading {
        let mut reading = self.set.read();
        for _ in 0..ARM_TRIES {
            rearm |= std::mem::take(&mut self.desk.open().signs.rearm);
            let wanted = reading.watched();
            if !rearm && wanted == self.course.wanted {
                return reading;
            }
            self.desk.open().signs.follow(reading.names(), reading.include_folders.iter().cloned().collect());
            let before = self.watches.state();
            if self.watches.is_deaf() {
                self.watches = Watches::new(WatchMode::Auto, &self.desk);
            }
            self.watches.arm(&wanted);
            self.note_state(before);
            self.course.wanted = wanted;
            rearm = false;
            reading = self.set.read();
        }
        reading
    }

    fn note_state(&mut self, before: Watching) {
        if self.watches.state() == before {
            return;
        }
        self.course.next_poll = None;
        self.tell_state();
        match self.watches.state() {
            Watching::Events => tracing::info!("files are watched by events again"),
            Watching::Polling(reason) => tracing::warn!("files are watched by polling: {reason}"),
        }
    }

    fn tell_state(&self) {
        let now = self.watches.state();
        self.tell.send_if_modified(|told| told.as_mut().is_some_and(|told| replace(&mut told.watching, now)));
    }

    /// Decides what a reading means; returns when to look again if it isn't settled.
    fn judge(&mut self, reading: &Reading, count: u64) -> Option<Instant> {
        let state = State { outcome: reading.outcome.clone(), notices: reading.notices.clone() };
        let now = Instant::now();
        let first = self.course.told.is_none();
        if self.course.told.as_ref() == Some(&state) {
            self.nothing_new(count);
            return None;
        }
        let known = self.watches.catch_up(&self.desk);
        let desk = Arc::clone(&self.desk);
        let mut open = desk.open();
        if open.signs.own_count != count && !first {
            return Some(open.signs.due.unwrap_or(now));
        }
        let seen = match &self.course.pending {
            Some((pending, seen)) if *pending == state => *seen,
            _ => now,
        };
        let ready = self.ready_at(reading, &open.signs, seen, known);
        let asked = self.course.asks.iter().any(|(_, patience)| *patience <= now);
        if first || asked || ready <= now {
            self.hand_over(reading, state, seen, &mut open.signs);
            return None;
        }
        self.course.pending = Some((state, seen));
        let patience = self.course.asks.iter().map(|(_, patience)| *patience).min();
        Some(patience.map_or(ready, |patience| patience.min(ready)))
    }

    fn nothing_new(&mut self, count: u64) {
        self.course.pending = None;
        let mut open = self.desk.open();
        if open.signs.own_count == count {
            open.signs.reset();
        }
        drop(open);
        let told = self.tell.borrow().clone();
        self.answer(told.as_ref());
    }

    fn ready_at(&self, reading: &Reading, signs: &Signs, seen: Instant, known: bool) -> Instant {
        let changed = reading.files.iter().filter_map(|file| {
            let old = self.course.taken.get(&file.path);
            let (new, stamp) = file.content.as_ref().map_or((None, None), |(b, s)| (Some(&b[..]), Some(s)));
            let differs = old.map(|(bytes, _)| &bytes[..]) != new;
            let same_file = old.zip(stamp).is_some_and(|((_, before), now)| before.same_file(now));
            let writing = if known { writing(file, signs, same_file) } else { Writing::Unknown };
            differs.then_some(Changed { old: old.map(|(bytes, _)| &bytes[..]), new, writing })
        });
        // What is missing now as it was before needs no wait.
        let changed = changed.filter(|file| file.old.is_some() || file.new.is_some());
        let several = reading.files.iter().filter(|file| file.content.is_some()).count() > 1;
        let last_sign = signs.span.map_or(seen, |(_, last)| last);
        settle::ready_at(changed, reading.outcome.is_err(), several, Moments { seen, last_sign })
    }

    fn hand_over(&mut self, reading: &Reading, state: State, seen: Instant, signs: &mut Signs) {
        let (first_sign, last_sign) = signs.span.unwrap_or((seen, seen));
        signs.reset_all();
        let hand = Hand::of_file(reading.user(&self.course.taken));
        if reading.outcome.is_ok() {
            let read = reading.files.iter();
            self.course.taken = read.filter_map(|f| Some((f.path.clone(), f.content.clone()?))).collect();
        }
        let told = Told {
            outcome: state.outcome.clone(),
            notices: state.notices.clone(),
            first_sign,
            last_sign,
            hand,
            watching: self.watches.state(),
        };
        self.course.told = Some(state);
        self.course.pending = None;
        self.tell.send_replace(Some(told.clone()));
        self.answer(Some(&told));
    }

    fn answer(&mut self, told: Option<&Told>) {
        let Some(told) = told else { return };
        for (ask, _) in self.course.asks.drain(..) {
            // Who asked may have gone.
            let _gone = ask.send(told.clone());
        }
    }
}

/// What is known of a file's writer. A link or folder that was renamed into the way brings a file
/// that was whole before.
fn writing(file: &LookedFor, signs: &Signs, same_file: bool) -> Writing {
    let told = file.chain.real.as_deref().map_or(Writing::Unknown, |real| signs.writing(real));
    match told {
        Writing::Unknown if signs.renamed && !same_file => Writing::Whole,
        told => told,
    }
}

fn replace<T: PartialEq>(place: &mut T, new: T) -> bool {
    let differs = *place != new;
    *place = new;
    differs
}

// === impl Reading ===

impl Reading {
    /// Returns whose the file is that was changed last, of those that differ from what was taken,
    /// or of all if none does.
    fn user(&self, taken: &HashMap<PathBuf, (Bytes, Stamp)>) -> Option<u32> {
        let found = || self.files.iter().filter_map(|file| Some((&file.path, file.content.as_ref()?)));
        let differs = |path: &PathBuf, bytes: &Bytes| taken.get(path).is_none_or(|(old, _)| old != bytes);
        let changed = found().filter(|(path, (bytes, _))| differs(path, bytes));
        let newest = changed.map(|(_, (_, stamp))| stamp).max_by_key(|stamp| stamp.changed_at());
        let newest = newest.or_else(|| found().map(|(_, (_, stamp))| stamp).max_by_key(|s| s.changed_at()));
        newest.and_then(Stamp::user)
    }

    /// Returns all paths that are to be watched.
    fn watched(&self) -> BTreeSet<PathBuf> {
        let chains = self.files.iter().map(|file| &file.chain);
        let paths = chains.flat_map(|chain| chain.folders.iter().chain(&chain.real));
        paths.chain(&self.include_folders).cloned().collect()
    }

    /// Returns all names whose events concern the set.
    fn names(&self) -> HashSet<PathBuf> {
        let chains = self.files.iter().map(|file| &file.chain);
        chains.flat_map(|chain| chain.folders.iter().chain(&chain.names)).cloned().collect()
    }
}
