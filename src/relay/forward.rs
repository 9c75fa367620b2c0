//! From a request to the head of its answer.

use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use tokio::time::{Instant, sleep};

use super::Asides;
use super::answers::Treatment;
use super::aside::{Presence, mirror};
use super::ask::Ask;
use super::attempt::{Begun, attempt};
use super::deliver::{deliver, refuse};
use super::fault::{Fault, FaultKind};
use super::patience::Limits;
use super::plan::Plan;
use super::prepare::{Prepared, asked_model, body_for, prepare, upstream_model};
use super::queue::Queue;
use super::reply_body::ReplyBody;
use super::resume::Resume;
use super::streamed::Held;
use super::tried::Tried;
use super::verdict::verdict;
use crate::live::{Snapshot, Standings};
use crate::load::{Exchange, InFlight};
use crate::record::Entry;
use crate::table::{Candidate, Found, OnDisconnect};

/// Answers a request from the snapshot that it is counted on: finds the route, asks its backends in
/// turn, and hands the first answer on as it comes.
pub async fn forward(
    snapshot: Arc<Snapshot>,
    asides: &Arc<Asides>,
    counted: InFlight,
    ask: Ask,
    mut entry: Entry,
) -> Response<ReplyBody> {
    entry.generation = snapshot.generation;
    let prepared = match prepare(&snapshot, ask, &mut entry) {
        Ok(prepared) => prepared,
        Err(fault) => return refuse(&fault, entry),
    };
    let finishes = snapshot.table.route(prepared.index).finishes;
    let (asides, presence) = (Arc::clone(asides), Presence::default());
    let started = Instant::now();
    let request = Request { snapshot, asides, presence, prepared, entry, counted, started };
    if finishes {
        let asides = Arc::clone(&request.asides);
        let run = |presence| relay(Request { presence, ..request });
        Presence::outliving(&asides, run).await.unwrap_or_else(|| stopped().response())
    } else {
        relay(request).await
    }
}

/// A request that has its route.
struct Request {
    snapshot: Arc<Snapshot>,
    asides: Arc<Asides>,
    presence: Presence,
    prepared: Prepared,
    entry: Entry,
    counted: InFlight,
    started: Instant,
}

/// The router is told to stop, and the time that it gives to requests is over.
fn stopped() -> Fault {
    Fault::new(FaultKind::NotReady, "the router is stopping")
}

/// The client has left, and nobody reads this.
fn left() -> Response<ReplyBody> {
    Response::new(ReplyBody::whole(Bytes::new()))
}

async fn relay(mut request: Request) -> Response<ReplyBody> {
    let snapshot = Arc::clone(&request.snapshot);
    let started = request.started;
    let Request { prepared, entry, presence, asides, .. } = &mut request;
    let found = prepared.found(&snapshot);
    let Found { index, route, .. } = found;
    let loads = Standings::new(&snapshot, started.into_std());
    let way = route.way_of(prepared.rule);
    let ticket = snapshot.route_load(index, prepared.rule).draw();
    let Some(mut plan) = Plan::new(&route.retry, way, ticket, prepared.key, &loads) else {
        let out = snapshot.table.out_of_service(way);
        return refuse(&Fault::out_of_service(&entry.model, &out), request.entry);
    };
    let mut tried = Tried::default();
    let mut step = plan.first();
    let mut queue = Queue::new(&snapshot, started);
    let budget = |tier: usize| snapshot.budget(index, prepared.rule, tier);
    let may_spend = |tier: usize| budget(tier).spend(Instant::now().into_std());
    let mut on_tier = None;
    loop {
        let free = async {
            if !step.wait.is_zero() {
                sleep(step.wait).await;
            }
            queue.slot(&mut plan, step.candidate, entry.caller.as_deref()).await
        };
        let Some(slot) = presence.during(OnDisconnect::Cancel, pin!(free)).await else { return left() };
        entry.queued = queue.queued();
        let Some((candidate, slot)) = slot else {
            return refuse(&queue.fault(&entry.model), request.entry);
        };
        let Candidate { target, tier, .. } = candidate;
        let backend = snapshot.table.backend(target.backend);
        if on_tier.replace(tier) != Some(tier) {
            budget(tier).earn(route.retry.budget);
        }
        entry.attempts += 1;
        entry.backend = Some(backend.name.clone());
        if entry.attempts == 1 {
            mirror(asides, &snapshot, found, ticket, prepared, entry);
        }
        let limits = Limits::new(target.timeouts, started, Instant::now());
        let mut exchange = snapshot.upstream(target.backend).tally.begin_in(slot, limits.asked.into_std());
        let body = body_for(&snapshot, found, target, prepared);
        let answer = attempt(&snapshot, target, &prepared.sent, &body, limits);
        let Some(answer) = presence.during(backend.on_disconnect, pin!(answer)).await else { return left() };
        let next = match &answer {
            Ok(begun) => {
                let verdict = verdict(begun, plan.on());
                verdict.tell(&mut exchange, Instant::now().into_std());
                verdict.ended.and_then(|ended| {
                    tried.push(entry, &begun.failure());
                    plan.next(ended, may_spend)
                })
            }
            Err(error) => {
                exchange.fail(error.cause(), Instant::now().into_std());
                tried.push(entry, error);
                let ended = error.ended(plan.on()).filter(|_| !limits.is_over(Instant::now()));
                ended.and_then(|ended| plan.next(ended, may_spend))
            }
        };
        match (next, answer) {
            (Some(next), _) => step = next,
            (None, Ok(begun)) => return request.answered(begun, candidate, exchange, limits),
            (None, Err(error)) => return refuse(&tried.fault(entry, error.is_silence()), request.entry),
        }
    }
}

// === impl Request ===

impl Request {
    /// Hands on what a backend has begun to answer.
    fn answered(
        self,
        begun: Begun,
        from: Candidate<'_>,
        exchange: Exchange,
        limits: Limits,
    ) -> Response<ReplyBody> {
        let Self { snapshot, asides, prepared, entry, counted, started, .. } = self;
        let (found, target) = (prepared.found(&snapshot), from.target);
        let model = asked_model(upstream_model(&snapshot, found, target), &prepared, &entry);
        let treatment = Treatment::of(&snapshot, found.route, target, &prepared);
        let on_disconnect = snapshot.table.backend(target.backend).on_disconnect;
        let resume = if found.route.resume {
            Resume::of(&snapshot, prepared, from, &begun.head, started)
        } else {
            None
        };
        let finisher = (on_disconnect == OnDisconnect::Finish).then_some(asides);
        let held = Held { counted, exchange, resume, treatment, snapshot, finisher };
        deliver(begun, model, limits, entry, held)
    }
}
