//! How the backends of a snapshot are, for a pick.

use std::time::{Duration, Instant};

use super::Snapshot;
use crate::table::{BackendIndex, Loads, Standing};

/// A snapshot's backends as they are at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Standings<'s> {
    snapshot: &'s Snapshot,
    now: Instant,
}

// === impl Standings ===

impl<'s> Standings<'s> {
    /// Looks at a snapshot.
    #[must_use]
    pub fn new(snapshot: &'s Snapshot, now: Instant) -> Self {
        Self { snapshot, now }
    }
}

impl Loads for Standings<'_> {
    fn standing(&self, backend: BackendIndex) -> Standing {
        let upstream = self.snapshot.upstream(backend);
        Standing {
            in_flight: upstream.tally.in_flight(),
            latency: upstream.tally.latency(self.now),
            condition: upstream.tally.breaker().condition(self.now),
            full: upstream.tally.slots.is_full(),
            warmth: 1.0,
        }
    }

    fn failing_for(&self, backend: BackendIndex) -> Option<Duration> {
        self.snapshot.upstream(backend).tally.breaker().failing_for(self.now)
    }
}
