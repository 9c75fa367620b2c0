//! Who takes over when a backend fails in the middle of an answer.

use super::{Condition, Loads};
use crate::table::{BackendIndex, Target, Tier};

/// Returns another member of the tier with the same upstream model: one that has room, a well one if
/// there is one, one that is out if nobody else is left, and among equals the idlest. Where the failed backend has no such peer at all it is asked itself, since a
/// model server that was restarted is soon back, unless it fell `silent`. `asked` are all who have
/// worked on the answer, the failed one last.
#[must_use]
pub fn twin<'t>(
    tier: &'t Tier,
    asked: &[BackendIndex],
    silent: bool,
    loads: &impl Loads,
) -> Option<&'t Target> {
    let failed = tier.targets.iter().find(|target| Some(&target.backend) == asked.last())?;
    let has_same_model = |target: &&Target| target.model == failed.model && target.share() > 0;
    let peers = || tier.targets.iter().filter(has_same_model).filter(|t| t.backend != failed.backend);
    if peers().next().is_none() {
        return (!silent && asked.len() == 1).then_some(failed);
    }
    let fit = peers().filter(|target| !asked.contains(&target.backend));
    fit.map(|target| (target, loads.standing(target.backend)))
        .filter(|(_, standing)| !standing.full)
        .min_by_key(|(_, standing)| (rank(standing.condition), standing.in_flight))
        .map(|(target, _)| target)
}

/// The best first.
fn rank(condition: Condition) -> u8 {
    match condition {
        Condition::Well => 0,
        Condition::Trial => 1,
        Condition::Out => 2,
    }
}
