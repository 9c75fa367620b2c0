//! The cell.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use arc_swap::ArcSwap;
use tokio::sync::watch;

use super::{Claims, News, Pending, Snapshot};
use crate::load::InFlight;

/// Holds the snapshot that requests are served by, and tells what became of each change.
#[derive(Debug)]
pub struct Live {
    cell: ArcSwap<Snapshot>,
    news: watch::Sender<News>,
    /// Generations that were replaced and may still have requests. Only shown, never served.
    replaced: Mutex<Vec<Weak<Snapshot>>>,
    claims: Claims,
}

impl Live {
    /// Begins with a first snapshot.
    #[must_use]
    pub fn new(first: Snapshot) -> Self {
        let news = News::first(first.generation);
        Self {
            cell: ArcSwap::from_pointee(first),
            news: watch::Sender::new(news),
            claims: Claims::default(),
            replaced: Mutex::default(),
        }
    }

    /// Counts a request in and returns the snapshot that it is counted on. A request calls this
    /// exactly once and keeps both to the last byte of its answer.
    ///
    /// It counts itself before it is sure of its generation, so that nobody takes one for finished
    /// that a request has just taken, and stops its backends.
    #[must_use]
    pub fn enter(&self) -> (Arc<Snapshot>, InFlight) {
        loop {
            let snapshot = self.cell.load_full();
            let counted = snapshot.in_flight.enter();
            if Arc::ptr_eq(&self.cell.load(), &snapshot) {
                return (snapshot, counted);
            }
        }
    }

    /// Returns the present snapshot, to look at.
    #[must_use]
    pub fn load(&self) -> Arc<Snapshot> {
        self.cell.load_full()
    }

    /// Puts the next snapshot in place and returns the one before. Only `reload` may.
    pub(crate) fn swap(&self, next: Snapshot) -> Arc<Snapshot> {
        let before = self.cell.swap(Arc::new(next));
        let mut replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        replaced.retain(|old| old.strong_count() > 0);
        replaced.push(Arc::downgrade(&before));
        drop(replaced);
        before
    }

    /// Returns the replaced generations that requests still run on, and how many, oldest first.
    #[must_use]
    pub fn finishing(&self) -> Vec<(u64, u64)> {
        let replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        let alive = replaced.iter().filter_map(Weak::upgrade);
        alive.map(|old| (old.generation, old.in_flight.now())).filter(|(_, left)| *left > 0).collect()
    }

    /// Tells what became of a change, or of a backend. Only `reload` and `health` may.
    pub(crate) fn announce(&self, tell: impl FnOnce(&mut News)) {
        self.news.send_modify(tell);
    }

    /// Returns the news, and a way to wait for more.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<News> {
        self.news.subscribe()
    }

    /// Returns the changes that are neither live nor refused yet.
    #[must_use]
    pub fn pending(&self) -> Vec<Pending> {
        let held = self.news.borrow().pending.clone();
        self.claims.pending().into_iter().chain(held).collect()
    }

    /// Returns who stands behind tables that are on their way.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
}
