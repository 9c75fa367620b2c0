//! Which headers pass, in both directions (RFC 9110, section 7.6.1).

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use http::Version;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Names the routers that a request has passed, so that one that comes back is seen.
pub const HOP: HeaderName = HeaderName::from_static("x-patchbay-hop");

static HOP_ID: LazyLock<HeaderValue> = LazyLock::new(|| {
    let id = format!("{:016x}", RandomState::new().hash_one(std::process::id()));
    HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("patchbay"))
});

/// Returns what this process puts into [`HOP`].
#[must_use]
pub fn hop_id() -> &'static HeaderValue {
    &HOP_ID
}

/// Tells whether a request has passed this process before.
pub(super) fn is_loop(headers: &HeaderMap) -> bool {
    headers.get_all(HOP).iter().any(|id| id == hop_id())
}

/// Leaves of a client's headers what a backend may see, in a list, since each try makes a map of
/// its own from it.
///
/// curl calls a body a form unless told otherwise, and backends insist on JSON: so a body that is
/// no `multipart` form is named JSON.
pub(super) fn clean_request(
    version: Version,
    headers: HeaderMap,
    is_json: bool,
) -> Vec<(HeaderName, HeaderValue)> {
    let named = named_by_connection(&headers);
    let mut clean = Vec::with_capacity(headers.len() + ADDED);
    let mut name = None;
    let mut has_type = !is_json;
    for (next, mut value) in headers {
        // A name stands before the first of its values only.
        name = next.or(name);
        let Some(name) = &name else { continue };
        if is_credential(name) || is_written_anew(name) || is_hop_by_hop(name) || named.contains(name) {
            continue;
        }
        if is_json && *name == header::CONTENT_TYPE {
            has_type = true;
            if !names_json(&value) {
                value = JSON;
            }
        }
        clean.push((name.clone(), value));
    }
    if !has_type {
        clean.push((header::CONTENT_TYPE, JSON));
    }
    clean.push((header::VIA, via(version)));
    clean.push((HOP, hop_id().clone()));
    clean
}

/// Asks for an answer that isn't compressed, since it is to be read on its way.
pub(super) fn ask_uncoded(headers: &mut Vec<(HeaderName, HeaderValue)>) {
    headers.retain(|(name, _)| *name != header::ACCEPT_ENCODING);
    headers.push((header::ACCEPT_ENCODING, HeaderValue::from_static("identity")));
}

/// Leaves of a backend's headers what a client may see.
pub(super) fn clean_answer(headers: &mut HeaderMap) {
    let named = named_by_connection(headers);
    let passes = |name: &HeaderName| !is_hop_by_hop(name) && !named.contains(name);
    let dropped: Vec<HeaderName> = headers.keys().filter(|name| !passes(name)).cloned().collect();
    for name in dropped {
        headers.remove(name);
    }
}

/// A gateway names itself to the backend, and the version that it was asked in (RFC 9110, section
/// 7.6.3); of the client it says nothing else.
fn via(version: Version) -> HeaderValue {
    HeaderValue::from_static(match version {
        Version::HTTP_2 => "2 patchbay",
        Version::HTTP_10 => "1.0 patchbay",
        _ => "1.1 patchbay",
    })
}

/// The most that are added to a client's.
const ADDED: usize = 4;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Tells whether a content type is JSON's.
pub(super) fn names_json(given: &HeaderValue) -> bool {
    given
        .to_str()
        .is_ok_and(|given| given.split(';').next().is_some_and(|kind| kind.trim().ends_with("json")))
}

/// Tells whether a header belongs to one connection and never passes.
fn is_hop_by_hop(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// Tells whether a header is what a client says about itself to us; a backend gets its own key instead.
#[must_use]
pub fn is_credential(name: &HeaderName) -> bool {
    matches!(name.as_str(), "authorization" | "cookie" | "api-key" | "x-api-key" | "x-goog-api-key")
}

/// Tells whether a header of a request is written anew by whoever sends it.
fn is_written_anew(name: &HeaderName) -> bool {
    matches!(name.as_str(), "host" | "content-length" | "expect")
}

/// Returns the headers that `Connection` calls its own.
fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect()
}
