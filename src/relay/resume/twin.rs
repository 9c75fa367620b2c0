//! Who takes over when a backend fails in the middle of an answer.

use crate::table::{BackendIndex, Condition, Loads, Target, Tier};

/// Returns another member of the tier with the same upstream model: one that is well, and among
/// those the idlest. Where the failed backend has no such peer at all it is asked itself, since a
/// model server that was restarted is soon back, unless it fell `silent`. `asked` are all who have
/// worked on the answer, the failed one last.
pub(super) fn twin<'t>(
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
        .filter(|(_, standing)| standing.condition != Condition::Out)
        .min_by_key(|(_, standing)| (standing.condition != Condition::Well, standing.in_flight))
        .map(|(target, _)| target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{BackendState, Schedule, Standing, Strategy, Timeouts, UpstreamModel};

    /// Backends by their place: how each is.
    #[derive(Debug)]
    struct Known(Vec<(Condition, u64)>);

    impl Loads for Known {
        fn standing(&self, backend: BackendIndex) -> Standing {
            let (condition, in_flight) = self.0[backend.position()];
            Standing { condition, in_flight, ..Standing::default() }
        }
    }

    /// A tier of backends 0, 1, … with these weights and upstream models.
    fn tier(members: &[(u32, &str)]) -> Tier {
        let targets = (0_u32..).zip(members).map(|(n, (weight, model))| Target {
            backend: BackendIndex(n),
            weight: *weight,
            state: BackendState::Ready,
            model: Some(UpstreamModel::new(model)),
            timeouts: Timeouts::default(),
            params: None,
        });
        let schedule = Schedule::new(&members.iter().map(|(weight, _)| *weight).collect::<Vec<_>>());
        Tier { label: "m".to_owned(), targets: targets.collect(), schedule, strategy: Strategy::First }
    }

    fn taken(members: &[(u32, &str)], known: &[(Condition, u64)], asked: &[u32], silent: bool) -> Option<u32> {
        let asked: Vec<BackendIndex> = asked.iter().map(|n| BackendIndex(*n)).collect();
        let tier = tier(members);
        twin(&tier, &asked, silent, &Known(known.to_vec())).map(|target| target.backend.0)
    }

    #[test]
    fn the_idlest_peer_with_the_same_model_that_is_well_takes_over() {
        use Condition::{Out, Trial, Well};
        let same = [(1, "m"); 4];
        assert_eq!(taken(&same, &[(Well, 0), (Well, 9), (Well, 2), (Well, 3)], &[0], false), Some(2));
        assert_eq!(taken(&same, &[(Well, 0), (Out, 0), (Trial, 0), (Well, 3)], &[0], false), Some(3));
        assert_eq!(taken(&same, &[(Well, 0), (Out, 0), (Trial, 0), (Out, 3)], &[0], false), Some(2));
        assert_eq!(taken(&same, &[(Well, 0), (Out, 0), (Out, 0), (Out, 3)], &[0], false), None);
        let mixed = [(1, "m"), (1, "other"), (0, "m"), (1, "m")];
        assert_eq!(taken(&mixed, &[(Well, 0); 4], &[0], false), Some(3));
        assert_eq!(taken(&mixed, &[(Well, 0); 4], &[0, 3], false), None, "everyone is asked once");
        assert_eq!(taken(&mixed, &[(Well, 0); 4], &[3], true), Some(0));
    }

    #[test]
    fn who_has_no_peer_is_asked_itself_once_unless_it_fell_silent() {
        let lone = [(1, "m"), (1, "other")];
        let well = [(Condition::Well, 0); 2];
        assert_eq!(taken(&lone, &well, &[0], false), Some(0));
        assert_eq!(taken(&lone, &well, &[0], true), None);
        assert_eq!(taken(&lone, &well, &[0, 0], false), None);
    }
}
