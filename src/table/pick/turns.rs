//! Strategies that don't look at how busy anybody is: `weighted` and `first`.

use super::field::{Field, Member};

/// Whose turn the ticket is by the schedule, so that shares are exact; the place of who is out,
/// cold or has failed is drawn for by weight, so that no neighbour takes all of it.
pub(super) fn weighted(field: Field<'_>) -> Option<Member<'_>> {
    let turn = field.tier.schedule.turn(field.ticket.0).filter(|_| field.step == 0);
    let turn = turn.and_then(|place| field.get(place)).filter(|member| field.warms(member));
    match turn {
        Some(member) if field.prefers(&member) => Some(member),
        _ => field.draw(),
    }
}

/// The first in the order of the file.
pub(super) fn first(field: Field<'_>) -> Option<Member<'_>> {
    field.preferred().find(|member| field.warms(member)).or_else(|| field.preferred().next())
}
