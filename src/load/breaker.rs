//! Whether a backend gets requests, by what became of those that it got.

use std::time::{Duration, Instant};

use super::Cause;
use super::outage::{Outage, Trial};
use super::recent::Recent;
use crate::sync::{AtomicU8, AtomicU32, Mutex, MutexGuard, Ordering, PoisonError};
use crate::table::{BreakerLimit, Condition, HealthCheck};

/// Closed, and nothing has failed of late: neither a pick nor a success has to look further.
const STEADY: u8 = 0;
/// Closed, and failures are remembered.
const STRAINED: u8 = 1;
/// Open or half-open.
const OPEN: u8 = 2;

/// Takes a backend out after failures, and lets single requests try whether it has recovered.
///
/// In the steady state a pick costs one relaxed load and a success another; only failures and
/// what follows them take a lock.
#[derive(Debug)]
pub struct Breaker {
    place: AtomicU8,
    /// [`u32::MAX`] for never.
    failures: AtomicU32,
    memory: Mutex<Memory>,
}

/// What is known of a backend's health.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// Since when it is out, and why; `None` if nothing speaks against it.
    pub outage: Option<Outage>,
    /// Since when it has refused its key, and by which status. It is asked all the same.
    pub key_refused: Option<(Instant, u16)>,
}

#[derive(Debug, Default)]
struct Memory {
    in_a_row: u32,
    recent: Recent,
    outage: Option<Outage>,
    key_refused: Option<(Instant, u16)>,
    /// How often it went out with no sound recovery in between.
    relapses: u32,
    recovered: Option<Instant>,
    checks: Checks,
}

/// Active checks of the same outcome in a row.
#[derive(Debug, Default)]
struct Checks {
    good: u32,
    bad: u32,
}

/// What an exchange carries along to tell the breaker how it ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) at: Instant,
    trial: Option<Trial>,
}

/// A backend that goes out again this soon after it came back has not recovered soundly.
const SOUND: Duration = Duration::from_secs(30);

// === impl Breaker ===

impl Breaker {
    /// Sets when failures take the backend out.
    pub fn limit(&self, BreakerLimit(failures): BreakerLimit) {
        self.failures.store(failures.unwrap_or(u32::MAX), Ordering::Relaxed);
        if failures.is_none() {
            let mut memory = self.memory();
            // What a check has found stays found.
            if memory.outage.as_ref().is_some_and(|outage| !outage.cause.is_check()) {
                memory.outage = None;
            }
            self.place(&memory);
        }
    }

    /// Tells whether the backend is fit for requests.
    #[must_use]
    pub fn condition(&self, now: Instant) -> Condition {
        if self.place.load(Ordering::Relaxed) != OPEN {
            return Condition::Well;
        }
        self.memory().outage.as_ref().map_or(Condition::Well, |outage| outage.condition(now))
    }

    /// Returns for how long it has failed while it could be reached; `None` if it is not out.
    #[must_use]
    pub fn failing_for(&self, now: Instant) -> Option<Duration> {
        let outage = self.health().outage.filter(|outage| outage.cause.is_an_answer())?;
        Some(now.saturating_duration_since(outage.since))
    }

    /// Returns what is known of the backend's health.
    #[must_use]
    pub fn health(&self) -> Health {
        if self.place.load(Ordering::Relaxed) == STEADY {
            return Health::default();
        }
        let memory = self.memory();
        Health { outage: memory.outage.clone(), key_refused: memory.key_refused }
    }

    /// Returns when the backend was last taken for well again.
    #[must_use]
    pub fn recovered(&self) -> Option<Instant> {
        self.memory().recovered
    }

    /// Notes that a request goes to the backend. If a trial is due, this is it.
    pub(super) fn ask(&self, now: Instant) -> Asked {
        let mut trial = None;
        if self.place.load(Ordering::Relaxed) == OPEN {
            trial = self.memory().outage.as_mut().and_then(|outage| outage.begin_trial(now));
        }
        Asked { at: now, trial }
    }

    /// Notes that an exchange failed.
    pub(super) fn failed(&self, asked: Asked, cause: Cause, now: Instant) {
        if self.failures.load(Ordering::Relaxed) == u32::MAX {
            return;
        }
        let mut memory = self.memory();
        // Only under the lock is it sure that nobody has switched the breaker off meanwhile.
        let limit = self.failures.load(Ordering::Relaxed);
        if memory.outage.is_none() && limit < u32::MAX {
            memory.in_a_row += 1;
            memory.recent.fail(now);
            if cause.is_for_people() || memory.in_a_row >= limit || memory.recent.is_bad() {
                memory.go_out(cause, now);
            }
        } else if memory.outage.as_ref().is_some_and(|outage| outage.is_tried_by(asked.trial)) {
            memory.go_out(cause, now);
        }
        self.place(&memory);
    }

    /// Notes that a backend answers, though its answer isn't over yet.
    pub(super) fn answers(&self, asked: Asked, now: Instant) {
        if self.place.load(Ordering::Relaxed) == OPEN {
            self.speaks_for(asked, now, false);
        }
    }

    /// Notes that an answer came to its end and was no failure.
    pub(super) fn succeeded(&self, asked: Asked, now: Instant) {
        if self.place.load(Ordering::Relaxed) != STEADY {
            self.speaks_for(asked, now, true);
        }
    }

    /// Notes that an exchange ended and says nothing.
    pub(super) fn left(&self, asked: Asked) {
        if asked.trial.is_some()
            && let Some(outage) = &mut self.memory().outage
        {
            outage.give_up_trial(asked.trial);
        }
    }

    /// Notes that the backend doesn't take its key: it is there all the same.
    pub fn refused_key(&self, status: u16, now: Instant) {
        let mut memory = self.memory();
        memory.key_refused.get_or_insert((now, status)).1 = status;
        self.place(&memory);
    }

    /// Notes that the backend takes its key.
    pub fn took_key(&self) {
        if self.place.load(Ordering::Relaxed) != STEADY {
            let mut memory = self.memory();
            memory.key_refused = None;
            self.place(&memory);
        }
    }

    /// Notes what an active check has found.
    pub fn checked(&self, found: Result<(), Cause>, rule: &HealthCheck, now: Instant) {
        let mut memory = self.memory();
        let memory = &mut *memory;
        match found {
            Ok(()) => {
                memory.checks = Checks { good: memory.checks.good.saturating_add(1), bad: 0 };
                let good = memory.checks.good;
                match &mut memory.outage {
                    Some(outage) if outage.cause.is_check() && good >= rule.up_after => memory.recover(now),
                    Some(outage) if outage.cause == Cause::Unreachable => outage.let_try(now),
                    _ => {}
                }
            }
            Err(cause) => {
                memory.checks = Checks { good: 0, bad: memory.checks.bad.saturating_add(1) };
                if memory.outage.is_none() && memory.checks.bad >= rule.down_after {
                    memory.go_out(cause, now);
                }
                if let Some(outage) = &mut memory.outage {
                    outage.put_off(now + rule.fresh());
                }
            }
        }
        self.place(memory);
    }

    /// Notes whether a backend that could not be reached can be connected to again.
    pub fn knocked(&self, opens: bool, again_within: Duration, now: Instant) {
        let mut memory = self.memory();
        let unreachable = memory.outage.as_mut().filter(|outage| outage.cause == Cause::Unreachable);
        match unreachable {
            Some(outage) if opens => outage.let_try(now),
            Some(outage) => outage.put_off(now + again_within),
            None => {}
        }
    }

    fn speaks_for(&self, asked: Asked, now: Instant, is_over: bool) {
        let mut memory = self.memory();
        match &memory.outage {
            Some(outage) if outage.is_ended_by(asked.at, is_over, now) => memory.recover(now),
            Some(_) => {}
            None => {
                memory.in_a_row = 0;
                memory.key_refused = None;
                memory.recent.succeed();
            }
        }
        self.place(&memory);
    }

    /// Has the word that picks look at say what the memory says.
    fn place(&self, memory: &Memory) {
        let place = match memory {
            Memory { outage: Some(_), .. } => OPEN,
            Memory { key_refused: Some(_), .. } => STRAINED,
            Memory { in_a_row: 0, recent, .. } if recent.is_clean() => STEADY,
            _ => STRAINED,
        };
        self.place.store(place, Ordering::Relaxed);
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Breaker {
    fn default() -> Self {
        let breaker =
            Self { place: AtomicU8::new(STEADY), failures: AtomicU32::default(), memory: Mutex::default() };
        breaker.limit(BreakerLimit::default());
        breaker
    }
}

// === impl Memory ===

impl Memory {
    fn go_out(&mut self, cause: Cause, now: Instant) {
        let since = self.outage.as_ref().map(|outage| outage.since);
        let unsound = self.recovered.is_some_and(|at| now.saturating_duration_since(at) < SOUND);
        self.relapses = if since.is_some() || unsound { self.relapses.saturating_add(1) } else { 0 };
        self.outage = Some(Outage::new(since.unwrap_or(now), cause, self.relapses, now));
    }

    fn recover(&mut self, now: Instant) {
        self.outage = None;
        self.in_a_row = 0;
        self.recent = Recent::default();
        self.recovered = Some(now);
    }
}
