//! How far a backend has come since it was cold.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::moments::Moments;

/// The part of its share that the coldest backend gets: without any request it would stay cold.
const LEAST: f64 = 0.1;

/// Since when a backend warms up. Warm from the beginning, if nobody says otherwise.
#[derive(Debug, Default)]
pub struct Warmup {
    /// 0, or 1 more than the moment in milliseconds.
    since: AtomicU64,
    moments: Moments,
}

// === impl Warmup ===

impl Warmup {
    /// Lets it start slowly from now on: it is new, or has recovered.
    pub fn warm_from(&self, now: Instant) {
        self.since.store(self.moments.millis(now) + 1, Ordering::Relaxed);
    }

    /// Returns which part of its share it may have now, from 0.1 to 1, where it takes this long to
    /// be warm.
    #[must_use]
    pub fn warmth(&self, now: Instant, takes: Duration) -> f64 {
        let since = self.since.load(Ordering::Relaxed);
        if since == 0 || takes.is_zero() {
            return 1.0;
        }
        let passed = Duration::from_millis((self.moments.millis(now) + 1).saturating_sub(since));
        (passed.as_secs_f64() / takes.as_secs_f64()).clamp(LEAST, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_part_grows_with_time_from_a_tenth_to_all() {
        let (warmup, now) = (Warmup::default(), Instant::now());
        let window = Duration::from_secs(30);
        let part = |seconds| format!("{:.1}", warmup.warmth(now + Duration::from_secs(seconds), window));
        assert_eq!([part(0), part(10)], ["1.0", "1.0"]);
        warmup.warm_from(now + Duration::from_secs(20));
        assert_eq!(
            [20, 22, 29, 35, 47, 50, 900].map(part),
            ["0.1", "0.1", "0.3", "0.5", "0.9", "1.0", "1.0"]
        );
        warmup.warm_from(now + Duration::from_secs(900));
        assert_eq!([part(900), part(915)], ["0.1", "0.5"]);
    }
}
