//! From a request to the head of its answer.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use tokio::time::{Instant, sleep};

use super::Asides;
use super::answers::Treatment;
use super::aside::{Presence, mirror};
use super::ask::Ask;
use super::attempt::attempt;
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
use crate::load::InFlight;
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
    match prepare(&snapshot, ask, &mut entry) {
        Ok(prepared) if snapshot.table.route(prepared.index).finishes => {
            let asides = Arc::clone(asides);
            let run = |presence| relay(snapshot, Arc::clone(&asides), presence, prepared, entry, counted);
            Presence::outliving(&asides, run).await.unwrap_or_else(|| stopped().response())
        }
        Ok(prepared) => {
            relay(snapshot, Arc::clone(asides), Presence::default(), prepared, entry, counted).await
        }
        Err(fault) => refuse(&fault, entry),
    }
}

/// The router is told to stop, and the time that it gives to requests is over.
fn stopped() -> Fault {
    Fault::new(FaultKind::NotReady, "the router is stopping")
}

/// The client has left, and nobody reads this.
fn left() -> Response<ReplyBody> {
    Response::new(ReplyBody::whole(Bytes::new()))
}

async fn relay(
    snapshot: Arc<Snapshot>,
    asides: Arc<Asides>,
    presence: Presence,
    prepared: Prepared,
    mut entry: Entry,
    counted: InFlight,
) -> Response<ReplyBody> {
    let route = snapshot.table.route(prepared.index);
    let found = Found { index: prepared.index, route, matched: prepared.matched };
    let started = Instant::now();
    let loads = Standings::new(&snapshot, started.into_std());
    let way = route.way_of(prepared.rule);
    let ticket = snapshot.route_load(prepared.index, prepared.rule).draw();
    let Some(mut plan) = Plan::new(&route.retry, way, ticket, prepared.key, &loads) else {
        return refuse(&Fault::out_of_service(&entry.model, &snapshot.table.out_of_service(way)), entry);
    };
    let mut tried = Tried::default();
    let mut step = plan.first();
    let mut queue = Queue::new(&snapshot, started);
    let budget = |tier: usize| snapshot.budget(prepared.index, prepared.rule, tier);
    let may_spend = |tier: usize| budget(tier).spend(Instant::now().into_std());
    let mut on_tier = None;
    loop {
        let free = async {
            if !step.wait.is_zero() {
                sleep(step.wait).await;
            }
            queue.slot(&mut plan, step.candidate, entry.caller.as_deref()).await
        };
        let Some(slot) = presence.during(OnDisconnect::Cancel, free).await else { return left() };
        entry.queued = queue.queued();
        let Some((candidate, slot)) = slot else {
            return refuse(&queue.fault(&entry.model), entry);
        };
        let Candidate { target, tier, .. } = candidate;
        if on_tier.replace(tier) != Some(tier) {
            budget(tier).earn(route.retry.budget);
        }
        entry.attempts += 1;
        entry.backend = Some(snapshot.table.backend(target.backend).name.clone());
        if entry.attempts == 1 {
            mirror(&asides, &snapshot, found, ticket, &prepared, &mut entry);
        }
        let asked = Instant::now();
        let mut exchange = snapshot.upstream(target.backend).tally.begin_in(slot, asked.into_std());
        let body = body_for(&snapshot, found, target, &prepared);
        let deadline = target.timeouts.total.map(|total| started + total);
        let on_disconnect = snapshot.table.backend(target.backend).on_disconnect;
        let answer = attempt(&snapshot, target, &prepared.sent, &body, asked, deadline);
        let Some(answer) = presence.during(on_disconnect, answer).await else { return left() };
        match answer {
            Ok(begun) => {
                let verdict = verdict(&begun, plan.on());
                verdict.tell(&mut exchange, Instant::now().into_std());
                let next = verdict.ended.and_then(|ended| {
                    tried.push(&entry, &begun.failure());
                    plan.next(ended, may_spend)
                });
                let Some(next) = next else {
                    let limits = Limits { timeouts: target.timeouts, asked, deadline };
                    let name = upstream_model(&snapshot, found, target);
                    let model = asked_model(name, &prepared, &entry);
                    let treatment = Treatment::of(&snapshot, route, target, &prepared);
                    let resume = if route.resume {
                        Resume::of(&snapshot, prepared, candidate, &begun.head, started)
                    } else {
                        None
                    };
                    let finisher = (on_disconnect == OnDisconnect::Finish).then_some(asides);
                    let snapshot = Arc::clone(&snapshot);
                    let held = Held { counted, exchange, resume, treatment, snapshot, finisher };
                    return deliver(begun, model, limits, entry, held);
                };
                step = next;
            }
            Err(error) => {
                exchange.fail(error.cause(), Instant::now().into_std());
                tried.push(&entry, &error);
                let expired = deadline.is_some_and(|deadline| deadline <= Instant::now());
                let ended = error.ended(plan.on()).filter(|_| !expired);
                match ended.and_then(|ended| plan.next(ended, may_spend)) {
                    Some(next) => step = next,
                    None => return refuse(&tried.fault(&entry, error.is_silence()), entry),
                }
            }
        }
    }
}
