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
        let slow_start = self.snapshot.table.backend(backend).slow_start;
        let in_flight = upstream.tally.in_flight();
        Standing {
            in_flight: upstream.engine.now(self.now).map_or(in_flight, |engine| engine.max(in_flight)),
            condition: upstream.tally.breaker().condition(self.now),
            full: upstream.tally.slots.is_full(),
            warmth: slow_start.map_or(1.0, |takes| upstream.warmth(self.now, takes)),
        }
    }

    fn latency(&self, backend: BackendIndex) -> Duration {
        self.snapshot.upstream(backend).tally.latency(self.now)
    }

    fn failing_for(&self, backend: BackendIndex) -> Option<Duration> {
        self.snapshot.upstream(backend).tally.breaker().failing_for(self.now)
    }
}
