//! How much a caller may ask for.

use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::live::Snapshot;
use crate::load::{Admitted, Allowance, CallerStanding, Exceeded};
use crate::relay::{Fault, FaultKind};

/// A refusal, and how its caller stands.
pub(super) struct Refused {
    pub(super) fault: Fault,
    standing: CallerStanding,
}

/// OpenAI's names for an allowance: how much there is, what is left, when all of it is there again.
type Names = [HeaderName; 3];

const REQUESTS: Names = [
    HeaderName::from_static("x-ratelimit-limit-requests"),
    HeaderName::from_static("x-ratelimit-remaining-requests"),
    HeaderName::from_static("x-ratelimit-reset-requests"),
];
const TOKENS: Names = [
    HeaderName::from_static("x-ratelimit-limit-tokens"),
    HeaderName::from_static("x-ratelimit-remaining-tokens"),
    HeaderName::from_static("x-ratelimit-reset-tokens"),
];

/// Counts a caller's request in; `None` for who has no limit.
pub(super) fn admit(
    snapshot: &Snapshot,
    caller: Option<&str>,
    now: Instant,
) -> Result<Option<Admitted>, Box<Refused>> {
    let Some((caller, (limits, load))) = caller.and_then(|name| Some((name, snapshot.limits_of(name)?)))
    else {
        return Ok(None);
    };
    load.admit(limits, now).map(Some).map_err(|exceeded| {
        Box::new(Refused { fault: fault(caller, exceeded), standing: load.standing(limits, now) })
    })
}

fn fault(caller: &str, exceeded: Exceeded) -> Fault {
    let message = |seconds| format!("caller `{caller}` {exceeded}; try again in {seconds} s");
    Fault::later(FaultKind::RateLimited, exceeded.wait(), message)
}

/// Says in an answer's head how its caller stands. What a backend says of the router's own account
/// with it is not the caller's business then.
pub(super) fn tag(headers: &mut HeaderMap, standing: &CallerStanding) {
    for (names, allowance) in [(REQUESTS, standing.requests), (TOKENS, standing.tokens)] {
        for name in &names {
            headers.remove(name);
        }
        let Some(Allowance { limit, remaining, reset }) = allowance else { continue };
        let [limit_name, remaining_name, reset_name] = names;
        headers.insert(limit_name, HeaderValue::from(limit));
        headers.insert(remaining_name, HeaderValue::from(remaining));
        headers.extend(HeaderValue::from_str(&seconds(reset)).ok().map(|reset| (reset_name, reset)));
    }
}

/// Writes a duration as OpenAI does: `0s`, `1.5s`, `90s`.
fn seconds(duration: Duration) -> String {
    format!("{}s", (duration.as_secs_f64() * 1000.0).round() / 1000.0)
}

// === impl Refused ===

impl Refused {
    /// Says in the refusal's head how its caller stands.
    pub(super) fn tag(&self, headers: &mut HeaderMap) {
        tag(headers, &self.standing);
    }
}
