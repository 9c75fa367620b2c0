//! From a request to the head of its answer.

use std::sync::Arc;

use http::Response;
use tokio::time::{Duration, Instant, sleep};

use super::ask::Ask;
use super::attempt::{TryError, attempt};
use super::deliver::{deliver, refuse};
use super::fault::Fault;
use super::plan::{Ended, Plan, Step};
use super::prepare::{Prepared, body_for, prepare};
use super::queue::Queue;
use super::reply_body::ReplyBody;
use super::resume::Resume;
use super::retry_after::retry_after;
use super::streamed::{Held, Limits};
use super::tried::Tried;
use crate::live::{Snapshot, Standings};
use crate::load::InFlight;
use crate::record::Entry;
use crate::table::{Candidate, Found};

/// Answers a request from one snapshot: finds the route, asks its backends in turn, and hands the
/// first answer on as it comes.
pub async fn forward(snapshot: Arc<Snapshot>, ask: Ask, mut entry: Entry) -> Response<ReplyBody> {
    entry.generation = snapshot.generation;
    let counted = snapshot.in_flight.enter();
    match prepare(&snapshot, ask, &mut entry) {
        Ok(prepared) => relay(snapshot, prepared, entry, counted).await,
        Err(fault) => refuse(&fault, entry),
    }
}

async fn relay(
    snapshot: Arc<Snapshot>,
    prepared: Prepared,
    mut entry: Entry,
    counted: InFlight,
) -> Response<ReplyBody> {
    let route = snapshot.table.route(prepared.index);
    let found = Found { index: prepared.index, route, matched: prepared.matched };
    let started = Instant::now();
    let loads = Standings::new(&snapshot, started.into_std());
    let ticket = snapshot.route_load(prepared.index).draw();
    let Some(mut plan) = Plan::new(route, ticket, prepared.key, &loads) else {
        return refuse(&Fault::out_of_service(&entry.model, &snapshot.table.out_of_service(route)), entry);
    };
    let mut tried = Tried::default();
    let mut step = Step { candidate: plan.first(), wait: Duration::ZERO };
    let caller = entry.caller.clone();
    let mut queue = Queue::new(&snapshot, caller.as_deref(), started);
    loop {
        if !step.wait.is_zero() {
            sleep(step.wait).await;
        }
        let slot = queue.slot(&mut plan, step.candidate).await;
        entry.queued = queue.queued();
        let Some((Candidate { target, .. }, slot)) = slot else {
            return refuse(&queue.fault(&entry.model), entry);
        };
        entry.attempts += 1;
        entry.backend = Some(snapshot.table.backend(target.backend).name.clone());
        let now = Instant::now();
        let mut exchange = snapshot.upstream(target.backend).tally.begin_in(slot, now.into_std());
        let body = body_for(&snapshot, found, target, &prepared);
        let deadline = target.timeouts.total.map(|total| started + total);
        match attempt(&snapshot, target, &prepared.sent, &body, now, deadline).await {
            Ok(begun) => {
                let status = begun.head.status().as_u16();
                exchange.head(status, Instant::now().into_std());
                if plan.on().has_status(status) {
                    let retry_after = retry_after(begun.head.headers());
                    tried.push(&entry, &format_args!("status {status}"));
                    if let Some(next) = plan.next(Ended { silence: false, retry_after }) {
                        step = next;
                        continue;
                    }
                }
                let limits = Limits { idle: target.timeouts.idle, deadline };
                let resume = if route.resume {
                    Resume::of(&snapshot, prepared, step.candidate, &begun.head, started)
                } else {
                    None
                };
                let held = Held { counted, exchange, resume, snapshot: Arc::clone(&snapshot) };
                return deliver(begun, limits, entry, held);
            }
            Err(error) => {
                exchange.fail(error.cause(), Instant::now().into_std());
                let silence = is_silence(&error);
                tried.push(&entry, &error);
                tracing::debug!(
                    backend = entry.backend_name(),
                    error = &error as &dyn std::error::Error,
                    "a try failed"
                );
                let wanted = if silence { plan.on().timeout } else { plan.on().connect };
                let expired = deadline.is_some_and(|deadline| deadline <= Instant::now());
                let next =
                    if wanted && !expired { plan.next(Ended { silence, retry_after: None }) } else { None };
                match next {
                    Some(next) => step = next,
                    None => return refuse(&tried.fault(&entry, silence), entry),
                }
            }
        }
    }
}

fn is_silence(error: &TryError) -> bool {
    match error {
        TryError::Failure(failure) => failure.is_timeout(),
        TryError::Total(_) => true,
        TryError::Broken(_) | TryError::Switched => false,
    }
}
