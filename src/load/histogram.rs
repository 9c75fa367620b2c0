//! How durations are spread, in few words of memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Buckets a doubling: a percentile is at most a fifth too large.
const PER_DOUBLING: usize = 4;
/// From below a quarter of a millisecond up to 17 minutes, beyond which all is one.
const BUCKETS: usize = 22 * PER_DOUBLING;
/// The upper end of the first bucket, in microseconds.
const SMALLEST: f64 = 250.0;

/// Counts durations by size. Never locks, never grows.
#[derive(Debug)]
pub(super) struct Histogram([AtomicU64; BUCKETS]);

/// What a histogram held at one moment, or gained between two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread([u64; BUCKETS]);

// === impl Histogram ===

impl Histogram {
    /// Counts one duration.
    pub(super) fn count(&self, duration: Duration) {
        self.0[bucket(duration)].fetch_add(1, Ordering::Relaxed);
    }

    /// Reads it.
    pub(super) fn read(&self) -> Spread {
        Spread(std::array::from_fn(|at| self.0[at].load(Ordering::Relaxed)))
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

// === impl Spread ===

impl Spread {
    /// Returns how many durations were counted.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Returns a duration that this share of the samples doesn't exceed, rounded up to its
    /// bucket's end; `None` without samples.
    #[must_use]
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn percentile(&self, share: f64) -> Option<Duration> {
        let samples = self.samples();
        let rank = ((samples as f64 * share.clamp(0.0, 1.0)).ceil() as u64).max(1);
        let mut passed = 0;
        let at = self.0.iter().position(|count| {
            passed += count;
            passed >= rank
        });
        at.map(upper_end)
    }

    /// Returns both together.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] + other.0[at]))
    }

    /// Returns what has been added since an earlier reading.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at].saturating_sub(earlier.0[at])))
    }
}

impl Default for Spread {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn bucket(duration: Duration) -> usize {
    let doublings = (duration.as_secs_f64() * 1e6 / SMALLEST).log2();
    // A negative or infinite number saturates at the ends.
    ((doublings * PER_DOUBLING as f64).ceil() as usize).min(BUCKETS - 1)
}

#[expect(clippy::cast_precision_loss)]
fn upper_end(bucket: usize) -> Duration {
    Duration::from_secs_f64(SMALLEST / 1e6 * (bucket as f64 / PER_DOUBLING as f64).exp2())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_ends_hold_what_is_beyond_them() {
        let histogram = Histogram::default();
        histogram.count(Duration::ZERO);
        assert_eq!(histogram.read().percentile(1.0), Some(Duration::from_micros(250)));
        histogram.count(Duration::MAX);
        let most = histogram.read().percentile(1.0).expect("two samples");
        assert!(most > Duration::from_secs(600), "{most:?}");
        assert_eq!(Spread::default().percentile(0.5), None);
    }

    proptest! {
        #[test]
        fn a_percentile_is_never_too_small_and_at_most_a_fifth_too_large(micros in 250_u64..600_000_000) {
            let duration = Duration::from_micros(micros);
            let histogram = Histogram::default();
            histogram.count(duration);
            let said = histogram.read().percentile(0.5).expect("one sample").as_secs_f64();
            prop_assert!(said >= duration.as_secs_f64() * 0.999_999, "{said}");
            prop_assert!(said <= duration.as_secs_f64() * 1.2, "{said}");
        }

        #[test]
        fn what_was_gained_is_what_was_counted(early in 0_usize..50, late in 0_usize..50) {
            let histogram = Histogram::default();
            (0..early).for_each(|_| histogram.count(Duration::from_millis(3)));
            let before = histogram.read();
            (0..late).for_each(|_| histogram.count(Duration::from_millis(300)));
            let gained = histogram.read().since(&before);
            prop_assert_eq!(gained.samples(), late as u64);
            prop_assert!(late == 0 || gained.percentile(0.0) >= Some(Duration::from_millis(300)));
        }
    }
}
