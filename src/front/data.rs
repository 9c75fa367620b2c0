//! The data port: one handler for everything that clients ask.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Response, Version, header};
use tokio::sync::Semaphore;

use super::body_room::BodyRoom;
use super::counted::Counted;
use super::paths::{Destination, NoWay, resolve};
use super::request_id::REQUEST_ID;
use super::{allowance, body, callers, host, models, request_id};
use crate::live::{Live, Snapshot};
use crate::load::InFlight;
use crate::record::{End, Entry};
use crate::relay::{Asides, Ask, Fault, FaultKind, Operation, ReplyBody, clipped, forward};

const GENERATION: HeaderName = HeaderName::from_static("x-patchbay-generation");

/// What the data port allows.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The largest request body in bytes.
    pub max_body: u64,
    /// The most requests in flight.
    pub in_flight: u32,
    /// The most bytes of request bodies that are held.
    pub buffered: u64,
}

/// The data port's state.
#[derive(Debug)]
pub struct DataPort {
    live: Arc<Live>,
    asides: Arc<Asides>,
    limits: Limits,
    room: Arc<Semaphore>,
    bodies: BodyRoom,
}

// === impl DataPort ===

impl DataPort {
    /// Makes the port's service. Which path is which stands in `paths`, so the router has one row.
    pub fn router(live: Arc<Live>, asides: Arc<Asides>, limits: Limits) -> Router {
        let bodies = BodyRoom::new(limits.buffered.max(limits.max_body));
        let room = Arc::new(Semaphore::new(limits.in_flight as usize));
        let port = Self { live, asides, limits, room, bodies };
        Router::new().fallback(answer).with_state(Arc::new(port))
    }
}

/// Answers one request from one snapshot.
async fn answer(State(port): State<Arc<DataPort>>, request: Request) -> Response<Body> {
    let started = Instant::now();
    // Counted before its body is read, which may take long: its generation must not end before.
    let (snapshot, counted) = port.live.enter();
    let generation = snapshot.generation;
    let (parts, mut body) = request.into_parts();
    let version = parts.version;
    let id = request_id::of(&parts.headers);
    let room = Arc::clone(&port.room).try_acquire_owned().ok();
    let mut response = match resolve(&parts.method, parts.uri.path()) {
        Ok(Destination::Health) => models::reply(&serde_json::json!({"status": "ok"})),
        found => {
            let path = clipped(parts.uri.path().as_bytes(), 256);
            let mut entry = Entry::new(id.to_str().unwrap_or_default().to_owned(), path, started);
            entry.generation = generation;
            match (found, &room) {
                (Ok(Destination::Forward(_)), None) => refuse(&Fault::overloaded("requests"), entry, None),
                (found, _) => {
                    checked(&port, (snapshot, counted), found, (parts, &mut body), entry, &id).await
                }
            }
        }
    };
    // What is left of a body would pass for the next request. A stream of HTTP/2 ends by itself.
    if version < Version::HTTP_2 && !body::skip(&mut body).await {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response.headers_mut().insert(GENERATION, HeaderValue::from(generation));
    response.headers_mut().insert(REQUEST_ID, id);
    response.map(|body| Body::new(Counted::new(body, room)))
}

async fn checked(
    port: &DataPort,
    (snapshot, counted): (Arc<Snapshot>, InFlight),
    found: Result<Destination, NoWay>,
    (parts, body): (Parts, &mut Body),
    mut entry: Entry,
    id: &HeaderValue,
) -> Response<ReplyBody> {
    if let Err(fault) = host::check(parts.version, &parts.uri, &parts.headers) {
        return refuse(&fault, entry, None);
    }
    if !snapshot.is_ready() {
        let message = "the router waits for its table: no config center has given one yet";
        let wait = Some(HeaderValue::from_static("1"));
        return refuse(&Fault { retry_after: wait, ..Fault::new(FaultKind::NotReady, message) }, entry, None);
    }
    match callers::authenticate(&parts.headers, snapshot.table.callers()) {
        Ok(caller) => entry.caller = caller.map(|caller| caller.name.clone()),
        Err(fault) => return refuse(&fault, entry, None),
    }
    match found {
        Ok(Destination::Forward(operation)) => {
            forwarded(port, (snapshot, counted), operation, (parts, body), entry, id).await
        }
        Ok(Destination::Models) => complete(models::list(&snapshot), entry),
        Ok(Destination::ModelInfo) => complete(models::info(&snapshot), entry),
        Ok(Destination::Model(model)) => match models::one(&snapshot, &model) {
            Ok(response) => complete(response, entry),
            Err(fault) => refuse(&fault, entry, None),
        },
        Ok(Destination::Health) => complete(models::reply(&serde_json::json!({"status": "ok"})), entry),
        Err(NoWay::Method(allowed)) => {
            let message = format!("{} takes {allowed}", entry.path);
            refuse(&Fault::new(FaultKind::MethodNotAllowed, message), entry, Some(allowed))
        }
        Err(NoWay::UnknownPath) => {
            let message = format!(
                "no such path: {}; a client's base URL ends in /v1, as in http://HOST:9999/v1",
                entry.path
            );
            refuse(&Fault::new(FaultKind::UnknownPath, message), entry, None)
        }
    }
}

async fn forwarded(
    port: &DataPort,
    (snapshot, counted): (Arc<Snapshot>, InFlight),
    operation: Operation,
    (mut parts, unread): (Parts, &mut Body),
    mut entry: Entry,
    id: &HeaderValue,
) -> Response<ReplyBody> {
    let body = match body::read(unread, port.limits.max_body, &port.bodies).await {
        Ok(whole) => whole,
        Err(fault) => return refuse(&fault, entry, None),
    };
    // A body in chunks does not tell by itself that it is at its end.
    *unread = Body::empty();
    entry.received = body.len() as u64;
    let admitted = match allowance::admit(&snapshot, entry.caller.as_deref(), Instant::now()) {
        Ok(admitted) => admitted,
        Err(refused) => {
            let mut response = refuse(&refused.fault, entry, None);
            refused.tag(response.headers_mut());
            return response;
        }
    };
    parts.headers.insert(REQUEST_ID, id.clone());
    let ask = Ask {
        operation,
        version: parts.version,
        method: parts.method,
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        body,
    };
    let mut response = forward(snapshot, &port.asides, counted, ask, entry).await;
    let Some(admitted) = admitted else { return response };
    allowance::tag(response.headers_mut(), &admitted.standing(Instant::now()));
    response.map(|body| body.billed_to(admitted))
}

fn complete(response: Response<ReplyBody>, mut entry: Entry) -> Response<ReplyBody> {
    entry.status = response.status().as_u16();
    entry.end = End::Complete;
    response
}

fn refuse(fault: &Fault, mut entry: Entry, allow: Option<&'static str>) -> Response<ReplyBody> {
    entry.status = fault.kind.status().as_u16();
    entry.end = End::Refused(fault.kind.code(), fault.message.clone());
    let mut response = fault.response();
    if let Some(allow) = allow {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    }
    response
}
