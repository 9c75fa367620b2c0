//! How long to wait before the next try.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);

/// The longest wait. A center that comes back is seen within it, and its table is promised within
/// two seconds, so it leaves half of them for the reading.
const MOST: Duration = Duration::from_secs(1);

/// Waits that double, each a random part of its full length, so that replicas spread.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// Begins anew after a success.
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }

    /// Returns the next wait.
    pub(super) fn next(&mut self) -> Duration {
        let full = FIRST.saturating_mul(1 << self.tries.min(10)).min(MOST);
        self.tries = self.tries.saturating_add(1);
        jittered(full)
    }
}

/// Returns a random length between half of this one and all of it.
pub(super) fn jittered(full: Duration) -> Duration {
    // A fresh hasher is seeded from the system's randomness.
    let random = RandomState::new().hash_one(0_u8) >> 11;
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    let share = random as f64 / (1_u64 << 53) as f64;
    full.mul_f64(0.5 + share / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_second_and_begin_anew_after_a_success() {
        let mut backoff = Backoff::default();
        for full in [100, 200, 400, 800, 1000, 1000].map(Duration::from_millis) {
            let next = backoff.next();
            assert!((full / 2..=full).contains(&next), "{next:?} of {full:?}");
        }
        backoff.reset();
        assert!(backoff.next() <= FIRST);
    }

    #[test]
    fn two_replicas_seldom_wait_for_the_same_time() {
        let full = Duration::from_secs(30);
        let mut lengths: Vec<Duration> = (0..100).map(|_| jittered(full)).collect();
        lengths.sort();
        assert!(lengths[0] >= full / 2 && lengths[99] <= full, "{lengths:?}");
        let spread = lengths[99].saturating_sub(lengths[0]);
        assert!(spread > full / 4, "{spread:?}");
    }
}
