//! What an engine itself says that it works on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::moments::Moments;

/// The newest reading, for as long as it counts.
#[derive(Debug, Default)]
pub struct EngineLoad {
    requests: AtomicU64,
    /// 0 if there is no reading, or 1 more than the moment in milliseconds until which it counts.
    until: AtomicU64,
    moments: Moments,
}

// === impl EngineLoad ===

impl EngineLoad {
    /// Takes a reading that counts for this long.
    pub fn tell(&self, requests: u64, now: Instant, counts: Duration) {
        let until = self.moments.millis(now) + u64::try_from(counts.as_millis()).unwrap_or(u64::MAX / 2);
        self.requests.store(requests, Ordering::Relaxed);
        self.until.store(until + 1, Ordering::Relaxed);
    }

    /// Returns how many requests the engine works on or has waiting, ours among them; `None` if
    /// there is no reading that still counts.
    #[must_use]
    pub fn now(&self, now: Instant) -> Option<u64> {
        let until = self.until.load(Ordering::Relaxed);
        (until > self.moments.millis(now)).then(|| self.requests.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_dies_unless_it_is_renewed() {
        let (engine, began) = (EngineLoad::default(), Instant::now());
        let at = |seconds| began + Duration::from_secs(seconds);
        assert_eq!(engine.now(at(0)), None);
        engine.tell(7, at(0), Duration::from_secs(6));
        assert_eq!([engine.now(at(5)), engine.now(at(7))], [Some(7), None]);
        engine.tell(0, at(8), Duration::from_secs(6));
        assert_eq!([engine.now(at(8)), engine.now(at(20))], [Some(0), None]);
    }
}
