//! What holds for every pick, however the backends are.

mod shares;
mod sticky;
mod twins;
mod two_choices;

use std::collections::HashSet;
use std::time::Duration;

use patchbay::config::{Document, Format, Vars, build};
use patchbay::table::{
    BackendIndex, Candidate, Condition, Loads, RoutingTable, Standing, StickyKey, Ticket, candidates,
};
use proptest::prelude::*;

/// Every strategy, as it stands in a file.
const STRATEGIES: &[&str] =
    &["weighted", "least_busy", "fastest", "first", "sticky", "{sticky: {by: header, name: x-session}}"];

/// How each backend is and how slow it was, by its place in the table.
#[derive(Debug, Clone)]
struct Stood(Vec<(Standing, Duration)>);

impl Loads for Stood {
    fn standing(&self, backend: BackendIndex) -> Standing {
        self.0.get(backend.position()).copied().unwrap_or_default().0
    }

    fn latency(&self, backend: BackendIndex) -> Duration {
        self.0.get(backend.position()).copied().unwrap_or_default().1
    }
}

impl FromIterator<Standing> for Stood {
    fn from_iter<I: IntoIterator<Item = Standing>>(standings: I) -> Self {
        Self(standings.into_iter().map(|standing| (standing, Duration::ZERO)).collect())
    }
}

/// A model with members `b0`, `b1`, … of these weights, and one fallback.
fn table(weights: &[u32], strategy: &str) -> RoutingTable {
    let backends: Vec<String> = (0..weights.len()).map(|n| format!("b{n}: echo://b{n}")).collect();
    let backends = backends.join(", ");
    let members: Vec<String> = weights.iter().enumerate().map(|(n, w)| format!("b{n}: {w}")).collect();
    let members = members.join(", ");
    read(&format!(
        "backends: {{{backends}, spare: echo://spare}}\nmodels: {{m: {{to: {{{members}}}, fallback: spare, strategy: {strategy}}}}}"
    ))
}

fn read(yaml: &str) -> RoutingTable {
    let document =
        Document { name: "routes.yaml".to_owned(), format: Format::Routes, content: yaml.to_owned().into() };
    build(&[document], &Vars::new()).unwrap_or_else(|problems| panic!("{yaml}\n{problems}")).table
}

fn lined_up<'t>(
    table: &'t RoutingTable,
    ticket: u64,
    key: Option<u64>,
    loads: &'t Stood,
) -> Vec<Candidate<'t>> {
    candidates(table.routes()[0].way_of(None), Ticket(ticket), key.map(StickyKey), loads).collect()
}

fn places(candidates: &[Candidate<'_>]) -> Vec<usize> {
    candidates.iter().map(|candidate| candidate.target.backend.position()).collect()
}

fn standing() -> impl Strategy<Value = (Standing, Duration)> {
    let condition =
        prop_oneof![3 => Just(Condition::Well), 1 => Just(Condition::Trial), 2 => Just(Condition::Out)];
    let full = prop_oneof![2 => Just(false), 1 => Just(true)];
    (0_u64..200, 0_u64..5000, condition, full, prop_oneof![Just(1.0), 0.0..1.0]).prop_map(
        |(in_flight, millis, condition, full, warmth)| {
            (Standing { in_flight, condition, full, warmth }, Duration::from_millis(millis))
        },
    )
}

/// Weights with how their backends are; one weight is above 0 for sure.
fn members() -> impl Strategy<Value = (Vec<u32>, Stood)> {
    proptest::collection::vec((0_u32..40, standing()), 1..9)
        .prop_filter("some weight is above 0", |members| members.iter().any(|(weight, _)| *weight > 0))
        .prop_map(|members| {
            let (weights, stood) = members.into_iter().unzip();
            (weights, Stood(stood))
        })
}

fn strategy() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(STRATEGIES)
}

proptest! {
    #[test]
    fn the_same_inputs_give_the_same_order(
        (weights, stood) in members(), strategy in strategy(), ticket in any::<u64>(), key in any::<Option<u64>>(),
    ) {
        let table = table(&weights, strategy);
        let once = places(&lined_up(&table, ticket, key, &stood));
        prop_assert_eq!(once, places(&lined_up(&table, ticket, key, &stood)));
    }

    #[test]
    fn everyone_with_a_weight_comes_once_and_nobody_else(
        (weights, stood) in members(), strategy in strategy(), ticket in any::<u64>(), key in any::<Option<u64>>(),
    ) {
        let table = table(&weights, strategy);
        let line = lined_up(&table, ticket, key, &stood);
        let mut came = places(&line);
        let tiers: Vec<usize> = line.iter().map(|candidate| candidate.tier).collect();
        prop_assert!(tiers.is_sorted());
        prop_assert_eq!(came.pop(), Some(weights.len()), "the fallback is last");
        prop_assert_eq!(came.len(), came.iter().collect::<HashSet<_>>().len());
        came.sort_unstable();
        let expected: Vec<usize> = (0..weights.len()).filter(|&n| weights[n] > 0).collect();
        prop_assert_eq!(came, expected);
    }

    #[test]
    fn who_is_full_comes_after_all_who_have_room(
        (weights, stood) in members(), strategy in strategy(), ticket in any::<u64>(), key in any::<Option<u64>>(),
    ) {
        let table = table(&weights, strategy);
        let line = lined_up(&table, ticket, key, &stood);
        let own = line.iter().filter(|candidate| candidate.tier == 0 && candidate.condition != Condition::Out);
        let full: Vec<bool> = own.map(|candidate| stood.standing(candidate.target.backend).full).collect();
        prop_assert!(full.is_sorted(), "{:?}", full);
    }

    #[test]
    fn who_is_out_comes_after_all_others_of_its_tier(
        (weights, stood) in members(), strategy in strategy(), ticket in any::<u64>(), key in any::<Option<u64>>(),
    ) {
        let table = table(&weights, strategy);
        let line = lined_up(&table, ticket, key, &stood);
        let own = line.iter().filter(|candidate| candidate.tier == 0);
        let out: Vec<bool> = own.map(|candidate| candidate.condition == Condition::Out).collect();
        prop_assert!(out.is_sorted(), "{:?}", out);
    }
}
