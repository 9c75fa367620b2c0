//! From a request to its route, and to what a backend is sent.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use http::HeaderValue;

use super::ask::Ask;
use super::attempt::Sent;
use super::choose::chosen;
use super::fault::{Fault, FaultKind, clipped};
use super::headers::{ask_uncoded, clean_request, is_loop};
use super::params::applied;
use super::peek::{Peek, PeekError, peek};
use super::sticky::sticky_key;
use super::{HOP, multipart};
use crate::live::Snapshot;
use crate::record::Entry;
use crate::table::{Found, Matched, RouteIndex, StickyKey, Target, UpstreamModel};
use crate::upstream::Pieces;

/// A request that has its route.
pub(super) struct Prepared {
    pub(super) index: RouteIndex,
    pub(super) matched: Matched,
    /// The rule that decided.
    pub(super) rule: Option<usize>,
    pub(super) sent: Sent,
    /// What keeps it with those that it belongs to, where the route wants that.
    pub(super) key: Option<StickyKey>,
    body: Bytes,
    /// Whether the body is JSON, and not a form.
    is_json: bool,
    /// Where the model's name stands in the body.
    model_at: Option<Range<usize>>,
}

impl Prepared {
    /// Returns its route.
    pub(super) fn found<'s>(&self, snapshot: &'s Snapshot) -> Found<'s> {
        Found { index: self.index, route: snapshot.table.route(self.index), matched: self.matched }
    }

    /// Returns the request's body as it came.
    pub(super) fn body(&self) -> &Bytes {
        &self.body
    }
}

/// Reads which model is asked for and finds its route.
pub(super) fn prepare(snapshot: &Snapshot, ask: Ask, entry: &mut Entry) -> Result<Prepared, Fault> {
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
    let body = Some(&*ask.body).filter(|_| is_json);
    let rule = chosen(snapshot, found.route, &ask.headers, body, entry);
    let sticky = found.route.way_of(rule).sticky();
    let key = sticky.and_then(|by| sticky_key(by, &ask.headers, entry.caller.as_deref(), body));
    let mut headers = clean_request(ask.version, ask.headers, is_json);
    if found.route.mends || found.route.resume {
        ask_uncoded(&mut headers);
    }
    Ok(Prepared {
        index: found.index,
        matched: found.matched,
        rule,
        key,
        model_at: (!range.is_empty()).then_some(range),
        is_json,
        sent: Sent {
            operation: ask.operation,
            method: ask.method,
            query: ask.query,
            headers,
            names_model,
            leaves_out_broken: found.route.repair.bad_events,
        },
        body: ask.body,
    })
}

fn unreadable(error: &PeekError) -> Fault {
    let param = matches!(error, PeekError::Twice | PeekError::NotAString).then_some("model");
    Fault { param, ..Fault::bad_request(error.to_string()) }
}

/// Returns the name that a target knows the model by, if it isn't the one that was asked for.
pub(super) fn upstream_model<'s>(
    snapshot: &'s Snapshot,
    found: Found<'s>,
    target: &'s Target,
) -> Option<&'s UpstreamModel> {
    target.model.as_ref().or_else(|| snapshot.table.stands_for(found))
}

/// Returns the name that a backend is asked for, if the request names a model at all.
pub(super) fn asked_model(
    name: Option<&UpstreamModel>,
    prepared: &Prepared,
    entry: &Entry,
) -> Option<HeaderValue> {
    let name = name.map_or(entry.model.as_str(), UpstreamModel::as_str);
    HeaderValue::from_str(name).ok().filter(|_| prepared.sent.names_model)
}

/// Replaces the model's name where the backend knows it by another, and changes the fields that the
/// table names; other bytes stay as they are.
pub(super) fn body_for(
    snapshot: &Snapshot,
    found: Found<'_>,
    target: &Target,
    prepared: &Prepared,
) -> Pieces {
    let Prepared { body, model_at, is_json, .. } = prepared;
    let name = upstream_model(snapshot, found, target);
    let model = name.zip(model_at.clone()).map(|(name, at)| match is_json {
        true => (at, name.json().clone()),
        false => (at, Bytes::copy_from_slice(name.as_str().as_bytes())),
    });
    let layers = [&target.params, &snapshot.table.backend(target.backend).params];
    let layers = layers.into_iter().flatten().filter(|_| *is_json);
    let mut layers = layers.map(|params| &**params).peekable();
    if layers.peek().is_some()
        && let Ok(changed) = applied(body, layers, model.clone())
    {
        return changed;
    }
    match model {
        Some((at, written)) if body[at.clone()] != written[..] => Pieces::spliced(body, at, written),
        _ => Pieces::whole(body.clone()),
    }
}
