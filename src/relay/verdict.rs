//! What the beginning of an answer means: is it the client's, or does somebody else get a try?

use std::time::{Instant, SystemTime};

use super::attempt::Begun;
use super::complaint::{Complaint, Kind};
use super::plan::{Ended, May};
use super::retry_after::retry_after;
use crate::load::{Cause, Exchange};
use crate::table::RetryOn;

/// What an answer that has begun is taken for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict {
    /// How the try ended, if it did; `None` hands the answer on.
    pub(super) ended: Option<Ended>,
    /// The status that counts for or against the backend.
    status: u16,
    /// Whether it stands in the body of an answer of success.
    in_band: bool,
}

/// Judges the beginning of an answer. An error in an answer of 200 is taken for the status that it
/// names, or for a 500.
pub(super) fn verdict(begun: &Begun, on: &RetryOn) -> Verdict {
    let own = begun.head.status().as_u16();
    let Some(text) = &begun.error else { return Verdict { ended: None, status: own, in_band: false } };
    let complaint = Complaint::read(text);
    let in_band = own < 400;
    let named = if in_band { complaint.status() } else { Some(own) };
    let status = named.unwrap_or(500);
    let (may, status) = match complaint.kind(status) {
        // What is wrong with the request says nothing against the backend, whatever its status.
        Kind::TooLong => (Some(May::OtherModel), 400),
        Kind::Content => (None, 400),
        Kind::Request if named.is_none() => (None, 400),
        // No credit: the same key will not be richer in a second.
        Kind::Request | Kind::Other if status == 402 => (Some(May::OtherBackend), status),
        Kind::Request | Kind::Other => (on.has_status(status).then_some(May::Anywhere), status),
    };
    let ended =
        may.map(|may| Ended { may, retry_after: retry_after(begun.head.headers(), SystemTime::now()) });
    Verdict { ended, status, in_band }
}

// === impl Verdict ===

impl Verdict {
    /// Tells whoever counts.
    pub(super) fn tell(self, exchange: &mut Exchange, now: Instant) {
        if self.in_band && self.status >= 500 {
            exchange.fail(Cause::InBand, now);
        } else {
            exchange.head(self.status, now);
        }
    }
}
