//! Which headers pass, in both directions (RFC 9110, section 7.6.1).

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Names the routers that a request has passed, so that one that comes back is seen.
pub const HOP: HeaderName = HeaderName::from_static("x-patchbay-hop");

/// Headers that belong to one connection and never pass.
const HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// What a client says about itself to us; a backend gets its own key instead.
const CREDENTIALS: [HeaderName; 5] = [
    header::AUTHORIZATION,
    header::COOKIE,
    HeaderName::from_static("api-key"),
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("x-goog-api-key"),
];

/// What we write anew.
const OURS: [HeaderName; 3] = [header::HOST, header::CONTENT_LENGTH, header::EXPECT];

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

/// Leaves of a client's headers what a backend may see.
pub(super) fn clean_request(headers: &mut HeaderMap) {
    remove_hop_by_hop(headers);
    for name in CREDENTIALS.iter().chain(&OURS) {
        headers.remove(name);
    }
    headers.append(HOP, hop_id().clone());
}

/// Leaves of a backend's headers what a client may see.
pub(super) fn clean_answer(headers: &mut HeaderMap) {
    remove_hop_by_hop(headers);
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    if headers.contains_key(header::CONNECTION) {
        let named: Vec<HeaderName> = headers
            .get_all(header::CONNECTION)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|name| name.trim().parse().ok())
            .collect();
        for name in named {
            headers.remove(name);
        }
    }
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
}
