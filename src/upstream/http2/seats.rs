//! How many streams a connection has, and whether it takes more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The count of a connection that takes no more.
const CLOSED: usize = usize::MAX;

/// The streams of one connection. Its task closes it only while it has none, in the same step as
/// it looks, so that no request begins on a connection that is about to go.
#[derive(Debug, Default)]
pub(super) struct Seats {
    taken: AtomicUsize,
    /// Whether one was taken since the last look.
    used: AtomicBool,
    /// Whether the connection is kept though it has been without a stream for a while.
    waits_longer: AtomicBool,
}

/// A stream's place, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Seat(Arc<Seats>);

// === impl Seats ===

impl Seats {
    /// Begins with one place taken.
    pub(super) fn with_first() -> (Arc<Self>, Seat) {
        let seats = Arc::new(Self { taken: AtomicUsize::new(1), ..Self::default() });
        let first = Seat(Arc::clone(&seats));
        (seats, first)
    }

    /// Takes a place, if fewer than so many are taken.
    pub(super) fn take(self: &Arc<Self>, most: usize) -> Option<Seat> {
        let one_more = |taken: usize| (taken < most && taken != CLOSED).then(|| taken + 1);
        self.taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).ok()?;
        self.used.store(true, Ordering::Relaxed);
        Some(Seat(Arc::clone(self)))
    }

    /// Tells whether a place is taken, or was since this was asked last.
    pub(super) fn was_used(&self) -> bool {
        let used = self.used.swap(false, Ordering::Relaxed);
        used || self.taken.load(Ordering::Acquire) > 0
    }

    /// Tells whether a place is taken.
    pub(super) fn any(&self) -> bool {
        self.taken.load(Ordering::Acquire) > 0
    }

    /// Has the connection kept for longer.
    pub(super) fn wait_longer(&self) {
        self.waits_longer.store(true, Ordering::Relaxed);
    }

    /// Tells whether the connection is kept for longer.
    pub(super) fn waits_longer(&self) -> bool {
        self.waits_longer.load(Ordering::Relaxed)
    }

    /// Closes, unless a place is taken; tells whether it did.
    pub(super) fn close(&self) -> bool {
        self.taken.compare_exchange(0, CLOSED, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_places_are_given_than_there_are() {
        let (seats, first) = Seats::with_first();
        let _second = seats.take(2).unwrap();
        assert!(seats.take(2).is_none());
        drop(first);
        assert!(seats.take(2).is_some());
        assert!(seats.take(0).is_none(), "a backend may allow none at all");
    }

    #[test]
    fn a_connection_closes_only_while_it_has_no_stream() {
        let seats = Arc::new(Seats::default());
        let seat = seats.take(1).unwrap();
        assert!(!seats.close());
        drop(seat);
        assert!(seats.close());
        assert!(seats.take(100).is_none());
    }

    #[test]
    fn a_stream_between_two_looks_is_seen() {
        let seats = Arc::new(Seats::default());
        assert!(!seats.was_used());
        drop(seats.take(1));
        assert!(seats.was_used());
        assert!(!seats.was_used());
    }
}
