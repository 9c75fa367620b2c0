//! Which rule decides on a request.

use std::time::Instant;

use http::HeaderMap;
use jiff::Zoned;

use super::facts::facts;
use crate::live::{Snapshot, Standings};
use crate::record::{Decision, Entry};
use crate::table::{DayTime, HeaderFacts, RequestFacts, Route};

/// Finds the rule that decides, and notes what the rules of the model have looked at. Nothing is
/// read that none of them asks for; a form has no facts.
pub(super) fn chosen(
    snapshot: &Snapshot,
    route: &Route,
    headers: &HeaderMap,
    body: Option<&[u8]>,
    entry: &mut Entry,
) -> Option<usize> {
    let rules = &route.rules;
    if rules.is_empty() {
        return None;
    }
    let facts = RequestFacts {
        body: rules.reads_body().then(|| body.map(facts).unwrap_or_default()),
        headers: HeaderFacts::All(headers),
        caller: entry.caller.as_deref(),
        time: rules.reads_clock().then(time_of_day),
    };
    let rule = route.way(&facts, &Standings::new(snapshot, Instant::now())).rule;
    let decision = Decision::new(rule, rules, &facts);
    entry.decision = Some(Box::new(decision));
    rule
}

/// Returns the time of day here: in the zone of `TZ`, else of the system.
#[must_use]
pub fn time_of_day() -> DayTime {
    let now = Zoned::now();
    DayTime::new(now.hour().unsigned_abs().into(), now.minute().unsigned_abs().into())
}
