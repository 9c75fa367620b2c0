//! How slow a backend was lately, at worst.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::moments::Moments;

/// In this many seconds a peak falls to a third (to 1/e).
const DECAY: f64 = 10.0;

/// Milliseconds in one tick of the stamp, so that 32 bits last for more than a year.
const TICK: u64 = 10;

/// A decaying peak of durations, as Finagle's "peak EWMA" has it: a spike counts at once, and only
/// time and quicker answers make it forgotten. A mean would see a backend that has begun to stall
/// only after many requests have stalled with it.
///
/// Seconds as a float in the upper half, the tick of its last sample in the lower one: one word, so
/// that nobody sees a value with the wrong stamp. 0 before the first sample.
#[derive(Debug, Default)]
pub(super) struct Peak {
    word: AtomicU64,
    moments: Moments,
}

// === impl Peak ===

impl Peak {
    /// Takes a sample.
    pub(super) fn observe(&self, sample: Duration, now: Instant) {
        let (tick, sample) = (self.tick(now), sample.as_secs_f64());
        let next = |word| {
            let (peak, stamp) = unpacked(word);
            let kept = kept(stamp, tick);
            let next = if sample > peak { sample } else { peak * kept + sample * (1.0 - kept) };
            Some(packed(next, tick))
        };
        // The function gives a word always, so the update can't be refused.
        let _before = self.word.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
    }

    /// Returns the peak as far as it is remembered; zero if nothing is.
    pub(super) fn now(&self, now: Instant) -> Duration {
        let word = self.word.load(Ordering::Relaxed);
        if word == 0 {
            return Duration::ZERO;
        }
        let (peak, stamp) = unpacked(word);
        Duration::try_from_secs_f64(peak * kept(stamp, self.tick(now))).unwrap_or(Duration::MAX)
    }

    #[expect(clippy::cast_possible_truncation, reason = "it wraps, and so does the difference")]
    fn tick(&self, now: Instant) -> u32 {
        (self.moments.millis(now) / TICK) as u32
    }
}

/// Returns which part of a value is left after the time from one tick to another; all of it if the
/// other is earlier, as the clocks of two threads may tell.
fn kept(stamp: u32, tick: u32) -> f64 {
    let ticks = tick.wrapping_sub(stamp);
    let ticks = if ticks > u32::MAX / 2 { 0 } else { ticks };
    let seconds = Duration::from_millis(u64::from(ticks) * TICK).as_secs_f64();
    (-seconds / DECAY).exp()
}

#[expect(clippy::cast_possible_truncation, reason = "seven digits of a duration are plenty")]
fn packed(seconds: f64, tick: u32) -> u64 {
    u64::from((seconds as f32).to_bits()) << 32 | u64::from(tick)
}

#[expect(clippy::cast_possible_truncation, reason = "the two halves of a word")]
fn unpacked(word: u64) -> (f64, u32) {
    (f64::from(f32::from_bits((word >> 32) as u32)), word as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn a_spike_counts_at_once_and_time_makes_it_forgotten() {
        let (peak, began) = (Peak::default(), Instant::now());
        let at = |after: f64| peak.now(began + seconds(after)).as_secs_f64();
        assert_eq!(peak.now(began), Duration::ZERO);
        peak.observe(seconds(0.1), began);
        peak.observe(seconds(8.0), began + seconds(1.0));
        assert!((at(1.0) - 8.0).abs() < 0.01, "{}", at(1.0));
        assert!((at(11.0) - 8.0 / std::f64::consts::E).abs() < 0.01, "{}", at(11.0));
        assert!(at(60.0) < 0.03, "{}", at(60.0));
    }

    #[test]
    fn quick_answers_bring_a_peak_down_as_fast_as_time_does() {
        let (peak, began) = (Peak::default(), Instant::now());
        peak.observe(seconds(8.0), began);
        for n in 1..=200 {
            peak.observe(seconds(0.1), began + seconds(f64::from(n) / 10.0));
        }
        let left = peak.now(began + seconds(20.0)).as_secs_f64();
        assert!((1.0..1.5).contains(&left), "{left}");
    }

    proptest! {
        #[test]
        fn it_never_says_more_than_the_worst_nor_less_than_the_last_if_that_is_worst(
            samples in proptest::collection::vec((0.001..30.0_f64, 0.0..5.0_f64), 1..30),
        ) {
            let (peak, began) = (Peak::default(), Instant::now());
            let (mut now, mut worst) = (0.0, 0.0_f64);
            for (sample, pause) in samples {
                now += pause;
                let before = peak.now(began + seconds(now)).as_secs_f64();
                peak.observe(seconds(sample), began + seconds(now));
                worst = worst.max(sample);
                let after = peak.now(began + seconds(now)).as_secs_f64();
                prop_assert!(after <= worst * 1.001, "{} of {}", after, worst);
                prop_assert!(after >= before.min(sample) * 0.999, "{} after {} and {}", after, before, sample);
            }
        }
    }
}
