//! Moments as numbers.

use std::sync::OnceLock;
use std::time::Instant;

/// Turns moments into numbers, which fit into an atomic: milliseconds since the first one.
#[derive(Debug, Default)]
pub(super) struct Moments(OnceLock<Instant>);

// === impl Moments ===

impl Moments {
    /// Returns 0 for the first moment that it is asked for, and for all before.
    pub(super) fn millis(&self, now: Instant) -> u64 {
        let passed = now.saturating_duration_since(*self.0.get_or_init(|| now));
        u64::try_from(passed.as_millis()).unwrap_or(u64::MAX)
    }
}
