//! When a backend wants to be asked again.

use std::time::Duration;

use http::{HeaderMap, header};

/// Reads `Retry-After` in seconds; the form with a date is left to the client.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: f64 = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}
