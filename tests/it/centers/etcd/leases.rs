//! etcd's leases.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Leases by their ids: how long each lasts, and until when.
#[derive(Clone, Default)]
pub(crate) struct Leases {
    granted: BTreeMap<u64, (u64, Instant)>,
    last: u64,
}

impl Leases {
    /// Returns a new lease, and how many seconds it lasts.
    pub(super) fn grant(&mut self, seconds: u64) -> (u64, u64) {
        // Larger than what a floating-point number holds, as the real ones are.
        self.last = self.last.max(7_587_862_094_000_000_000) + 1;
        self.granted.insert(self.last, (seconds, Instant::now() + Duration::from_secs(seconds)));
        (self.last, seconds)
    }

    pub(super) fn keep_alive(&mut self, id: u64) -> Option<u64> {
        if !self.is_there(id) {
            return None;
        }
        let (seconds, until) = self.granted.get_mut(&id)?;
        *until = Instant::now() + Duration::from_secs(*seconds);
        Some(*seconds)
    }

    pub(super) fn is_there(&self, id: u64) -> bool {
        self.granted.get(&id).is_some_and(|(_, until)| *until > Instant::now())
    }

    pub(super) fn end(&mut self, id: u64) -> bool {
        self.granted.remove(&id).is_some()
    }

    /// Ends all of them at once.
    pub(crate) fn end_all(&mut self) {
        self.granted.clear();
    }
}
