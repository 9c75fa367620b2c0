//! The cell.

use std::sync::Arc;

use tokio::sync::watch;

use super::current::{Current, Generation};
use super::{Claims, News, Pending, Snapshot};
use crate::load::{Gauge, InFlight};

/// Holds the snapshot that requests are served by, and tells what became of each change.
#[derive(Debug)]
pub struct Live {
    current: Current<Snapshot>,
    news: watch::Sender<News>,
    claims: Claims,
}

impl Live {
    /// Begins with a first snapshot.
    #[must_use]
    pub fn new(first: Snapshot) -> Self {
        let news = News::first(first.generation);
        Self { current: Current::new(first), news: watch::Sender::new(news), claims: Claims::default() }
    }

    /// Counts a request in and returns the snapshot that it is counted on. A request calls this
    /// exactly once and keeps both to the last byte of its answer.
    #[must_use]
    pub fn enter(&self) -> (Arc<Snapshot>, InFlight) {
        self.current.enter()
    }

    /// Returns the present snapshot, to look at.
    #[must_use]
    pub fn load(&self) -> Arc<Snapshot> {
        self.current.load()
    }

    /// Puts the next snapshot in place and returns the one before. Only `reload` may.
    pub fn swap(&self, next: Snapshot) -> Arc<Snapshot> {
        self.current.swap(next)
    }

    /// Returns the replaced generations that requests still run on, and how many, oldest first.
    #[must_use]
    pub fn finishing(&self) -> Vec<(u64, u64)> {
        self.current.finishing()
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

impl Generation for Snapshot {
    fn number(&self) -> u64 {
        self.generation
    }

    fn in_flight(&self) -> &Gauge {
        &self.in_flight
    }
}
