//! A slot for a try, waited for where it must be.
//!
//! A pick passes over backends that are full as long as a peer has room. Where a whole tier is
//! full, the request waits in the queues of all its members that have one, and takes the slot that
//! is free first. What no queue takes, or what has waited for too long, goes on to the next tier.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::{Duration, Instant, timeout_at};

use super::fault::Fault;
use super::plan::Plan;
use crate::live::Snapshot;
use crate::load::{Crowd, Slot, Waiting};
use crate::record::Queued;
use crate::table::{BackendIndex, Candidate, Condition};

/// The place in the queue at arrival.
const PLACE: HeaderName = HeaderName::from_static("x-patchbay-queue");
/// How long it was waited, in milliseconds.
const WAITED: HeaderName = HeaderName::from_static("x-patchbay-queued-ms");

/// What a request has gone through to get a slot, over all of its tries.
#[derive(Debug)]
pub(super) struct Queue<'s> {
    snapshot: &'s Snapshot,
    began: Instant,
    queued: Option<Queued>,
    /// Who had no room, and how full it was.
    full: Vec<String>,
    retry_after: Option<Duration>,
}

/// Says in an answer's head that it was waited for.
pub(super) fn tag(headers: &mut HeaderMap, queued: Option<Queued>) {
    let Some(Queued { place, waited }) = queued else { return };
    let milliseconds = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
    headers.insert(PLACE, HeaderValue::from(place));
    headers.insert(WAITED, HeaderValue::from(milliseconds));
}

// === impl Queue ===

impl<'s> Queue<'s> {
    /// Begins with a request.
    pub(super) fn new(snapshot: &'s Snapshot, began: Instant) -> Self {
        Self { snapshot, began, queued: None, full: Vec::new(), retry_after: None }
    }

    /// Returns where it was waited and for how long, if it was.
    pub(super) fn queued(&self) -> Option<Queued> {
        self.queued
    }

    /// Takes a slot for the plan's present candidate, or for who is asked instead since it is full;
    /// `None` if nobody who is left has one in time. All without a name are one caller.
    pub(super) async fn slot<'t>(
        &mut self,
        plan: &mut Plan<'t>,
        mut present: Candidate<'t>,
        caller: Option<&str>,
    ) -> Option<(Candidate<'t>, Slot)> {
        loop {
            let now = Instant::now();
            let slots = &self.snapshot.upstream(present.target.backend).tally.slots;
            if let Some(slot) = slots.enter(now.into_std()) {
                return Some((present, slot));
            }
            if let Some((instead, slot)) = self.in_tier(plan, present, caller.unwrap_or_default(), now).await
            {
                plan.instead(instead);
                return Some((instead, slot));
            }
            present = plan.overflow()?;
        }
    }

    /// Makes the fault of a request that got no slot.
    pub(super) fn fault(&self, model: &str) -> Fault {
        Fault::at_limit(model, &self.full, self.retry_after.unwrap_or_default())
    }

    /// Takes the first slot of a tier that gets free, if it is waited for at all.
    async fn in_tier<'t>(
        &mut self,
        plan: &Plan<'t>,
        present: Candidate<'t>,
        caller: &str,
        now: Instant,
    ) -> Option<(Candidate<'t>, Slot)> {
        let peers = plan.others().filter(|peer| peer.condition != Condition::Out);
        let mut line = Vec::new();
        let mut longest = Duration::ZERO;
        for candidate in std::iter::once(present).chain(peers) {
            let slots = &self.snapshot.upstream(candidate.target.backend).tally.slots;
            if let Some(slot) = slots.enter(now.into_std()) {
                return Some((candidate, slot));
            }
            let crowd = slots.crowd();
            self.note(candidate.target.backend, crowd, slots.until_room(now.into_std()));
            if let Some(waiting) = slots.wait(caller) {
                longest = longest.max(crowd.limit.map_or(Duration::ZERO, |limit| limit.wait));
                line.push((candidate, waiting));
            }
        }
        let place = line.iter().map(|(_, waiting)| waiting.place()).min()?;
        let before = self.queued.get_or_insert(Queued { place, waited: Duration::ZERO }).waited;
        let end = present.target.timeouts.total.map(|total| self.began + total);
        let until = now + longest.saturating_sub(before);
        let got = timeout_at(end.map_or(until, |end| end.min(until)), first_of(&mut line)).await.ok();
        if let Some(queued) = &mut self.queued {
            queued.waited = before + now.elapsed();
        }
        got
    }

    fn note(&mut self, backend: BackendIndex, crowd: Crowd, until_room: Duration) {
        let name = &self.snapshot.table.backend(backend).name;
        let limit = crowd.limit.map_or(0, |limit| limit.limit);
        let waiting = match crowd.limit {
            Some(limit) if limit.queue > 0 => format!(", {} of {} waiting", crowd.waiting, limit.queue),
            _ => String::new(),
        };
        self.full.push(format!("`{name}` has {} of {limit} in flight{waiting}", crowd.taken));
        self.retry_after = Some(self.retry_after.map_or(until_room, |sooner| sooner.min(until_room)));
    }
}

/// Waits for whichever slot is free first; the places in the other queues are given up by the
/// caller's drop.
async fn first_of<'t>(line: &mut [(Candidate<'t>, Waiting)]) -> (Candidate<'t>, Slot) {
    poll_fn(|cx| {
        for (candidate, waiting) in &mut *line {
            if let Poll::Ready(slot) = Pin::new(waiting).poll(cx) {
                return Poll::Ready((*candidate, slot));
            }
        }
        Poll::Pending
    })
    .await
}
