//! Where `sticky` sends what has the same key, and what moves when the table changes.

use patchbay::table::{Condition, Standing, StickyKey};
use proptest::prelude::*;

use super::{Stood, lined_up, places, table};

fn idle(members: usize) -> Stood {
    Stood::from_iter(vec![Standing::default(); members])
}

/// Who is first in line for a key.
fn owner(weights: &[u32], key: u64, stood: &Stood) -> usize {
    places(&lined_up(&table(weights, "sticky"), 0, Some(key), stood))[0]
}

/// Who is first in line for each of many keys.
fn owners(weights: &[u32]) -> Vec<usize> {
    let (table, stood) = (table(weights, "sticky"), idle(weights.len()));
    (0..500).map(|key| places(&lined_up(&table, key, Some(key * 7919), &stood))[0]).collect()
}

fn weights() -> impl Strategy<Value = Vec<u32>> {
    proptest::collection::vec(1_u32..10, 2..7)
}

proptest! {
    #[test]
    fn the_same_key_goes_to_the_same_member_whatever_the_ticket(
        weights in weights(), key in any::<u64>(), one in any::<u64>(), other in any::<u64>(),
    ) {
        let (table, stood) = (table(&weights, "sticky"), idle(weights.len()));
        let order = |ticket| places(&lined_up(&table, ticket, Some(key), &stood));
        prop_assert_eq!(order(one), order(other));
    }

    #[test]
    fn without_a_key_requests_spread_as_by_chance(ticket in any::<u64>()) {
        let (table, stood) = (table(&[1, 1], "sticky"), idle(2));
        let first = |ticket| places(&lined_up(&table, ticket, None, &stood))[0];
        let spread: usize = (0..64).map(|n| first(ticket.wrapping_add(n))).sum();
        prop_assert!((8..56).contains(&spread), "{}", spread);
    }

    #[test]
    fn a_member_that_goes_gives_up_its_own_keys_only(weights in weights(), gone in any::<proptest::sample::Index>()) {
        let gone = gone.index(weights.len());
        let mut fewer = weights.clone();
        fewer[gone] = 0;
        prop_assume!(fewer.iter().any(|weight| *weight > 0));
        for (before, after) in owners(&weights).into_iter().zip(owners(&fewer)) {
            prop_assert!(before == after || before == gone);
            prop_assert_ne!(after, gone);
        }
    }

    #[test]
    fn a_weight_that_grows_takes_keys_and_moves_none_between_the_others(
        weights in weights(), grown in any::<proptest::sample::Index>(), by in 1_u32..20,
    ) {
        let grown = grown.index(weights.len());
        let mut more = weights.clone();
        more[grown] += by;
        for (before, after) in owners(&weights).into_iter().zip(owners(&more)) {
            prop_assert!(before == after || after == grown, "{} -> {}", before, after);
        }
    }

    #[test]
    fn a_member_that_warms_up_takes_keys_and_moves_none_between_the_others(
        weights in weights(), cold in any::<proptest::sample::Index>(), warmth in 0.0..0.9_f64, key in any::<u64>(),
    ) {
        let cold = cold.index(weights.len());
        let at = |warmth| {
            let mut stood = idle(weights.len());
            stood.0[cold].0.warmth = warmth;
            owner(&weights, key, &stood)
        };
        let (before, after) = (at(warmth), at(warmth + 0.1));
        prop_assert!(before == after || after == cold);
    }

    #[test]
    fn who_is_out_gives_its_keys_away_and_has_them_again_afterwards(weights in weights(), key in any::<u64>()) {
        let mut stood = idle(weights.len());
        let home = owner(&weights, key, &stood);
        stood.0[home].0.condition = Condition::Out;
        prop_assert_ne!(owner(&weights, key, &stood), home);
        stood.0[home].0.condition = Condition::Well;
        prop_assert_eq!(owner(&weights, key, &stood), home);
    }

    #[test]
    fn nobody_gets_more_than_a_quarter_above_its_fair_share(
        weights in weights(), keys in proptest::collection::vec(0_u64..3, 1..150),
    ) {
        let table = table(&weights, "sticky");
        let mut stood = idle(weights.len());
        let all: u32 = weights.iter().sum();
        for (n, key) in (1_u32..).zip(&keys) {
            let place = places(&lined_up(&table, 0, Some(*key), &stood))[0];
            stood.0[place].0.in_flight += 1;
            let fair = f64::from(n) * f64::from(weights[place]) / f64::from(all);
            let had = f64::from(u32::try_from(stood.0[place].0.in_flight).unwrap());
            prop_assert!(had <= (1.25 * fair).ceil(), "{} of fair {}", had, fair);
        }
    }

    #[test]
    fn a_key_is_the_same_however_often_it_is_made_and_differs_by_every_byte(
        pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..4),
        at in any::<proptest::sample::Index>(), flip in 1_u8..,
    ) {
        let key = |pieces: &[Vec<u8>]| StickyKey::of(pieces.iter().map(Vec::as_slice));
        prop_assert_eq!(key(&pieces), key(&pieces.clone()));
        let mut other = pieces.clone();
        if let Some(piece) = other.iter_mut().find(|piece| !piece.is_empty()) {
            let at = at.index(piece.len());
            piece[at] ^= flip;
            prop_assert_ne!(key(&pieces), key(&other));
        }
    }
}

#[test]
fn conversations_are_divided_by_weight() {
    let owners = owners(&[5, 3, 2]);
    let had = |n: usize| owners.iter().filter(|owner| **owner == n).count();
    for (n, expected) in [(0, 250), (1, 150), (2, 100)] {
        assert!(had(n).abs_diff(expected) < 40, "b{n} has {}", had(n));
    }
}

#[test]
fn a_member_keeps_its_keys_wherever_it_stands_in_the_file() {
    let stood = idle(3);
    let named = |yaml: &str| {
        let table = super::read(yaml);
        let owner = |key| {
            let place = lined_up(&table, 0, Some(key), &stood)[0].target.backend;
            table.backend(place).address.to_string()
        };
        (0..100).map(owner).collect::<Vec<_>>()
    };
    let before = named("models: {m: {to: [echo://a, echo://b, echo://c], strategy: sticky}}");
    let after = named("models: {m: {to: [echo://c, echo://a, echo://b], strategy: sticky}}");
    assert_eq!(before, after);
}
