//! What holds for every table: shares, order, patterns, addresses, differences.

use std::collections::{HashMap, HashSet};

use patchbay::config::{Document, Format, Vars, build};
use patchbay::table::{
    AllWell, EchoSpec, Endpoint, MAX_SLOTS, RoutingTable, Schedule, Ticket, candidates, diff, parse_duration,
};
use proptest::prelude::*;

fn table(yaml: &str) -> RoutingTable {
    let document =
        Document { name: "routes.yaml".to_owned(), format: Format::Routes, content: yaml.to_owned().into() };
    build(&[document], &Vars::new()).unwrap_or_else(|problems| panic!("{yaml}\n{problems}")).table
}

fn slots(weights: &[u32]) -> u64 {
    fn gcd(a: u64, b: u64) -> u64 {
        if b == 0 { a } else { gcd(b, a % b) }
    }
    let divisor = weights.iter().fold(0, |all, &w| gcd(all, u64::from(w)));
    weights.iter().map(|&w| u64::from(w)).sum::<u64>() / divisor.max(1)
}

fn weights() -> impl Strategy<Value = Vec<u32>> {
    proptest::collection::vec(0_u32..40, 1..8)
        .prop_filter("some weight is above 0", |weights| weights.iter().any(|&w| w > 0))
}

/// A model with one weighted target and one fallback, all in `echo`.
fn two_tiers(weights: &[u32], strategy: &str) -> RoutingTable {
    let urls: Vec<String> = weights.iter().enumerate().map(|(n, w)| format!("b{n}: {w}")).collect();
    let backends: Vec<String> = (0..weights.len()).map(|n| format!("b{n}: echo://b{n}")).collect();
    table(&format!(
        "backends: {{{}, spare: echo://spare}}\nmodels: {{m: {{to: {{{}}}, fallback: spare, strategy: {strategy}}}}}",
        backends.join(", "),
        urls.join(", ")
    ))
}

proptest! {
    #[test]
    fn shares_are_exact_over_a_full_round(weights in weights()) {
        let schedule = Schedule::new(&weights);
        let round = slots(&weights);
        let mut turns = vec![0_u64; weights.len()];
        for ticket in 0..round {
            turns[schedule.turn(ticket).unwrap()] += 1;
        }
        let total: u64 = weights.iter().map(|&w| u64::from(w)).sum();
        for (turns, &weight) in turns.iter().zip(&weights) {
            prop_assert_eq!(turns * total, u64::from(weight) * round);
        }
    }

    #[test]
    fn turns_are_well_spread(weights in weights()) {
        let schedule = Schedule::new(&weights);
        let total: u64 = weights.iter().map(|&w| u64::from(w)).sum();
        let mut turns = vec![0_u64; weights.len()];
        for ticket in 0..slots(&weights) {
            turns[schedule.turn(ticket).unwrap()] += 1;
            // Nobody is ever more than about one turn per member ahead of or behind its share.
            for (&had, &weight) in turns.iter().zip(&weights) {
                let due = (ticket + 1) * u64::from(weight);
                prop_assert!((had * total).abs_diff(due) <= total * weights.len() as u64);
            }
        }
    }

    #[test]
    fn huge_weights_still_give_everyone_a_turn(weights in proptest::collection::vec(1_u32..=u32::MAX, 1..6)) {
        let schedule = Schedule::new(&weights);
        let seen: HashSet<usize> = (0..2 * MAX_SLOTS).filter_map(|ticket| schedule.turn(ticket)).collect();
        prop_assert_eq!(seen.len(), weights.len());
    }

    #[test]
    fn candidates_come_once_each_and_never_with_weight_0(
        weights in weights(),
        ticket in any::<u64>(),
        strategy in proptest::sample::select(vec!["weighted", "first"]),
    ) {
        let table = two_tiers(&weights, strategy);
        let route = &table.routes()[0];
        let lined_up: Vec<_> = candidates(route.way_of(None), Ticket(ticket), None, &AllWell).collect();
        let again: Vec<_> = candidates(route.way_of(None), Ticket(ticket), None, &AllWell).map(|c| c.target.backend).collect();
        let backends: Vec<_> = lined_up.iter().map(|c| c.target.backend).collect();
        prop_assert_eq!(&backends, &again);
        prop_assert_eq!(backends.iter().collect::<HashSet<_>>().len(), backends.len());
        prop_assert!(lined_up.iter().all(|c| c.target.weight > 0));
        prop_assert_eq!(backends.len(), weights.iter().filter(|&&w| w > 0).count() + 1);
        prop_assert!(lined_up.is_sorted_by_key(|c| c.tier));
    }

    #[test]
    fn the_first_candidates_of_many_requests_follow_the_weights(weights in weights()) {
        let table = two_tiers(&weights, "weighted");
        let route = &table.routes()[0];
        let round = slots(&weights);
        let mut firsts: HashMap<String, u64> = HashMap::new();
        for ticket in 0..round {
            let first = candidates(route.way_of(None), Ticket(ticket), None, &AllWell).next().unwrap().target.backend;
            *firsts.entry(table.backend(first).name.to_string()).or_default() += 1;
        }
        let total: u64 = weights.iter().map(|&w| u64::from(w)).sum();
        for (n, &weight) in weights.iter().enumerate() {
            let had = firsts.get(&format!("b{n}")).copied().unwrap_or_default();
            prop_assert_eq!(had * total, u64::from(weight) * round);
        }
    }

    #[test]
    fn exact_beats_glob_and_the_longest_glob_wins(name in "[a-d]{1,6}", patterns in proptest::collection::hash_set("[a-d*]{1,6}", 1..8)) {
        let models: Vec<String> = patterns.iter().map(|p| format!("\"{p}\": echo://x")).collect();
        let table = table(&format!("models: {{{}}}", models.join(", ")));
        let literals = |pattern: &str| pattern.bytes().filter(|&b| b != b'*').count();
        let fitting: Vec<&String> = patterns.iter().filter(|p| fits(p, &name)).collect();
        match table.find(Some(&name)) {
            None => prop_assert!(fitting.is_empty(), "{:?}", fitting),
            Some(found) if patterns.contains(&name) => prop_assert_eq!(found.route.name.as_str(), name),
            Some(found) => {
                let longest = fitting.iter().map(|p| literals(p)).max().unwrap();
                prop_assert!(fits(found.route.name.as_str(), &name));
                prop_assert_eq!(literals(found.route.name.as_str()), longest);
            }
        }
    }

    #[test]
    fn an_endpoint_reads_back_as_it_shows(
        scheme in "https?",
        host in "[a-zA-Z][a-z0-9.-]{0,10}[a-z0-9]|127\\.0\\.0\\.1|\\[::1\\]",
        port in proptest::option::of(1_u16..),
        path in "(/v1|/api|/[a-z]{1,5}|/chat/completions|/embeddings|/){0,4}",
    ) {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let text = format!("{scheme}://{host}{port}{path}");
        let endpoint = Endpoint::parse(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        let again = Endpoint::parse(&endpoint.to_string());
        prop_assert_eq!(again.as_ref(), Ok(&endpoint), "{} shows as {}", text, endpoint);
    }

    #[test]
    fn no_text_makes_an_address_or_a_duration_panic(text in "\\PC{0,40}") {
        let _endpoint = Endpoint::parse(&text);
        let _endpoint = Endpoint::parse(&format!("http://{text}"));
        let _echo = EchoSpec::parse(&format!("echo://{text}"));
        let _duration = parse_duration(&text);
    }

    #[test]
    fn an_echo_reads_back_as_it_shows(name in "[a-z]{1,8}", tokens in 1_u32..1000, tps in proptest::option::of(1_u32..500), ttft in 0_u64..5000, fail in 0_u32..=10) {
        let tps = tps.map(|tps| format!("&tps={tps}")).unwrap_or_default();
        let text = format!("echo://{name}?tokens={tokens}{tps}&ttft={ttft}ms&fail={}", f64::from(fail) / 10.0);
        let spec = EchoSpec::parse(&text).unwrap();
        prop_assert_eq!(EchoSpec::parse(&spec.to_string()), Ok(spec));
    }

    #[test]
    fn a_table_does_not_differ_from_itself(weights in weights()) {
        let (first, second) = (two_tiers(&weights, "weighted"), two_tiers(&weights, "weighted"));
        prop_assert_eq!(diff(&first, &second), vec![]);
        prop_assert_eq!(first.digest(), second.digest());
        let other = two_tiers(&weights, "first");
        prop_assert_eq!(diff(&first, &other).len(), 1);
        prop_assert_ne!(first.digest(), other.digest());
    }
}

/// Glob matching by the book: every split is tried.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_at_checked(1) {
        None => name.is_empty(),
        Some(("*", rest)) => (0..=name.len()).any(|n| fits(rest, &name[n..])),
        Some((letter, rest)) => name.strip_prefix(letter).is_some_and(|tail| fits(rest, tail)),
    }
}

#[test]
fn all_forms_of_a_url_are_one_endpoint() {
    let forms = [
        "http://h:8000",
        "http://h:8000/",
        "http://h:8000/v1",
        "http://h:8000/v1/",
        "http://H:8000/v1/chat/completions/",
    ];
    let endpoints: HashSet<Endpoint> = forms.into_iter().map(|form| Endpoint::parse(form).unwrap()).collect();
    assert_eq!(endpoints.len(), 1);
    for kept in ["http://h/api/v1", "http://h/compatible-mode/v1", "https://h/openai/deployments/gpt-4o"] {
        assert_eq!(Endpoint::parse(kept).unwrap().to_string(), kept);
    }
}
