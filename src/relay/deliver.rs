//! The head of what a client gets.

use http::{HeaderMap, HeaderName, HeaderValue, Response, header};

use super::attempt::Begun;
use super::fault::Fault;
use super::gate::is_event_stream;
use super::headers::clean_answer;
use super::patience::Limits;
use super::queue;
use super::reply_body::ReplyBody;
use super::streamed::{Held, Streamed};
use super::{Finishing, Mended};
use crate::record::{End, Entry};

/// Which backend answered.
const BACKEND: HeaderName = HeaderName::from_static("x-patchbay-backend");
/// Which model it was asked for, by the backend's own name.
const MODEL: HeaderName = HeaderName::from_static("x-patchbay-model");
/// How many tries it took.
const ATTEMPTS: HeaderName = HeaderName::from_static("x-patchbay-attempts");

/// Which rule of the model decided, counted from 1.
const RULE: HeaderName = HeaderName::from_static("x-patchbay-rule");

/// Answers with a fault and writes the access line.
pub(super) fn refuse(fault: &Fault, mut entry: Entry) -> Response<ReplyBody> {
    entry.status = fault.kind.status().as_u16();
    entry.end = End::Refused(fault.kind.code(), fault.message.clone());
    let mut response = fault.response();
    tell_rule(response.headers_mut(), &entry);
    queue::tag(response.headers_mut(), entry.queued);
    if entry.attempts > 0 {
        response.headers_mut().insert(ATTEMPTS, HeaderValue::from(entry.attempts));
    }
    response
}

/// Hands an answer on: its head now, its body as it comes.
pub(super) fn deliver(
    mut begun: Begun,
    model: Option<HeaderValue>,
    limits: Limits,
    mut entry: Entry,
    mut held: Held,
) -> Response<ReplyBody> {
    let (mut parts, ()) = std::mem::take(&mut begun.head).into_parts();
    parts.version = http::Version::HTTP_11;
    parts.extensions.clear();
    clean_answer(&mut parts.headers);
    if let Ok(name) = HeaderValue::from_str(entry.backend_name()) {
        parts.headers.insert(BACKEND, name);
    }
    parts.headers.remove(MODEL);
    if let Some(model) = model {
        parts.headers.insert(MODEL, model);
    }
    parts.headers.insert(ATTEMPTS, HeaderValue::from(entry.attempts));
    tell_rule(&mut parts.headers, &entry);
    queue::tag(&mut parts.headers, entry.queued);
    let is_event_stream = is_event_stream(&parts.headers);
    entry.status = parts.status.as_u16();
    entry.begun();
    if begun.first.is_none() && http_body::Body::is_end_stream(&begun.rest) {
        entry.end = End::Complete;
        held.exchange.complete();
    }
    let treatment = held.treatment.take();
    let treatment =
        treatment.and_then(|treatment| Some((treatment.form(parts.status, &parts.headers)?, treatment)));
    if let Some((_, treatment)) = &treatment {
        parts.headers.remove(header::CONTENT_LENGTH);
        entry.repaired = Some(treatment.made());
    }
    let finisher = held.finisher.take();
    let streamed = Box::new(Streamed::new(begun, limits, is_event_stream, entry, held));
    let body = match finisher {
        Some(asides) => ReplyBody::Finishing(Finishing::new(streamed, asides)),
        None => ReplyBody::Streamed(streamed),
    };
    let body = match treatment {
        Some((form, treatment)) => ReplyBody::Mended(Box::new(Mended::new(body, form, treatment))),
        None => body,
    };
    Response::from_parts(parts, body)
}

/// Another router behind this one may have had a rule of its own, which means nothing here.
fn tell_rule(headers: &mut HeaderMap, entry: &Entry) {
    match entry.decision.as_ref().and_then(|decision| decision.number()) {
        Some(rule) => drop(headers.insert(RULE, HeaderValue::from(rule))),
        None => drop(headers.remove(RULE)),
    }
}
