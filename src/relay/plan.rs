//! Who is asked next after a failure. Pure: the waits are returned, not slept.

use std::time::Duration;

use crate::table::{
    Candidate, Candidates, Condition, Loads, Retry, RetryOn, StickyKey, Ticket, Way, candidates,
};

/// The longest `Retry-After` that is waited for; a longer one goes on to the client.
const WAIT_MOST: Duration = Duration::from_secs(3);

/// The tries of one request, in this order: the peers of the picked backend at once; a lone
/// backend once more, after its `Retry-After` if that is short and never after silence; then each
/// fallback in the same way.
///
/// Whoever is out is passed over while anybody else is left, on whichever tier.
#[derive(Debug)]
pub(super) struct Plan<'t> {
    retry: &'t Retry,
    candidates: Candidates<'t>,
    present: Candidate<'t>,
    left: Option<u32>,
    alone: bool,
}

/// What a try ended in, as far as the next one depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended {
    /// Who may be asked next.
    pub(super) may: May,
    /// What the backend asked for.
    pub(super) retry_after: Option<Duration>,
}

/// Who may be asked after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum May {
    /// The peers, the same backend, the fallbacks.
    Anywhere,
    /// Not the same backend: it is silent, or it won't be better in a moment.
    OtherBackend,
    /// The fallbacks only: this model can't answer this request.
    OtherModel,
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
    /// Plans a request; `None` if the way has no member with a weight.
    pub(super) fn new(
        retry: &'t Retry,
        way: Way<'t>,
        ticket: Ticket,
        key: Option<StickyKey>,
        loads: &'t impl Loads,
    ) -> Option<Self> {
        let mut candidates = candidates(way, ticket, key, loads);
        let present = ahead(&mut candidates)?;
        let mut plan = Self { retry, candidates, present, left: None, alone: false };
        plan.enter_tier();
        Some(plan)
    }

    /// Returns the first try on the present tier.
    pub(super) fn first(&self) -> Step<'t> {
        Step { candidate: self.present, wait: Duration::ZERO }
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

    /// Returns the next try, or `None` if it is over. `may_spend` is asked for each further try on
    /// a tier: whether the budget of all requests there has one left.
    pub(super) fn next(&mut self, ended: Ended, may_spend: impl Fn(usize) -> bool) -> Option<Step<'t>> {
        let tier = self.present.tier;
        if let Some(wait) = self.wait_on_tier(ended)
            && may_spend(tier)
        {
            self.left = self.left.map(|left| left - 1);
            if self.peer().is_some() {
                self.present = ahead(&mut self.candidates)?;
            }
            return Some(Step { candidate: self.present, wait });
        }
        self.enter_next_tier()?;
        Some(self.first())
    }

    fn enter_next_tier(&mut self) -> Option<()> {
        self.candidates.skip_tier();
        self.present = ahead(&mut self.candidates)?;
        self.enter_tier();
        Some(())
    }

    /// Returns how long to wait before another try on the present tier, if there may be one.
    fn wait_on_tier(&self, ended: Ended) -> Option<Duration> {
        if self.left == Some(0) || ended.may == May::OtherModel {
            return None;
        }
        if self.peer().is_some() {
            return Some(Duration::ZERO);
        }
        let may_repeat = (self.alone || self.retry.max.is_some()) && ended.may == May::Anywhere;
        let wait = ended.retry_after.unwrap_or_default();
        (may_repeat && wait <= WAIT_MOST).then_some(wait)
    }

    /// Without a `retry` setting each peer may be asked once, and a lone backend once more.
    fn enter_tier(&mut self) {
        self.alone = self.peer().is_none();
        self.left = self.retry.max.or(self.alone.then_some(1));
    }

    fn peer(&self) -> Option<Candidate<'t>> {
        ahead(&mut self.candidates.clone()).filter(|next| next.tier == self.present.tier)
    }
}

/// Takes the next candidate. Those that are out are the last of their tier, so that the rest of
/// the tier goes with them if a later one has somebody better.
fn ahead<'t>(candidates: &mut Candidates<'t>) -> Option<Candidate<'t>> {
    loop {
        let next = candidates.next()?;
        let is_out = |candidate: &Candidate<'_>| candidate.condition == Condition::Out;
        if !is_out(&next) || candidates.clone().all(|later| is_out(&later)) {
            return Some(next);
        }
        candidates.skip_tier();
    }
}
