//! Who takes over when a backend fails in the middle of an answer.

use patchbay::table::{BackendIndex, Condition, Standing, twin};

use super::{Stood, read};

/// The place of whom takes over from the last of `asked`. A member is its weight and its upstream
/// model; its standing is a condition, what is in flight, and whether it is full.
fn taken(
    members: &[(u32, &str)],
    stood: &[(Condition, u64, bool)],
    asked: &[usize],
    silent: bool,
) -> Option<usize> {
    let backends: Vec<String> =
        (0..members.len()).map(|n| format!("b{n}: {{url: echo://b{n}, model: {}}}", members[n].1)).collect();
    let weights: Vec<String> = (0..members.len()).map(|n| format!("b{n}: {}", members[n].0)).collect();
    let table = read(&format!(
        "backends: {{{}}}\nmodels: {{m: {{to: {{{}}}, resume: true}}}}",
        backends.join(", "),
        weights.join(", ")
    ));
    let standing =
        |&(condition, in_flight, full)| Standing { condition, in_flight, full, ..Standing::default() };
    let stood: Stood = stood.iter().map(standing).collect();
    let tier = &table.routes()[0].tiers[0];
    let asked: Vec<BackendIndex> = asked.iter().map(|n| tier.targets[*n].backend).collect();
    twin(tier, &asked, silent, &stood).map(|target| target.backend.position())
}

#[test]
fn the_idlest_peer_with_the_same_model_that_is_well_takes_over() {
    use Condition::{Out, Trial, Well};
    let same = [(1, "m"); 4];
    let cases = [
        ([(Well, 0, false), (Well, 9, false), (Well, 2, false), (Well, 3, false)], Some(2)),
        ([(Well, 0, false), (Well, 9, false), (Well, 2, true), (Well, 3, false)], Some(3)),
        ([(Well, 0, false), (Out, 0, false), (Trial, 0, false), (Well, 3, false)], Some(3)),
        ([(Well, 0, false), (Out, 0, false), (Trial, 0, false), (Out, 3, false)], Some(2)),
        // Any answer is better than a broken one, so one that is out is asked before nobody is.
        ([(Well, 0, false), (Out, 5, false), (Out, 2, false), (Well, 3, true)], Some(2)),
        ([(Well, 0, false), (Out, 0, true), (Out, 0, true), (Well, 3, true)], None),
    ];
    for (stood, expected) in cases {
        assert_eq!(taken(&same, &stood, &[0], false), expected, "{stood:?}");
    }
}

#[test]
fn another_model_or_no_share_is_no_twin_and_nobody_is_asked_twice() {
    let mixed = [(1, "m"), (1, "other"), (0, "m"), (1, "m")];
    let well = [(Condition::Well, 0, false); 4];
    assert_eq!(taken(&mixed, &well, &[0], false), Some(3));
    assert_eq!(taken(&mixed, &well, &[3], true), Some(0));
    assert_eq!(taken(&mixed, &well, &[0, 3], false), None);
}

#[test]
fn who_has_no_peer_is_asked_itself_once_unless_it_fell_silent() {
    let lone = [(1, "m"), (1, "other")];
    let well = [(Condition::Well, 0, false); 2];
    assert_eq!(taken(&lone, &well, &[0], false), Some(0));
    assert_eq!(taken(&lone, &well, &[0], true), None);
    assert_eq!(taken(&lone, &well, &[0, 0], false), None);
}
