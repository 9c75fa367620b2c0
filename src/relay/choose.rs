//! Which rule decides on a request.

use std::time::Instant;

use http::HeaderMap;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

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
    day_time(&Zoned::now())
}

/// Returns the time of day that it was here at a moment, which is written as in RFC 3339.
#[must_use]
pub fn local_time_of(moment: &str) -> Option<DayTime> {
    let moment: Timestamp = moment.parse().ok()?;
    Some(day_time(&moment.to_zoned(TimeZone::system())))
}

fn day_time(moment: &Zoned) -> DayTime {
    DayTime::new(moment.hour().unsigned_abs().into(), moment.minute().unsigned_abs().into())
}
