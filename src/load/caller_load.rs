//! What a caller has asked for of late.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::bucket::{Allowance, Bucket};
use crate::table::CallerLimits;

/// Holds a caller to its limits; clones count together.
#[derive(Debug, Clone, Default)]
pub struct CallerLoad(Arc<Mutex<Book>>);

#[derive(Debug, Default)]
struct Book {
    requests: Bucket,
    tokens: Bucket,
    in_flight: u32,
}

/// A request that a caller may make; dropping it counts it out.
#[derive(Debug)]
pub struct Admitted {
    load: CallerLoad,
    limits: CallerLimits,
}

/// The limit that a caller has reached, and when it may come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Exceeded {
    /// As many requests as it has a minute.
    #[error("has made its {limit} requests a minute")]
    Requests {
        /// How many it has.
        limit: u32,
        /// Until the next.
        wait: Duration,
    },
    /// As many tokens as it has a minute.
    #[error("has used its {limit} tokens a minute")]
    Tokens {
        /// How many it has.
        limit: u32,
        /// Until there is one again.
        wait: Duration,
    },
    /// As many requests as it has at once; when one of them ends is not known.
    #[error("has its {limit} requests at once in flight")]
    InFlight {
        /// How many it has.
        limit: u32,
    },
}

/// How a caller stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallerStanding {
    /// Its requests a minute, if they are limited.
    pub requests: Option<Allowance>,
    /// Its tokens a minute, if they are limited.
    pub tokens: Option<Allowance>,
    /// How many requests it has in flight.
    pub in_flight: u32,
    /// How many it may have.
    pub max_in_flight: Option<u32>,
}

// === impl CallerLoad ===

impl CallerLoad {
    /// Counts a request in, or tells which limit is against it; a refusal counts for nothing.
    ///
    /// What a request costs in tokens is known at its end only: one token that is left is enough.
    pub fn admit(&self, limits: CallerLimits, now: Instant) -> Result<Admitted, Exceeded> {
        let mut book = self.book();
        book.look(limits, now);
        if let Some(limit) = limits.max_in_flight.filter(|limit| book.in_flight >= *limit) {
            return Err(Exceeded::InFlight { limit });
        }
        if let Some(limit) = limits.tokens_per_minute {
            let wait = book.tokens.until_one(limit);
            if !wait.is_zero() {
                return Err(Exceeded::Tokens { limit, wait });
            }
        }
        if let Some(limit) = limits.requests_per_minute {
            let wait = book.requests.until_one(limit);
            if !wait.is_zero() {
                return Err(Exceeded::Requests { limit, wait });
            }
            book.requests.spend(1.0);
        }
        book.in_flight += 1;
        Ok(Admitted { load: self.clone(), limits })
    }

    /// Tells how the caller stands.
    #[must_use]
    pub fn standing(&self, limits: CallerLimits, now: Instant) -> CallerStanding {
        let mut book = self.book();
        book.look(limits, now);
        CallerStanding {
            requests: limits.requests_per_minute.map(|limit| book.requests.allowance(limit)),
            tokens: limits.tokens_per_minute.map(|limit| book.tokens.allowance(limit)),
            in_flight: book.in_flight,
            max_in_flight: limits.max_in_flight,
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Admitted ===

impl Admitted {
    /// Notes how many tokens the request has cost.
    #[expect(clippy::cast_precision_loss, reason = "no answer has 2^52 tokens")]
    pub fn spend(&self, tokens: u64, now: Instant) {
        if self.limits.tokens_per_minute.is_some() {
            let mut book = self.load.book();
            book.look(self.limits, now);
            book.tokens.spend(tokens as f64);
        }
    }

    /// Tells how its caller stands.
    #[must_use]
    pub fn standing(&self, now: Instant) -> CallerStanding {
        self.load.standing(self.limits, now)
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.load.book().in_flight -= 1;
    }
}

// === impl Exceeded ===

impl Exceeded {
    /// Returns how long the caller should wait.
    #[must_use]
    pub fn wait(&self) -> Duration {
        match self {
            Self::Requests { wait, .. } | Self::Tokens { wait, .. } => *wait,
            Self::InFlight { .. } => Duration::ZERO,
        }
    }
}

// === impl Book ===

impl Book {
    fn look(&mut self, limits: CallerLimits, now: Instant) {
        if let Some(limit) = limits.requests_per_minute {
            self.requests.look(limit, now);
        }
        if let Some(limit) = limits.tokens_per_minute {
            self.tokens.look(limit, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_counts_for_nothing() {
        let (load, now) = (CallerLoad::default(), Instant::now());
        let limits =
            CallerLimits { requests_per_minute: Some(3), max_in_flight: Some(1), ..Default::default() };
        let first = load.admit(limits, now).expect("the first");
        for _ in 0..10 {
            assert_eq!(load.admit(limits, now).err(), Some(Exceeded::InFlight { limit: 1 }));
        }
        drop(first);
        assert_eq!(load.standing(limits, now).requests.map(|requests| requests.remaining), Some(2));
        drop(load.admit(limits, now).expect("the second"));
        drop(load.admit(limits, now).expect("the third"));
        let refused = load.admit(limits, now).expect_err("the fourth");
        assert_eq!(refused, Exceeded::Requests { limit: 3, wait: Duration::from_secs(20) });
        assert!(load.admit(limits, now + refused.wait()).is_ok());
    }

    #[test]
    fn tokens_are_charged_when_they_are_known() {
        let (load, now) = (CallerLoad::default(), Instant::now());
        let limits = CallerLimits { tokens_per_minute: Some(60), ..Default::default() };
        let (first, second) = (load.admit(limits, now), load.admit(limits, now));
        first.expect("nothing was used yet").spend(100, now);
        let refused = load.admit(limits, now).expect_err("40 too many");
        assert_eq!(refused, Exceeded::Tokens { limit: 60, wait: Duration::from_secs(41) });
        assert_eq!(load.standing(limits, now).in_flight, 1);
        drop(second);
        assert!(load.admit(limits, now + refused.wait()).is_ok());
    }
}
