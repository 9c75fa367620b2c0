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
