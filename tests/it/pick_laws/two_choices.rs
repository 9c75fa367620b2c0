//! Whom `least_busy` and `fastest` prefer.

use std::time::Duration;

use patchbay::table::Standing;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Stood, lined_up, places, table};

fn busy(in_flight: u64) -> Standing {
    Standing { in_flight, ..Standing::default() }
}

fn slow(millis: u64, in_flight: u64) -> (Standing, Duration) {
    (busy(in_flight), Duration::from_millis(millis))
}

proptest! {
    #[test]
    fn of_two_the_one_with_less_to_do_for_its_weight_goes_first(
        a in 0_u64..50, b in 0_u64..50, weights in (1_u32..8, 1_u32..8), ticket in any::<u64>(),
    ) {
        let table = table(&[weights.0, weights.1], "least_busy");
        let first = places(&lined_up(&table, ticket, None, &Stood::from_iter([busy(a), busy(b)])))[0];
        let load = [(a + 1) * u64::from(weights.1), (b + 1) * u64::from(weights.0)];
        prop_assert!(load[first] <= load[1 - first]);
    }

    #[test]
    fn whoever_has_most_to_do_of_all_is_never_first(
        others in proptest::collection::vec(0_u64..20, 1..6), at in any::<proptest::sample::Index>(), ticket in any::<u64>(),
    ) {
        let mut in_flight = others;
        let at = at.index(in_flight.len() + 1);
        in_flight.insert(at, 21);
        let stood: Stood = in_flight.iter().map(|n| busy(*n)).collect();
        let table = table(&vec![1; in_flight.len()], "least_busy");
        prop_assert_ne!(places(&lined_up(&table, ticket, None, &stood))[0], at);
    }

    #[test]
    fn of_two_the_one_whose_first_token_is_likely_to_come_sooner_goes_first(
        a in (1_u64..5000, 0_u64..20), b in (1_u64..5000, 0_u64..20), ticket in any::<u64>(),
    ) {
        let stood = Stood(vec![slow(a.0, a.1), slow(b.0, b.1)]);
        let table = table(&[1, 1], "fastest");
        let first = places(&lined_up(&table, ticket, None, &stood))[0];
        let cost = [a.0 * (a.1 + 1), b.0 * (b.1 + 1)];
        prop_assert!(cost[first] <= cost[1 - first]);
    }

    #[test]
    fn who_starts_slowly_is_taken_for_as_much_busier(
        cold in (0_u64..20, 1_u32..=100), warm in 0_u64..20, strategy in select(vec!["least_busy", "fastest"]), ticket in any::<u64>(),
    ) {
        let warmth = f64::from(cold.1) / 100.0;
        let (mut slow_start, other) = (slow(20, cold.0), slow(20, warm));
        slow_start.0.warmth = warmth;
        let table = table(&[1, 1], strategy);
        let first = places(&lined_up(&table, ticket, None, &Stood(vec![slow_start, other])))[0];
        let counts = |in_flight: u64| f64::from(u32::try_from(in_flight + 1).unwrap());
        let cost = [counts(cold.0) / warmth, counts(warm)];
        prop_assert!(cost[first] <= cost[1 - first] * 1.000_001, "{cost:?}");
    }

    #[test]
    fn who_has_no_latency_yet_gets_one_request_and_no_second_one_before_it_has(
        known in (1_u64..5000, 0_u64..20), waiting in 1_u64..5, ticket in any::<u64>(),
    ) {
        let table = table(&[1, 1], "fastest");
        let first = |unknown| {
            places(&lined_up(&table, ticket, None, &Stood(vec![slow(known.0, known.1), slow(0, unknown)])))[0]
        };
        prop_assert_eq!(first(0), 1);
        prop_assert_eq!(first(waiting), 0);
    }
}

#[test]
fn members_that_are_alike_are_first_alike_often() {
    for strategy in ["least_busy", "fastest"] {
        let table = table(&[1, 1, 1], strategy);
        let stood = Stood(vec![slow(20, 3); 3]);
        let mut counts = [0_u64; 3];
        for ticket in 0..3000 {
            counts[places(&lined_up(&table, ticket, None, &stood))[0]] += 1;
        }
        assert!(counts.iter().all(|count| count.abs_diff(1000) < 120), "{strategy}: {counts:?}");
    }
}
