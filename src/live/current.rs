//! The swap: one generation in the place of another, and who is still on which.

use crate::load::{Gauge, InFlight};
use crate::sync::{Arc, ArcSwap, Mutex, PoisonError, Weak};

/// Something that is replaced as a whole, and that requests run on.
pub(super) trait Generation {
    /// Its number.
    fn number(&self) -> u64;
    /// The requests that began on it and have not ended.
    fn in_flight(&self) -> &Gauge;
}

/// The generation that serves, and those before it that still have requests.
#[derive(Debug)]
pub(super) struct Current<G> {
    cell: ArcSwap<G>,
    /// Generations that were replaced and may still have requests. Only shown, never served.
    replaced: Mutex<Vec<Weak<G>>>,
}

// === impl Current ===

impl<G: Generation> Current<G> {
    pub(super) fn new(first: G) -> Self {
        Self { cell: ArcSwap::from_pointee(first), replaced: Mutex::default() }
    }

    /// Counts a request in and returns the generation that it is counted on.
    ///
    /// It counts itself before it is sure of its generation, so that nobody takes one for finished
    /// that a request has just taken, and stops its backends.
    pub(super) fn enter(&self) -> (Arc<G>, InFlight) {
        loop {
            let generation = self.cell.load_full();
            let counted = generation.in_flight().enter();
            if Arc::ptr_eq(&self.cell.load(), &generation) {
                return (generation, counted);
            }
        }
    }

    /// Returns the one that serves, to look at.
    pub(super) fn load(&self) -> Arc<G> {
        self.cell.load_full()
    }

    /// Puts the next in place and returns the one before.
    pub(super) fn swap(&self, next: G) -> Arc<G> {
        let before = self.cell.swap(Arc::new(next));
        let mut replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        replaced.retain(|old| old.strong_count() > 0);
        replaced.push(Arc::downgrade(&before));
        drop(replaced);
        before
    }

    /// Returns those that were replaced and that requests still run on, by number, and how many,
    /// oldest first.
    pub(super) fn finishing(&self) -> Vec<(u64, u64)> {
        let replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        let alive = replaced.iter().filter_map(Weak::upgrade);
        alive.map(|old| (old.number(), old.in_flight().now())).filter(|(_, left)| *left > 0).collect()
    }
}
