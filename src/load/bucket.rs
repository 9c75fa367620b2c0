//! So much a minute.

use std::time::{Duration, Instant};

/// What was used of an allowance and has not been made up for yet. It gets less evenly, by the
/// whole allowance a minute: a caller that was quiet for a minute may use all at once.
///
/// The allowance itself is passed in, so that another one counts at once and what was used stays.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    used: f64,
    at: Option<Instant>,
}

/// How an allowance stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// How much there is a minute.
    pub limit: u32,
    /// How much is left now.
    pub remaining: u32,
    /// When all of it is there again.
    pub reset: Duration,
}

// === impl Bucket ===

impl Bucket {
    /// Makes up for what was used, as far as time has passed.
    pub(super) fn look(&mut self, limit: u32, now: Instant) {
        let passed = self.at.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        self.used = (self.used - passed.as_secs_f64() * per_second(limit)).max(0.0);
        self.at = Some(self.at.map_or(now, |at| at.max(now)));
    }

    /// Uses some, be it more than there is.
    pub(super) fn spend(&mut self, amount: f64) {
        self.used += amount;
    }

    /// Tells how long it takes until one is left; zero if one is.
    pub(super) fn until_one(&self, limit: u32) -> Duration {
        let missing = self.used + 1.0 - f64::from(limit);
        if missing < NOTHING {
            return Duration::ZERO;
        }
        Duration::try_from_secs_f64(missing / per_second(limit)).unwrap_or(Duration::MAX)
    }

    /// Tells how it stands.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates at both ends")]
    pub(super) fn allowance(&self, limit: u32) -> Allowance {
        let remaining = (f64::from(limit) - self.used).max(0.0) as u32;
        let reset = Duration::try_from_secs_f64(self.used / per_second(limit)).unwrap_or(Duration::MAX);
        Allowance { limit, remaining, reset }
    }
}

/// What rounding leaves of nothing.
const NOTHING: f64 = 1e-6;

fn per_second(limit: u32) -> f64 {
    f64::from(limit) / 60.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_minute_has_more_than_twice_the_allowance_and_none_that_keeps_to_it_is_refused(
            limit in 1_u32..200,
            gaps in proptest::collection::vec(0_u64..5000, 1..400),
        ) {
            let (mut bucket, mut now) = (Bucket::default(), Instant::now());
            let mut taken: Vec<Instant> = Vec::new();
            for gap in gaps {
                now += Duration::from_millis(gap);
                bucket.look(limit, now);
                let minute = |taken: &[Instant]| taken.iter().filter(|at| now - **at < Duration::from_secs(60)).count();
                if bucket.until_one(limit).is_zero() {
                    bucket.spend(1.0);
                    taken.push(now);
                } else {
                    prop_assert!(minute(&taken) >= limit as usize, "refused after {} of {limit}", minute(&taken));
                    // And not a moment longer than it says.
                    let later = now + bucket.until_one(limit) + Duration::from_millis(1);
                    let mut then = Bucket { used: bucket.used, at: bucket.at };
                    then.look(limit, later);
                    prop_assert!(then.until_one(limit).is_zero());
                }
                prop_assert!(minute(&taken) <= 2 * limit as usize);
            }
        }
    }

    #[test]
    fn what_was_used_beyond_the_allowance_is_made_up_for() {
        let (mut bucket, began) = (Bucket::default(), Instant::now());
        bucket.look(600, began);
        assert_eq!(bucket.allowance(600), Allowance { limit: 600, remaining: 600, reset: Duration::ZERO });
        bucket.spend(900.0);
        let allowance = bucket.allowance(600);
        assert_eq!((allowance.remaining, allowance.reset), (0, Duration::from_secs(90)));
        assert!(bucket.until_one(600) > Duration::from_secs(30));
        bucket.look(600, began + Duration::from_secs(31));
        assert_eq!((bucket.allowance(600).remaining, bucket.until_one(600)), (10, Duration::ZERO));
        bucket.look(600, began);
        assert_eq!(bucket.allowance(600).remaining, 10, "a clock that goes back gives nothing");
        assert_eq!(bucket.allowance(300).remaining, 0, "a lower limit counts at once");
    }
}
