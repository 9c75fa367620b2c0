//! Where events, questions and the watching thread meet.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::config::WatchMode;

use super::file_source::Told;
use super::mark::Mark;
use super::signs::Signs;

/// Collects what happens until the watching thread takes it. It holds no queue: events only add up.
#[derive(Debug, Default)]
pub(super) struct Desk {
    state: Mutex<State>,
    bell: Condvar,
}

/// What lies on the desk.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) signs: Signs,
    /// Who wants a fresh look now.
    pub(super) asks: Vec<oneshot::Sender<Told>>,
    /// How to watch from now on.
    pub(super) pace: Option<(WatchMode, Duration)>,
    /// Nobody listens any more.
    pub(super) closed: bool,
    mark_seen: bool,
}

// === impl Desk ===

impl Desk {
    /// Opens the desk for the moment.
    pub(super) fn open(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the watching thread look at what lies here.
    pub(super) fn ring(&self) {
        self.bell.notify_all();
    }

    /// Takes an event from the watcher's thread.
    pub(super) fn take(&self, event: notify::Result<notify::Event>) {
        let now = Instant::now();
        let mut state = self.open();
        match event {
            Ok(event) if event.paths.first().is_some_and(|path| path == Mark::path()) => {
                state.mark_seen = true;
            }
            Ok(event) => state.signs.note(&event, now),
            Err(_) => state.signs.overflowed(now),
        }
        drop(state);
        self.ring();
    }

    /// Waits for an event, a question, the end, or the given moment.
    pub(super) fn wait(&self, until: Instant) {
        let mut state = self.open();
        loop {
            let due = state.signs.due.map_or(until, |due| due.min(until));
            let left = due.saturating_duration_since(Instant::now());
            if state.closed || !state.asks.is_empty() || state.pace.is_some() || left.is_zero() {
                return;
            }
            state = self.bell.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Sends the mark and waits until it comes by; false if it doesn't in time.
    pub(super) fn await_mark(&self, send: impl FnOnce() -> bool, patience: Duration) -> bool {
        self.open().mark_seen = false;
        if !send() {
            return false;
        }
        let end = Instant::now() + patience;
        let mut state = self.open();
        while !state.mark_seen && !state.closed {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.bell.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}
