//! Who is asked next after a failure. Pure: the waits are returned, not slept.

use std::time::Duration;

use crate::table::{Candidate, Candidates, Loads, Retry, RetryOn, Route, StickyKey, Ticket, candidates};

/// The longest `Retry-After` that is waited for; a longer one goes on to the client.
const WAIT_MOST: Duration = Duration::from_secs(3);

/// The tries of one request, in this order: the peers of the picked backend at once; a lone
/// backend once more, after its `Retry-After` if that is short and never after silence; then each
/// fallback in the same way.
#[derive(Debug)]
pub(super) struct Plan<'t> {
    retry: &'t Retry,
    candidates: Candidates<'t>,
    present: Candidate<'t>,
    left: Option<u32>,
    alone: bool,
}

/// What a try ended in, as far as the next one depends on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended {
    /// Nothing came in time.
    pub(super) silence: bool,
    /// What the backend asked for.
    pub(super) retry_after: Option<Duration>,
}

/// The next try.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'t> {
    /// Whom to ask.
    pub(super) candidate: Candidate<'t>,
    /// How long to wait before.
    pub(super) wait: Duration,
}

// === impl Plan ===

impl<'t> Plan<'t> {
    /// Plans a request; `None` if the route has no member with a weight.
    pub(super) fn new(
        route: &'t Route,
        ticket: Ticket,
        key: Option<StickyKey>,
        loads: &'t impl Loads,
    ) -> Option<Self> {
        let mut candidates = candidates(route, ticket, key, loads);
        let present = candidates.next()?;
        let mut plan = Self { retry: &route.retry, candidates, present, left: None, alone: false };
        plan.enter_tier();
        Some(plan)
    }

    /// Returns whom to ask first.
    pub(super) fn first(&self) -> Candidate<'t> {
        self.present
    }

    /// Returns the members of the present tier that have not been asked yet.
    pub(super) fn others(&self) -> impl Iterator<Item = Candidate<'t>> {
        self.candidates.others()
    }

    /// Asks one of the others now; who was to be asked is one of them then.
    pub(super) fn instead(&mut self, other: Candidate<'t>) {
        self.candidates.exchange(&self.present, &other);
        self.present = other;
    }

    /// Leaves a tier that has no room, without a try; returns whom to ask in the next.
    pub(super) fn overflow(&mut self) -> Option<Candidate<'t>> {
        self.enter_next_tier()?;
        Some(self.present)
    }

    /// Returns after which failures another try is made at all.
    pub(super) fn on(&self) -> &'t RetryOn {
        &self.retry.on
    }

    /// Returns the next try, or `None` if it is over.
    pub(super) fn next(&mut self, ended: Ended) -> Option<Step<'t>> {
        if self.left != Some(0) && self.candidates.has_peer() {
            self.count();
            self.present = self.candidates.next()?;
            return Some(Step { candidate: self.present, wait: Duration::ZERO });
        }
        let wait = ended.retry_after.unwrap_or_default();
        let may_repeat = self.alone || self.retry.max.is_some();
        if may_repeat && self.left.is_some_and(|left| left > 0) && !ended.silence && wait <= WAIT_MOST {
            self.count();
            return Some(Step { candidate: self.present, wait });
        }
        self.enter_next_tier()?;
        Some(Step { candidate: self.present, wait: Duration::ZERO })
    }

    fn enter_next_tier(&mut self) -> Option<()> {
        self.candidates.skip_tier();
        self.present = self.candidates.next()?;
        self.enter_tier();
        Some(())
    }

    /// Without a `retry` setting each peer may be asked once, and a lone backend once more.
    fn enter_tier(&mut self) {
        self.alone = !self.candidates.has_peer();
        self.left = self.retry.max.or(self.alone.then_some(1));
    }

    fn count(&mut self) {
        self.left = self.left.map(|left| left - 1);
    }
}
