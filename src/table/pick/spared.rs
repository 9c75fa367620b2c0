//! How much of a tier may be left out at once.
//!
//! Where most of a tier fails, the fault is rarely theirs: a prompt that breaks every server, or
//! more work than they can do, which would only fall on fewer of them. So at most half of a tier's
//! weight is left out, and who has failed for the longest is taken for well again. Whoever can't be
//! reached stays out, since nobody is there to ask.

use std::time::Duration;

use super::{Condition, Loads};
use crate::table::{Target, Tier};

/// In a larger tier nobody is spared: each of many is a small part, and a pick must stay cheap.
const MOST_MEMBERS: usize = 64;

/// Tells whether a member that is out is taken for well all the same.
pub(super) fn is_spared(tier: &Tier, loads: &dyn Loads, place: usize) -> bool {
    let Some(target) = tier.targets.get(place).filter(|_| tier.targets.len() <= MOST_MEMBERS) else {
        return false;
    };
    let Some(failing_for) = loads.failing_for(target.backend) else { return false };
    let members = || tier.targets.iter().enumerate().filter(|(_, member)| member.share() > 0);
    let all: u64 = members().map(|(_, member)| u64::from(member.share())).sum();
    let before =
        members().filter(|&(other, member)| goes_before(loads, (other, member), (place, failing_for)));
    let left_out: u64 = before.map(|(_, member)| u64::from(member.share())).sum();
    left_out > 0 && 2 * (left_out + u64::from(target.share())) > all
}

/// Tells whether a member is left out before one that fails for so long: it can't be reached, or has
/// begun to fail later.
fn goes_before(
    loads: &dyn Loads,
    (place, member): (usize, &Target),
    (other, failing_for): (usize, Duration),
) -> bool {
    if place == other || loads.standing(member.backend).condition != Condition::Out {
        return false;
    }
    loads.failing_for(member.backend).is_none_or(|time| (time, place) < (failing_for, other))
}
