//! What `weighted` and `first` give to whom, where some are out or cold.

use std::collections::HashMap;
use std::time::Duration;

use patchbay::table::{Condition, Standing};
use proptest::prelude::*;

use super::{Stood, lined_up, table};

/// Counts who is first in line for each of the tickets.
fn firsts(weights: &[u32], strategy: &str, stood: &Stood, tickets: u64) -> HashMap<usize, u64> {
    let table = table(weights, strategy);
    let mut counts = HashMap::new();
    for ticket in 0..tickets {
        *counts.entry(lined_up(&table, ticket, None, stood)[0].target.backend.position()).or_default() += 1;
    }
    counts
}

/// All well and idle, but for one.
fn but_for(n: usize, members: usize, standing: Standing) -> Stood {
    let mut stood = Stood::from_iter(vec![Standing::default(); members]);
    stood.0[n].0 = standing;
    stood
}

const OUT: Standing = Standing { in_flight: 0, condition: Condition::Out, warmth: 1.0, full: false };

proptest! {
    #[test]
    fn exact_shares_don_t_depend_on_how_busy_anybody_is(
        weights in proptest::collection::vec(1_u32..6, 1..5), in_flight in 0_u64..100, millis in 0_u64..1000,
    ) {
        let round: u32 = weights.iter().sum();
        let mut stood = but_for(0, weights.len(), Standing { in_flight, ..Standing::default() });
        stood.0[0].1 = Duration::from_millis(millis);
        let counts = firsts(&weights, "weighted", &stood, u64::from(round) * 60);
        for (n, weight) in weights.iter().enumerate() {
            prop_assert_eq!(counts[&n], u64::from(*weight) * 60);
        }
    }

    #[test]
    fn if_all_are_out_the_shares_stay_as_they_are(weights in proptest::collection::vec(1_u32..6, 1..5)) {
        let round: u32 = weights.iter().sum();
        let counts = firsts(&weights, "weighted", &Stood::from_iter(vec![OUT; weights.len()]), u64::from(round));
        for (n, weight) in weights.iter().enumerate() {
            prop_assert_eq!(counts[&n], u64::from(*weight));
        }
    }
}

#[test]
fn the_share_of_a_member_that_is_out_goes_to_all_others_by_their_weights() {
    let counts = firsts(&[4, 1, 1, 2], "weighted", &but_for(0, 4, OUT), 8000);
    // A quarter, a quarter and a half of all, and not 5/8 to the neighbour.
    assert!(!counts.contains_key(&0), "{counts:?}");
    for (n, expected) in [(1, 2000), (2, 2000), (3, 4000)] {
        assert!(counts[&n].abs_diff(expected) < 200, "{counts:?}");
    }
}

#[test]
fn a_cold_member_gets_the_part_of_its_share_that_it_is_warm_for() {
    for (warmth, expected) in [(0.1, 200), (0.5, 1000), (1.0, 2000)] {
        let cold = Standing { warmth, ..Standing::default() };
        let counts = firsts(&[1, 1, 1, 1], "weighted", &but_for(2, 4, cold), 8000);
        let had = counts[&2];
        // What it gives away it may draw again in part.
        assert!(had >= expected * 9 / 10 && had <= expected * 13 / 10, "{warmth}: {counts:?}");
    }
}

#[test]
fn the_first_that_works_is_the_first_in_the_file_that_is_not_out() {
    assert_eq!(firsts(&[1, 1, 1], "first", &but_for(1, 3, OUT), 50), HashMap::from([(0, 50)]));
    assert_eq!(firsts(&[1, 1, 1], "first", &but_for(0, 3, OUT), 50), HashMap::from([(1, 50)]));
    let cold = Standing { warmth: 0.25, ..Standing::default() };
    let counts = firsts(&[1, 1], "first", &but_for(0, 2, cold), 4000);
    assert!(counts[&0].abs_diff(1000) < 150, "{counts:?}");
}
