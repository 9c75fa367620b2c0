//! A backend that is out, and the requests that try whether it still is.

use std::time::{Duration, Instant};

use super::Cause;
use crate::table::Condition;

/// How long a backend is left alone at first.
const FIRST: Duration = Duration::from_secs(1);

/// How long it is left alone at most, and how long a trial may keep others waiting. Whoever has
/// recovered is used again within 5 s.
const LONGEST: Duration = Duration::from_secs(4);

/// How long a backend that wants to be paid is left alone.
const UNPAID: Duration = Duration::from_secs(30);

/// Why and since when a backend is out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// Since when.
    pub since: Instant,
    /// Why, by the newest failure that counts.
    pub cause: Cause,
    /// When the next trial is due.
    until: Instant,
    trial: Option<Trial>,
}

/// A request that tries whether a backend has recovered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trial(Instant);

// === impl Outage ===

impl Outage {
    pub(super) fn new(since: Instant, cause: Cause, relapses: u32, now: Instant) -> Self {
        let alone = match cause {
            Cause::Status(402) => UNPAID,
            _ => FIRST.saturating_mul(1 << relapses.min(8)).min(LONGEST),
        };
        Self { since, cause, until: now + alone, trial: None }
    }

    /// Tells whether the backend may be tried.
    #[must_use]
    pub fn condition(&self, now: Instant) -> Condition {
        if now < self.until || self.is_being_tried(now) { Condition::Out } else { Condition::Trial }
    }

    /// Tells whether a trial has begun and is still waited for.
    fn is_being_tried(&self, now: Instant) -> bool {
        self.trial.is_some_and(|Trial(began)| now.saturating_duration_since(began) < LONGEST)
    }

    pub(super) fn begin_trial(&mut self, now: Instant) -> Option<Trial> {
        if self.condition(now) == Condition::Trial {
            self.trial = Some(Trial(now));
            return self.trial;
        }
        None
    }

    pub(super) fn is_tried_by(&self, trial: Option<Trial>) -> bool {
        trial.is_some() && trial == self.trial
    }

    pub(super) fn give_up_trial(&mut self, trial: Option<Trial>) {
        if self.is_tried_by(trial) {
            self.trial = None;
        }
    }

    /// Tells whether an answer to a request of that moment says that the outage is over. Where
    /// answers were cut off, only a whole one does; where checks have found the backend down, none
    /// does for as long as they say so.
    pub(super) fn is_ended_by(&self, asked: Instant, is_over: bool, now: Instant) -> bool {
        let asked_since = asked >= self.since;
        match self.cause {
            Cause::Cut | Cause::Crawling => asked_since && is_over,
            Cause::Check(_) => asked_since && now >= self.until,
            _ => asked_since,
        }
    }

    /// Puts the next trial off until then, at least.
    pub(super) fn put_off(&mut self, until: Instant) {
        self.until = self.until.max(until);
    }

    /// Lets a request try now.
    pub(super) fn let_try(&mut self, now: Instant) {
        self.until = self.until.min(now);
    }
}
