//! From a request to the head of its answer.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use tokio::time::{Duration, Instant, sleep};

use super::ask::Ask;
use super::attempt::{Begun, Sent, TryError, attempt};
use super::fault::{Fault, FaultKind, clipped};
use super::headers::{clean_answer, clean_request, is_loop};
use super::peek::{Peek, PeekError, peek};
use super::plan::{Ended, Plan, Step};
use super::reply_body::ReplyBody;
use super::streamed::{Held, Limits, Streamed};
use super::{HOP, multipart};
use crate::live::Snapshot;
use crate::load::InFlight;
use crate::record::{End, Entry};
use crate::table::{Candidate, Found, Target, UpstreamModel};
use crate::upstream::Pieces;

/// Which backend answered.
const BACKEND: HeaderName = HeaderName::from_static("x-patchbay-backend");
/// How many tries it took.
const ATTEMPTS: HeaderName = HeaderName::from_static("x-patchbay-attempts");

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

/// Answers with a fault and writes the access line.
fn refuse(fault: &Fault, mut entry: Entry) -> Response<ReplyBody> {
    entry.status = fault.kind.status().as_u16();
    entry.end = End::Refused(fault.kind.code(), fault.message.clone());
    let mut response = fault.response();
    if entry.attempts > 0 {
        response.headers_mut().insert(ATTEMPTS, HeaderValue::from(entry.attempts));
    }
    response
}

/// A request that has its route.
struct Prepared {
    index: crate::table::RouteIndex,
    matched: crate::table::Matched,
    sent: Sent,
    body: Bytes,
    /// Where the model's name stands in the body, and whether in JSON quotes.
    model_at: Option<(std::ops::Range<usize>, bool)>,
}

fn prepare(snapshot: &Snapshot, ask: Ask, entry: &mut Entry) -> Result<Prepared, Fault> {
    if is_loop(&ask.headers) {
        let message =
            format!("this request has passed this router before (`{HOP}`): a backend's URL leads back here");
        return Err(Fault::new(FaultKind::Loop, message));
    }
    let boundary = multipart::boundary(&ask.headers).map(str::to_owned);
    let peeked = match &boundary {
        Some(boundary) => multipart::peek_form(&ask.body, boundary),
        None => peek(&ask.body),
    };
    let Peek { model: in_body, range } = peeked.map_err(|error| unreadable(&error))?;
    let names_model = in_body.is_some();
    let model = ask.operation.model.as_deref().map(Cow::Borrowed).or(in_body);
    let Some(found) = snapshot.table.find(model.as_deref()) else {
        entry.model = model.as_deref().map(|m| clipped(m.as_bytes(), 256)).unwrap_or_default();
        let nearest = model.as_deref().map(|m| snapshot.table.nearest(m, 3)).unwrap_or_default();
        return Err(Fault::unknown_model(model.as_deref(), &nearest, snapshot.table.names().count()));
    };
    entry.model = clipped(model.as_deref().unwrap_or(found.route.name.as_str()).as_bytes(), 256);
    let is_json = boundary.is_none();
    let headers = clean_request(ask.headers, is_json);
    Ok(Prepared {
        index: found.index,
        matched: found.matched,
        model_at: (!range.is_empty()).then_some((range, is_json)),
        sent: Sent { operation: ask.operation, method: ask.method, query: ask.query, headers, names_model },
        body: ask.body,
    })
}

fn unreadable(error: &PeekError) -> Fault {
    let param = matches!(error, PeekError::Twice | PeekError::NotAString).then_some("model");
    Fault { param, ..Fault::bad_request(error.to_string()) }
}

async fn relay(
    snapshot: Arc<Snapshot>,
    prepared: Prepared,
    mut entry: Entry,
    counted: InFlight,
) -> Response<ReplyBody> {
    let route = snapshot.table.route(prepared.index);
    let found = Found { index: prepared.index, route, matched: prepared.matched };
    let Some(mut plan) = Plan::new(route, snapshot.route_load(prepared.index).draw()) else {
        return refuse(&Fault::out_of_service(&entry.model, &snapshot.table.out_of_service(route.way_of(None))), entry);
    };
    let started = Instant::now();
    let mut tried = Tried::default();
    let mut step = Step { candidate: plan.first(), wait: Duration::ZERO };
    loop {
        if !step.wait.is_zero() {
            sleep(step.wait).await;
        }
        let Candidate { target, .. } = step.candidate;
        entry.attempts += 1;
        entry.backend = Some(snapshot.table.backend(target.backend).name.clone());
        let now = Instant::now();
        let mut exchange = snapshot.upstream(target.backend).tally.begin(now.into_std());
        let body = body_for(&snapshot, found, target, &prepared);
        let deadline = target.timeouts.total.map(|total| started + total);
        match attempt(&snapshot, target, &prepared.sent, &body, now, deadline).await {
            Ok(begun) => {
                let status = begun.head.status().as_u16();
                if status == 429 || status >= 500 {
                    exchange.fail();
                }
                if plan.on().has_status(status) {
                    let retry_after = retry_after(begun.head.headers());
                    tried.push(&entry, &format_args!("status {status}"));
                    if let Some(next) = plan.next(Ended { silence: false, retry_after }) {
                        step = next;
                        continue;
                    }
                }
                let limits = Limits { idle: target.timeouts.idle, deadline };
                let held = Held { counted, exchange, snapshot: Arc::clone(&snapshot) };
                return deliver(begun, limits, entry, held);
            }
            Err(error) => {
                exchange.fail();
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

/// Replaces the model's name where the backend knows it by another; other bytes stay as they are.
fn body_for(snapshot: &Snapshot, found: Found<'_>, target: &Target, prepared: &Prepared) -> Pieces {
    let name = target.model.as_ref().or_else(|| snapshot.table.stands_for(found));
    match (name, &prepared.model_at) {
        (Some(name), Some((range, true))) if prepared.body[range.clone()] != name.json()[..] => {
            Pieces::spliced(&prepared.body, range.clone(), name.json().clone())
        }
        (Some(name), Some((range, false))) => Pieces::spliced(
            &prepared.body,
            range.clone(),
            Bytes::copy_from_slice(UpstreamModel::as_str(name).as_bytes()),
        ),
        _ => Pieces::whole(prepared.body.clone()),
    }
}

fn deliver(begun: Begun, limits: Limits, mut entry: Entry, mut held: Held) -> Response<ReplyBody> {
    let Begun { head, first, rest } = begun;
    let (mut parts, ()) = head.into_parts();
    parts.version = http::Version::HTTP_11;
    parts.extensions.clear();
    clean_answer(&mut parts.headers);
    if let Ok(name) = HeaderValue::from_str(entry.backend_name()) {
        parts.headers.insert(BACKEND, name);
    }
    parts.headers.insert(ATTEMPTS, HeaderValue::from(entry.attempts));
    let is_event_stream = parts
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    entry.status = parts.status.as_u16();
    entry.begun();
    if first.is_none() && http_body::Body::is_end_stream(&rest) {
        entry.end = End::Complete;
        held.exchange.complete();
    }
    let streamed = Streamed::new(first, rest, limits, is_event_stream, entry, held);
    Response::from_parts(parts, ReplyBody::Streamed(Box::new(streamed)))
}

fn is_silence(error: &TryError) -> bool {
    match error {
        TryError::Failure(failure) => failure.is_timeout(),
        TryError::Total(_) => true,
        TryError::Broken(_) | TryError::Switched => false,
    }
}

/// Reads `Retry-After` in seconds; the form with a date is left to the client.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: f64 = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// What was tried, for the error's text.
#[derive(Default)]
struct Tried(Vec<String>);

impl Tried {
    fn push(&mut self, entry: &Entry, why: &dyn std::fmt::Display) {
        self.0.push(format!("`{}`: {why}", entry.backend_name()));
    }

    fn fault(&self, entry: &Entry, silence: bool) -> Fault {
        let kind = if silence { FaultKind::BackendTimeout } else { FaultKind::Unreachable };
        let message = format!("no backend answered for model `{}`; tried {}", entry.model, self.0.join("; "));
        Fault::new(kind, message)
    }
}
