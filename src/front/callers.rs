//! Who calls.

use http::{HeaderMap, header};

use crate::relay::{Fault, FaultKind};
use crate::table::{Caller, Callers};

/// Finds the caller by the key in `Authorization: Bearer`, `api-key` or `x-api-key`.
///
/// A router without callers is open to everyone, whatever key they show: DB-GPT's clients send
/// `Bearer None` where none is set.
pub(super) fn authenticate<'t>(
    headers: &HeaderMap,
    callers: &'t Callers,
) -> Result<Option<&'t Caller>, Fault> {
    if callers.is_open() {
        return Ok(None);
    }
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| bearer_token(value.as_bytes()));
    let named = ["api-key", "x-api-key"].into_iter().filter_map(|name| headers.get(name));
    let given: Vec<&[u8]> = bearer.into_iter().chain(named.map(http::HeaderValue::as_bytes)).collect();
    if given.is_empty() {
        let message = "this router wants a key: send it as `Authorization: Bearer KEY`";
        return Err(Fault::new(FaultKind::InvalidKey, message));
    }
    given
        .into_iter()
        .find_map(|key| callers.find(key))
        .map(Some)
        .ok_or_else(|| Fault::new(FaultKind::InvalidKey, "the key isn't one of this router's `keys`"))
}

/// Returns what stands behind `Bearer `.
pub(super) fn bearer_token(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}
