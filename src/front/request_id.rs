//! What an answer is called, so that a line of the log can be found by it.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue};

/// The header that bears it.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken over from a client.
const LONGEST: usize = 128;

/// Spreads numbers over all ids, so that they look like no row.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Keeps a client's id where it is harmless in a log, else makes one.
pub(super) fn of(headers: &HeaderMap) -> HeaderValue {
    let fits = |id: &&HeaderValue| {
        id.len() <= LONGEST && !id.is_empty() && id.as_bytes().iter().all(u8::is_ascii_graphic)
    };
    headers.get(REQUEST_ID).filter(fits).cloned().unwrap_or_else(made)
}

/// Makes an id that no other request of this process has.
pub(super) fn made() -> HeaderValue {
    static NEXT: LazyLock<AtomicU64> = LazyLock::new(|| AtomicU64::new(RandomState::new().hash_one(STEP)));
    let id = format!("{:016x}", NEXT.fetch_add(STEP, Ordering::Relaxed));
    HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("unknown"))
}
