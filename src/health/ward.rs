//! One backend that is looked after.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::AbortHandle;

use crate::load::{Breaker, Cause};
use crate::probe::{Rung, alive, knock};
use crate::table::{Backend, BackendState, HealthCheck};
use crate::upstream::Upstream;

/// How often a backend that could not be reached is connected to.
const KNOCK_EVERY: Duration = Duration::from_secs(1);

/// How long a connection may take.
const KNOCK_LIMIT: Duration = Duration::from_secs(2);

/// For how long no client is sent to a backend that can't be connected to: until the next look.
const KNOCK_HOLDS: Duration = Duration::from_secs(4);

/// One backend, by whatever names models know it.
#[derive(Debug)]
pub(super) struct Ward {
    pub(super) backend: Backend,
    pub(super) upstream: Arc<Upstream>,
    next: Instant,
    rung: Rung,
    in_hand: Option<AbortHandle>,
}

/// What is done for a ward next.
#[derive(Debug, Clone)]
enum Look {
    Check(HealthCheck),
    Knock,
}

// === impl Ward ===

impl Ward {
    /// Takes a backend in hand; its first check is somewhere within the first interval.
    pub(super) fn new(backend: Backend, upstream: Arc<Upstream>, now: Instant) -> Self {
        let every = backend.health.as_ref().map_or(KNOCK_EVERY, |check| check.every);
        let next = now + every.mul_f64(chance());
        Self { backend, upstream, next, rung: Rung::default(), in_hand: None }
    }

    /// Goes on with what a new table says of the same backend.
    pub(super) fn update(&mut self, backend: &Backend, now: Instant) {
        if self.backend.health != backend.health {
            let every = backend.health.as_ref().map_or(KNOCK_EVERY, |check| check.every);
            self.next = self.next.min(now + every);
        }
        self.backend = backend.clone();
    }

    pub(super) fn breaker(&self) -> &Breaker {
        self.upstream.tally.breaker()
    }

    /// Begins a look if one is due and none is under way.
    pub(super) fn look(&mut self, now: Instant, spawn: impl FnOnce(LookTask) -> AbortHandle) {
        if now < self.next || self.in_hand.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        let Some(look) = self.due() else { return };
        let every = match &look {
            Look::Check(check) => check.every,
            Look::Knock => KNOCK_EVERY,
        };
        self.next = now + every.mul_f64(0.9 + 0.2 * chance());
        let (backend, upstream, rung) = (self.backend.clone(), Arc::clone(&self.upstream), self.rung);
        self.in_hand = Some(spawn(LookTask { backend, upstream, rung, look }));
    }

    /// A backend in maintenance is left alone.
    fn due(&self) -> Option<Look> {
        if self.backend.state == BackendState::Maint {
            return None;
        }
        if let Some(check) = &self.backend.health {
            return Some(Look::Check(check.clone()));
        }
        let outage = self.breaker().health().outage;
        outage.filter(|outage| outage.cause == Cause::Unreachable).map(|_| Look::Knock)
    }

    /// Remembers on which rung the backend answers.
    pub(super) fn stand_on(&mut self, rung: Rung) {
        self.rung = rung;
    }
}

impl Drop for Ward {
    fn drop(&mut self) {
        if let Some(task) = &self.in_hand {
            task.abort();
        }
    }
}

/// A look that is ready to run.
#[derive(Debug)]
pub(super) struct LookTask {
    backend: Backend,
    upstream: Arc<Upstream>,
    rung: Rung,
    look: Look,
}

// === impl LookTask ===

impl LookTask {
    /// Looks, tells the breaker, and returns the rung to begin with the next time.
    pub(super) async fn run(self) -> (Arc<Upstream>, Rung) {
        let Self { backend, upstream, rung, look } = self;
        let breaker = upstream.tally.breaker();
        let mut stands_on = rung;
        match look {
            Look::Knock => {
                let opens = knock(&backend, KNOCK_LIMIT).await.is_ok();
                breaker.knocked(opens, KNOCK_HOLDS, Instant::now());
            }
            Look::Check(check) => match alive(&backend, &check, rung).await {
                Ok(found) => {
                    stands_on = found.rung;
                    if let Some(status) = found.key_refused {
                        breaker.refused_key(status.as_u16(), Instant::now());
                    }
                    breaker.checked(Ok(()), &check, Instant::now());
                }
                Err(unwell) => {
                    // Another server may stand there when it is back.
                    stands_on = Rung::default();
                    let cause = Cause::Check(unwell.to_string().into());
                    breaker.checked(Err(cause), &check, Instant::now());
                }
            },
        }
        (upstream, stands_on)
    }
}

/// Returns a number from 0 to below 1, so that checks don't go in step.
#[expect(clippy::cast_precision_loss, reason = "53 bits are what a float holds")]
fn chance() -> f64 {
    (RandomState::new().hash_one(0_u8) >> 11) as f64 / (1_u64 << 53) as f64
}
