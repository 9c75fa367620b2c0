//! The data port: one handler for everything that clients ask.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, Version, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::body_room::BodyRoom;
use super::counted::Counted;
use super::paths::{Destination, NoWay, resolve};
use super::port::Answering;
use super::port_body::PortBody;
use super::request_body::RequestBody;
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

/// What every answer bears, and what is done for it last.
struct Closing {
    generation: u64,
    id: HeaderValue,
    /// Its room among all that are in flight.
    room: Option<OwnedSemaphorePermit>,
    version: Version,
}

/// A request that goes to a backend.
struct Forwarding {
    port: Arc<DataPort>,
    snapshot: Arc<Snapshot>,
    counted: InFlight,
    operation: Operation,
    parts: Parts,
    entry: Entry,
}

// === impl DataPort ===

impl DataPort {
    /// Makes the port. Which path is which stands in `paths`.
    pub fn new(live: Arc<Live>, asides: Arc<Asides>, limits: Limits) -> Self {
        let bodies = BodyRoom::new(limits.buffered.max(limits.max_body));
        let room = Arc::new(Semaphore::new(limits.in_flight as usize));
        Self { live, asides, limits, room, bodies }
    }

    /// Answers one request from one snapshot. What can be decided without its body is decided at once.
    pub(super) fn answer(self: &Arc<Self>, request: Request<RequestBody>) -> Answering {
        let started = Instant::now();
        // Counted before its body is read, which may take long: its generation must not end before.
        let (snapshot, counted) = self.live.enter();
        let generation = snapshot.generation;
        let (parts, body) = request.into_parts();
        let id = request_id::of(&parts.headers);
        let room = Arc::clone(&self.room).try_acquire_owned().ok();
        let has_room = room.is_some();
        let closing = Closing { generation, id, room, version: parts.version };
        let found = resolve(&parts.method, parts.uri.path());
        if found == Ok(Destination::Health) {
            return closing.answering(models::reply(&serde_json::json!({"status": "ok"})), body);
        }
        let path = clipped(parts.uri.path().as_bytes(), 256);
        let mut entry = Entry::new(closing.id.to_str().unwrap_or_default().to_owned(), path, started);
        entry.generation = generation;
        let operation = match self.judge(found, &snapshot, &parts, &body, has_room, &mut entry) {
            ControlFlow::Continue(operation) => operation,
            ControlFlow::Break(response) => return closing.answering(response, body),
        };
        let port = Arc::clone(self);
        let forwarding = Forwarding { port, snapshot, counted, operation, parts, entry };
        forwarding.answering(body, closing)
    }

    /// Returns what a backend is to be asked for, or the answer if none is.
    fn judge(
        &self,
        found: Result<Destination, NoWay>,
        snapshot: &Snapshot,
        parts: &Parts,
        body: &RequestBody,
        has_room: bool,
        entry: &mut Entry,
    ) -> ControlFlow<Response<ReplyBody>, Operation> {
        if matches!(found, Ok(Destination::Forward(_))) && !has_room {
            return ControlFlow::Break(refuse(&Fault::overloaded("requests"), entry, None));
        }
        if let Err(fault) = host::check(parts.version, &parts.uri, &parts.headers) {
            return ControlFlow::Break(refuse(&fault, entry, None));
        }
        if !snapshot.is_ready() {
            let message = "the router waits for its table: no config center has given one yet";
            let wait = Some(HeaderValue::from_static("1"));
            let fault = Fault { retry_after: wait, ..Fault::new(FaultKind::NotReady, message) };
            return ControlFlow::Break(refuse(&fault, entry, None));
        }
        match callers::authenticate(&parts.headers, snapshot.table.callers()) {
            Ok(caller) => entry.caller = caller.map(|caller| caller.name.clone()),
            Err(fault) => return ControlFlow::Break(refuse(&fault, entry, None)),
        }
        match found {
            Ok(Destination::Forward(operation)) => {
                match body::admit(body, self.limits.max_body, &self.bodies) {
                    Ok(()) => ControlFlow::Continue(operation),
                    Err(fault) => ControlFlow::Break(refuse(&fault, entry, None)),
                }
            }
            found => ControlFlow::Break(answer_here(found, snapshot, entry)),
        }
    }
}

/// Answers what the router knows by itself, and what nobody knows.
fn answer_here(
    found: Result<Destination, NoWay>,
    snapshot: &Snapshot,
    entry: &mut Entry,
) -> Response<ReplyBody> {
    match found {
        Ok(Destination::Models) => complete(models::list(snapshot), entry),
        Ok(Destination::ModelInfo) => complete(models::info(snapshot), entry),
        Ok(Destination::Model(model)) => match models::one(snapshot, &model) {
            Ok(response) => complete(response, entry),
            Err(fault) => refuse(&fault, entry, None),
        },
        Err(NoWay::Method(allowed)) => {
            let message = format!("{} takes {allowed}", entry.path);
            refuse(&Fault::new(FaultKind::MethodNotAllowed, message), entry, Some(allowed))
        }
        Ok(Destination::Forward(_) | Destination::Health) | Err(NoWay::UnknownPath) => {
            let message = format!(
                "no such path: {}; a client's base URL ends in /v1, as in http://HOST:9999/v1",
                entry.path
            );
            refuse(&Fault::new(FaultKind::UnknownPath, message), entry, None)
        }
    }
}

// === impl Forwarding ===

impl Forwarding {
    /// Reads the body and asks a backend. Its parts stay where they are until they go on, since each
    /// step that takes them over would hold them once more.
    fn answering(self, mut body: RequestBody, closing: Closing) -> Answering {
        let Self { port, snapshot, counted, operation, mut parts, mut entry } = self;
        Box::pin(async move {
            let whole = match body::read(&mut body, port.limits.max_body, &port.bodies).await {
                Ok(whole) => whole,
                Err(fault) => {
                    let response = refuse(&fault, &mut entry, None);
                    drop(entry);
                    return Ok(closing.close(response, body).await);
                }
            };
            drop(body);
            entry.received = whole.len() as u64;
            let admitted = match allowance::admit(&snapshot, entry.caller.as_deref(), Instant::now()) {
                Ok(admitted) => admitted,
                Err(refused) => {
                    let mut response = refuse(&refused.fault, &mut entry, None);
                    refused.tag(response.headers_mut());
                    return Ok(closing.put_on(response));
                }
            };
            parts.headers.insert(REQUEST_ID, closing.id.clone());
            let ask = Ask {
                operation,
                version: parts.version,
                method: parts.method,
                query: parts.uri.query().map(str::to_owned),
                headers: parts.headers,
                body: whole,
            };
            let mut response = forward(snapshot, &port.asides, counted, ask, entry).await;
            if let Some(admitted) = admitted {
                allowance::tag(response.headers_mut(), &admitted.standing(Instant::now()));
                response = response.map(|body| body.billed_to(admitted));
            }
            Ok(closing.put_on(response))
        })
    }
}

// === impl Closing ===

impl Closing {
    fn answering(self, response: Response<ReplyBody>, body: RequestBody) -> Answering {
        Box::pin(async { Ok(self.close(response, body).await) })
    }

    /// Puts itself on an answer to a request whose body may not be read to its end.
    async fn close(self, mut response: Response<ReplyBody>, mut body: RequestBody) -> Response<PortBody> {
        // What is left of a body would pass for the next request. A stream of HTTP/2 ends by itself.
        if self.version < Version::HTTP_2 && !body::skip(&mut body).await {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        self.put_on(response)
    }

    fn put_on(self, mut response: Response<ReplyBody>) -> Response<PortBody> {
        response.headers_mut().insert(GENERATION, HeaderValue::from(self.generation));
        response.headers_mut().insert(REQUEST_ID, self.id);
        response.map(|body| PortBody::Data(Counted::new(body, self.room)))
    }
}

fn complete(response: Response<ReplyBody>, entry: &mut Entry) -> Response<ReplyBody> {
    entry.status = response.status().as_u16();
    entry.end = End::Complete;
    response
}

fn refuse(fault: &Fault, entry: &mut Entry, allow: Option<&'static str>) -> Response<ReplyBody> {
    entry.status = fault.kind.status().as_u16();
    entry.end = End::Refused(fault.kind.code(), fault.message.clone());
    let mut response = fault.response();
    if let Some(allow) = allow {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    }
    response
}
