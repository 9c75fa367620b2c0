//! How much of a pool may be left out at once.

use std::time::Duration;

use patchbay::config::{Document, Format, Vars, build};
use patchbay::table::{BackendIndex, Condition, Loads, RoutingTable, Standing, Ticket, candidates};
use proptest::prelude::*;

/// How one backend is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum How {
    Well,
    Gone,
    /// It answers badly for so many seconds.
    Fails(u64),
}

#[derive(Debug)]
struct Pool(Vec<How>);

impl Loads for Pool {
    fn standing(&self, backend: BackendIndex) -> Standing {
        let is_well = self.0[backend.position()] == How::Well;
        let condition = if is_well { Condition::Well } else { Condition::Out };
        Standing { condition, ..Standing::default() }
    }

    fn failing_for(&self, backend: BackendIndex) -> Option<Duration> {
        match self.0[backend.position()] {
            How::Fails(seconds) => Some(Duration::from_secs(seconds)),
            How::Well | How::Gone => None,
        }
    }
}

fn table(weights: &[u32]) -> RoutingTable {
    let members: Vec<String> =
        weights.iter().enumerate().map(|(n, w)| format!("'echo://b{n}': {w}")).collect();
    let yaml = format!("models: {{m: {{to: {{{}}}}}}}", members.join(", "));
    let document = Document { name: "routes.yaml".to_owned(), format: Format::Routes, content: yaml.into() };
    build(&[document], &Vars::new()).unwrap_or_else(|problems| panic!("{problems}")).table
}

/// Tells for each backend whether it is left out while others are asked first.
fn left_out(table: &RoutingTable, pool: &Pool) -> Vec<bool> {
    let mut left_out = vec![false; pool.0.len()];
    for candidate in candidates(table.routes()[0].way_of(None), Ticket(0), None, pool) {
        left_out[candidate.target.backend.position()] = candidate.condition == Condition::Out;
    }
    left_out
}

#[test]
fn who_has_failed_for_the_longest_is_taken_for_well_again() {
    use How::{Fails, Gone, Well};
    let of = |how: &[How]| left_out(&table(&vec![1; how.len()]), &Pool(how.to_vec()));
    assert_eq!(of(&[Fails(1), Well]), [true, false]);
    assert_eq!(of(&[Fails(9), Fails(1), Well]), [false, true, false]);
    assert_eq!(of(&[Fails(9), Fails(1), Fails(5), Well]), [false, true, true, false]);
    assert_eq!(of(&[Gone, Gone, Well]), [true, true, false], "nobody is there to be asked");
    assert_eq!(of(&[Gone, Gone, Fails(1), Well]), [true, true, false, false]);
}

#[test]
fn a_heavy_primary_that_fails_is_left_all_the_same() {
    let pool = Pool(vec![How::Fails(1), How::Well]);
    assert_eq!(left_out(&table(&[90, 10]), &pool), [true, false]);
}

proptest! {
    #[test]
    fn at_most_half_of_the_weight_or_a_single_one_is_left_out_for_bad_answers(
        members in prop::collection::vec(
            (1_u32..10, prop_oneof![Just(How::Well), (0_u64..9).prop_map(How::Fails)]),
            2..9,
        ),
    ) {
        let (weights, how): (Vec<u32>, Vec<How>) = members.into_iter().unzip();
        let out = left_out(&table(&weights), &Pool(how.clone()));
        let weight: u32 = weights.iter().zip(&out).filter(|(_, out)| **out).map(|(weight, _)| weight).sum();
        let several = out.iter().filter(|out| **out).count() > 1;
        prop_assert!(!several || 2 * weight <= weights.iter().sum(), "{out:?}");
        prop_assert!(out.iter().any(|out| !out), "nobody is left");
        prop_assert!(how.iter().zip(&out).all(|(how, out)| !out || *how != How::Well));
        prop_assert!(out.contains(&true) || how.iter().all(|how| *how == How::Well), "nobody is left out");
    }
}
