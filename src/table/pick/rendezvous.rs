//! The strategy `sticky`: what has the same key goes to the same member.
//!
//! Each member draws a number from the key and its own seed, and the best one for its weight wins
//! (rendezvous hashing). A member that leaves gives up its own keys only, and a weight that grows
//! takes keys from the others without moving any between them. Nobody has to be told who had which
//! key, so that all routers agree, after a restart as well.
//!
//! A member whose requests are more than 1.25 of its fair share is passed over for the next best
//! (consistent hashing with bounded loads), so that one long conversation can't make a queue while
//! others idle.

use super::StickyKey;
use super::chance::{mixed, unit};
use super::field::{Field, Member};

/// How much of its fair share a member may work on.
const BOUND: f64 = 1.25;

/// The best for the key among those with room, or the best of all if nobody has.
pub(super) fn sticky(field: Field<'_>, key: StickyKey) -> Option<Member<'_>> {
    let bound = Bound::of(field);
    let best = |a: &Member<'_>, b: &Member<'_>| distance(a, key).total_cmp(&distance(b, key));
    let roomy = field.preferred().filter(|member| bound.has_room(member)).min_by(best);
    roomy.or_else(|| field.preferred().min_by(best))
}

/// Grows with bad luck and shrinks with weight: of members with weights 1 and 3 the second is
/// nearer for three keys of four.
fn distance(member: &Member<'_>, key: StickyKey) -> f64 {
    let luck = 1.0 - unit(mixed(key.0, member.target.seed));
    -luck.ln() / member.pull()
}

/// What all members work on and weigh together.
struct Bound {
    in_flight: f64,
    pull: f64,
}

// === impl Bound ===

impl Bound {
    fn of(field: Field<'_>) -> Self {
        let none = Self { in_flight: 0.0, pull: 0.0 };
        field.preferred().fold(none, |all, member| Self {
            in_flight: all.in_flight + in_flight(&member),
            pull: all.pull + member.pull(),
        })
    }

    /// Tells whether one more request leaves a member within its bound.
    fn has_room(&self, member: &Member<'_>) -> bool {
        let fair = (self.in_flight + 1.0) * member.pull() / self.pull;
        in_flight(member) + 1.0 <= (BOUND * fair).ceil()
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 requests in flight")]
fn in_flight(member: &Member<'_>) -> f64 {
    member.standing.in_flight as f64
}
