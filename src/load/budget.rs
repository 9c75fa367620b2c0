//! How many further tries all requests of a group of backends may make together.

use std::time::Instant;

use crate::sync::{AtomicU64, Ordering};

/// One try, in the unit that is counted: thousandths.
const TRY: u64 = 1000;
/// The floor: 10 tries a second, so that a quiet router may try again as it likes.
const FLOOR_A_MILLISECOND: u64 = 10;
/// The most that is saved up: ten seconds of the floor. Good times must not pay for a long storm. A
/// new group has as much as one that was quiet: it is often met by a burst, of which many are in
/// flight before the first failure is heard.
const MOST: u64 = 10 * 1000 * FLOOR_A_MILLISECOND;

/// A token bucket. Each request adds its share of a try, and time adds the floor; each further try
/// takes a whole one, or isn't made.
///
/// Clients repeat what fails as well: without a bound for all together, a pool that is down gets
/// several times the load just when it can bear the least.
#[derive(Debug)]
pub struct Budget {
    began: Instant,
    balance: AtomicU64,
    /// Until when the floor was added, in milliseconds since it began.
    filled_until: AtomicU64,
}

// === impl Budget ===

impl Budget {
    /// Makes the budget of a group that has had no request yet.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self { began: now, balance: AtomicU64::new(MOST), filled_until: AtomicU64::new(0) }
    }

    /// Counts a request in: further tries may be this many percent of all requests.
    pub fn earn(&self, percent: u32) {
        // In good times it is full, and then it is only read.
        if self.balance.load(Ordering::Relaxed) < MOST {
            self.add(u64::from(percent) * TRY / 100);
        }
    }

    /// Takes a further try, if there is one left.
    #[must_use]
    pub fn spend(&self, now: Instant) -> bool {
        let since = now.saturating_duration_since(self.began).as_millis();
        let now = u64::try_from(since).unwrap_or(u64::MAX);
        let before = self.filled_until.fetch_max(now, Ordering::Relaxed);
        self.add(now.saturating_sub(before).saturating_mul(FLOOR_A_MILLISECOND));
        let take = |balance: u64| balance.checked_sub(TRY);
        self.balance.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    fn add(&self, more: u64) {
        let add = |balance: u64| Some(balance.saturating_add(more).min(MOST));
        let _always = self.balance.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    /// Makes requests that all fail and want another try each; returns how many may have it.
    fn storm(budget: &Budget, percent: u32, requests: u32, from: Instant, lasts: Duration) -> u32 {
        let tries = (0..requests).map(|n| {
            budget.earn(percent);
            u32::from(budget.spend(from + lasts * n / requests))
        });
        tries.sum()
    }

    #[test]
    fn a_quiet_group_may_always_try_again() {
        let now = Instant::now();
        let budget = Budget::new(now);
        for second in 1..100 {
            let from = now + Duration::from_secs(second);
            assert_eq!(storm(&budget, 20, 10, from, Duration::from_secs(1)), 10);
        }
    }

    #[test]
    fn what_good_times_have_saved_is_little() {
        let now = Instant::now();
        let budget = Budget::new(now);
        (0..1_000_000).for_each(|_| budget.earn(20));
        let tries = storm(&budget, 20, 10_000, now + Duration::from_secs(3600), Duration::from_secs(1));
        assert!(tries <= 100 + 2000 + 10, "{tries}");
    }

    #[test]
    fn a_clock_that_stands_or_goes_back_gives_nothing() {
        let now = Instant::now();
        let budget = Budget::new(now + Duration::from_secs(5));
        let tries = (0..1000).filter(|_| budget.spend(now)).count();
        assert_eq!(tries, 100);
    }

    proptest! {
        #[test]
        fn a_storm_is_bounded_by_the_share_and_the_floor(
            percent in 0_u32..=100, requests in 1_u32..5000, millis in 0_u64..20_000,
        ) {
            let now = Instant::now();
            let lasts = Duration::from_millis(millis);
            let tries = storm(&Budget::new(now), percent, requests, now, lasts);
            let most = 100.0 + f64::from(requests * percent) / 100.0 + lasts.as_secs_f64() * 10.0;
            prop_assert!(f64::from(tries) <= most, "{tries} > {most}");
            // And it is no meaner than it says.
            let owed = (most - 100.0).min(f64::from(requests)) * 0.9 - 2.0;
            prop_assert!(f64::from(tries) >= owed, "{tries} < {owed}");
        }
    }
}
