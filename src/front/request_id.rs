//! What an answer is called, so that a line of the log can be found by it.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue};

/// The header that bears it.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken over from a client.
const LONGEST: usize = 128;

/// What is never needed: hexadecimal digits are a header's value.
const UNKNOWN: HeaderValue = HeaderValue::from_static("unknown");

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
    let id = NEXT.fetch_add(STEP, Ordering::Relaxed).to_be_bytes();
    let digit = |at: usize| {
        let two = id[at / 2];
        b"0123456789abcdef"[usize::from(if at.is_multiple_of(2) { two >> 4 } else { two & 0xf })]
    };
    HeaderValue::from_bytes(&std::array::from_fn::<u8, 16, _>(digit)).unwrap_or(UNKNOWN)
}
