//! Strategies that look at how busy members are: `least_busy` and `fastest`.
//!
//! Two members are drawn by chance and the better one is taken. Taking the best of all would send
//! everything that comes between two looks to the same member, the more so with several routers;
//! the better of two is nearly as good and never such a herd.

use super::chance::mixed;
use super::field::{Field, Member};

/// The one that works on less for its weight.
pub(super) fn least_busy(field: Field<'_>) -> Option<Member<'_>> {
    better(field, |member| queue(member))
}

/// The one whose first token is likely to come sooner: its latency as it was lately at worst, times
/// all who would share it.
pub(super) fn fastest(field: Field<'_>) -> Option<Member<'_>> {
    better(field, |member| {
        let latency = field.loads.latency(member.target.backend);
        match (latency.is_zero(), member.standing.in_flight) {
            // Nobody knows yet. One request is to find out, and only one.
            (true, 0) => 0.0,
            (true, _) => UNKNOWN * queue(member),
            (false, _) => latency.as_secs_f64() * queue(member),
        }
    })
}

/// Seconds to the first token that are believed of nobody, so that whoever has an answer goes first.
const UNKNOWN: f64 = 1e6;

#[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 requests in flight")]
fn queue(member: &Member<'_>) -> f64 {
    (member.standing.in_flight + 1) as f64 / member.pull()
}

fn better<'f>(field: Field<'f>, cost: impl Fn(&Member<'f>) -> f64) -> Option<Member<'f>> {
    let count = field.preferred().count();
    let chance = mixed(field.ticket.0, field.step as u64);
    let [one, other] = [chance >> 32, chance & u64::from(u32::MAX)];
    let nth = |n: u64| field.preferred().nth(usize::try_from(n).unwrap_or_default());
    let n = count as u64;
    if n < 2 {
        return nth(0);
    }
    let first = one % n;
    let (first, second) = (nth(first)?, nth((first + 1 + other % (n - 1)) % n)?);
    Some(if cost(&second) < cost(&first) { second } else { first })
}
