//! What holds for rules, whatever they are.

use http::HeaderMap;
use patchbay::config::{Document, Format, Vars, build};
use patchbay::table::{
    AllWell, BackendIndex, BodyFacts, Condition, DayTime, HeaderFacts, Loads, RequestFacts, Route,
    RoutingTable, Standing, Supposed, Ticket, Verdict, candidates, diff,
};
use proptest::prelude::*;
use proptest::sample::select;

fn built(yaml: &str) -> Result<RoutingTable, String> {
    let document =
        Document { name: "routes.yaml".to_owned(), format: Format::Routes, content: yaml.to_owned().into() };
    build(&[document], &Vars::new()).map(|built| built.table).map_err(|problems| problems.to_string())
}

fn table(yaml: &str) -> RoutingTable {
    built(yaml).unwrap_or_else(|problems| panic!("{yaml}\n{problems}"))
}

/// Every backend has this much in flight, and stands like this.
#[derive(Debug)]
struct All(u64, Condition);

impl Loads for All {
    fn standing(&self, _: BackendIndex) -> Standing {
        Standing { in_flight: self.0, condition: self.1, ..Standing::default() }
    }
}

fn loads() -> impl Strategy<Value = All> {
    let condition = select(vec![Condition::Well, Condition::Trial, Condition::Out]);
    (0_u64..6, condition).prop_map(|(in_flight, condition)| All(in_flight, condition))
}

fn requests() -> impl Strategy<Value = Supposed> {
    let header =
        |name: &'static str| proptest::option::of(select(vec![format!("{name}:a"), format!("{name}:b, c")]));
    let body = (0_u64..6, proptest::option::of(0_u64..6), any::<[bool; 4]>());
    let body = body.prop_map(|(prompt_chars, max_tokens, [stream, image, tools, json_schema])| BodyFacts {
        prompt_chars,
        max_tokens,
        stream,
        image,
        tools,
        json_schema,
    });
    let caller = proptest::option::of(select(vec!["ann".to_owned(), "bob".to_owned()]));
    (body, header("x-team"), header("x-patchbay-tag"), caller, 0_u16..24).prop_map(
        |(body, team, tag, caller, hour)| {
            let mut request =
                Supposed { body, caller, time: Some(DayTime::new(hour, 30)), ..Supposed::default() };
            for header in team.iter().chain(&tag) {
                assert!(request.add_header(header));
            }
            request
        },
    )
}

fn condition() -> impl Strategy<Value = String> {
    prop_oneof![
        (0_u64..6).prop_map(|n| format!("prompt_over: {n}")),
        (0_u64..6).prop_map(|n| format!("prompt_under: {n}")),
        (0_u64..6).prop_map(|n| format!("max_tokens_over: {n}")),
        (0_u64..6).prop_map(|n| format!("busy_over: {n}")),
        (0_u16..24).prop_map(|from| format!("hours: {from}-{}", (from + 5) % 24)),
        select(vec![
            "has: image",
            "has: [tools, json_schema]",
            "stream: true",
            "header: {x-team: a}",
            "header: {x-team: 'b*'}",
            "caller: ann",
            "down: r0",
            "tag: [b, x]",
            "tag: c",
        ])
        .prop_map(str::to_owned),
    ]
}

/// Rules as lists of conditions under different keys.
fn rules() -> impl Strategy<Value = Vec<Vec<String>>> {
    let rule = proptest::collection::vec(condition(), 1..4).prop_map(|mut all| {
        all.sort();
        all.dedup_by_key(|condition| condition.split(':').next().unwrap_or_default().to_owned());
        all
    });
    proptest::collection::vec(rule, 0..5)
}

/// A model with a rule for each of these, whose targets are r0, r1…
fn routed(rules: &[Vec<String>]) -> RoutingTable {
    let backends: String = (0..=rules.len()).map(|n| format!("r{n}: echo://r{n}, ")).collect();
    let when = rules.iter().enumerate().map(|(n, all)| format!("{{{}, to: r{n}}}", all.join(", ")));
    table(&format!(
        "keys: {{ann: sk-ann, bob: sk-bob}}\nbackends: {{{backends}own: echo://own}}\n\
         models: {{m: {{to: own, when: [{}]}}}}",
        when.collect::<Vec<_>>().join(", ")
    ))
}

fn rule_of(route: &Route, request: &Supposed, loads: &All) -> Option<usize> {
    route.way(&request.facts(), loads).rule
}

proptest! {
    #[test]
    fn the_first_rule_that_holds_by_itself_decides(rules in rules(), request in requests(), loads in loads()) {
        let table = routed(&rules);
        let alone = rules.iter().position(|rule| {
            rule_of(&routed(std::slice::from_ref(rule)).routes()[0], &request, &loads).is_some()
        });
        prop_assert_eq!(rule_of(&table.routes()[0], &request, &loads), alone);
    }

    #[test]
    fn a_rule_holds_if_each_of_its_conditions_does_alone(rules in rules(), request in requests(), loads in loads()) {
        for rule in &rules {
            let together = rule_of(&routed(std::slice::from_ref(rule)).routes()[0], &request, &loads).is_some();
            let each = rule.iter().all(|condition| {
                rule_of(&routed(&[vec![condition.clone()]]).routes()[0], &request, &loads).is_some()
            });
            prop_assert_eq!(together, each, "{:?}", rule);
        }
    }

    #[test]
    fn a_rule_that_never_holds_changes_no_pick(
        rules in rules(),
        at in any::<proptest::sample::Index>(),
        request in requests(),
        loads in loads(),
        ticket: u64,
    ) {
        let picked = |rules: &[Vec<String>]| {
            let table = routed(rules);
            let way = table.routes()[0].way(&request.facts(), &loads);
            let all = candidates(way, Ticket(ticket), None, &loads);
            all.map(|c| table.backend(c.target.backend).address.to_string()).collect::<Vec<_>>()
        };
        let mut more = rules.clone();
        more.push(vec!["prompt_over: 100".to_owned()]);
        prop_assert_eq!(picked(&rules), picked(&more));
        // Before others it shifts their numbers, and so the names of their targets, by one.
        let at = at.index(rules.len() + 1);
        let mut before = rules.clone();
        before.insert(at, vec!["prompt_over: 100".to_owned()]);
        let rule = |rules: &[Vec<String>]| rule_of(&routed(rules).routes()[0], &request, &loads);
        prop_assert_eq!(rule(&before), rule(&rules).map(|n| n + usize::from(n >= at)));
    }

    #[test]
    fn a_rule_that_is_called_dead_never_decides(rules in rules(), request in requests(), loads in loads()) {
        let table = routed(&rules);
        let all: Vec<_> = table.routes()[0].rules.iter().collect();
        if let Some(at) = rule_of(&table.routes()[0], &request, &loads) {
            prop_assert!(all[..at].iter().all(|earlier| !all[at].is_behind(earlier)));
        }
    }

    #[test]
    fn what_is_not_known_never_turns_a_verdict_round(rules in rules(), request in requests(), loads in loads(), known: [bool; 3]) {
        let nothing = std::collections::BTreeMap::new();
        let all = request.facts();
        let some = RequestFacts {
            body: all.body.filter(|_| known[0]),
            time: all.time.filter(|_| known[1]),
            headers: if known[2] { all.headers } else { HeaderFacts::Recorded(&nothing) },
            ..all
        };
        let table = routed(&rules);
        let route = &table.routes()[0];
        for rule in &route.rules {
            match rule.judge(&some, &loads, &route.tiers[0]) {
                Verdict::Holds => prop_assert_eq!(rule.judge(&all, &loads, &route.tiers[0]), Verdict::Holds),
                Verdict::Fails(_) => prop_assert_ne!(rule.judge(&all, &loads, &route.tiers[0]), Verdict::Holds),
                Verdict::Unknown(_) => prop_assert_ne!(known, [true; 3]),
            }
        }
    }

    #[test]
    fn a_request_reads_back_from_its_query(request in requests()) {
        let mut read = Supposed::default();
        for (name, value) in request.query() {
            prop_assert_eq!(read.read(name, &value), Ok(()));
        }
        prop_assert_eq!(read, request);
    }

    #[test]
    fn local_only_leaves_no_way_to_a_cloud(
        cloud in proptest::collection::vec(any::<bool>(), 4),
        links in proptest::collection::vec((0_usize..4, proptest::collection::vec(0_usize..4, 0..3), 0_usize..4, proptest::option::of(0_usize..7)), 3),
    ) {
        let backends: Vec<String> =
            cloud.iter().enumerate().map(|(n, cloud)| format!("b{n}: {{url: echo://b{n}, cloud: {cloud}}}")).collect();
        let name = |link: &usize| if *link < 4 { format!("b{link}") } else { format!("m{}", link - 4) };
        let models = |promise: bool| {
            let models = links.iter().enumerate().map(|(n, (to, fallback, rule, rule_fallback))| {
                // Fallbacks of models go to backends, so that there are no circles; those of rules go anywhere.
                let fallback: Vec<String> = fallback.iter().map(name).collect();
                let own = rule_fallback.as_ref().map(|link| format!(", fallback: {}", name(link))).unwrap_or_default();
                let promise = if promise && n == 0 { ", local_only: true" } else { "" };
                format!("m{n}: {{to: b{to}, fallback: [{}], when: [{{stream: true, to: b{rule}{own}}}]{promise}}}", fallback.join(", "))
            });
            format!("backends: {{{}}}\nmodels: {{{}}}", backends.join(", "), models.collect::<Vec<_>>().join(", "))
        };
        let open = table(&models(false));
        let leaves = open.routes()[0].ways().flat_map(|way| way.tiers).flat_map(|tier| &tier.targets)
            .any(|target| open.backend(target.backend).cloud);
        match built(&models(true)) {
            Ok(_) => prop_assert!(!leaves),
            Err(told) => {
                prop_assert!(leaves, "{}", told);
                prop_assert!(told.contains("E117") && told.contains("the way: m0"), "{}", told);
            }
        }
    }
}

#[test]
fn shares_are_exact_within_a_rule_too() {
    let table = table(
        "backends: {a: echo://a, b: echo://b}\nmodels: {m: {to: a, when: [{stream: true, to: {a: 1, b: 3}}]}}",
    );
    let streamed =
        Supposed { body: BodyFacts { stream: true, ..BodyFacts::default() }, ..Supposed::default() };
    let way = table.routes()[0].way(&streamed.facts(), &AllWell);
    let firsts =
        (0..8).map(|ticket| candidates(way, Ticket(ticket), None, &AllWell).next().unwrap().target.backend);
    let to_b = firsts.filter(|backend| table.backend(*backend).name.as_str() == "b").count();
    assert_eq!((way.rule, to_b), (Some(0), 6));
}

#[test]
fn a_fallback_is_a_models_target_and_not_its_rules() {
    let table = table(
        "backends: {a: echo://a, b: echo://b, c: echo://c}\nmodels:\n  m: {to: a, when: [{stream: true, to: c, fallback: m}]}\n  \
         n: {to: b, fallback: m, when: [{tag: x, to: c}, {tag: y, to: b, fallback: none}]}",
    );
    let ways = |n: usize| {
        let names = |tier: &patchbay::table::Tier| table.tier_text(tier);
        table.routes()[n]
            .ways()
            .map(|way| way.tiers.iter().map(names).collect::<Vec<_>>().join(" > "))
            .collect::<Vec<_>>()
    };
    assert_eq!(ways(0), ["a", "c > a"]);
    assert_eq!(ways(1), ["b > a", "c > a", "b"]);
}

#[test]
fn a_rule_asks_nobody_twice_by_inheritance() {
    let table = table(
        "backends: {a: echo://a, cloud: echo://cloud}\nmodels: {m: {to: a, fallback: cloud, when: [{busy_over: 4, to: cloud}]}}",
    );
    assert_eq!(table.routes()[0].ways().map(|way| way.tiers.len()).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn a_changed_rule_is_told_with_its_number() {
    let yaml = "backends: {a: echo://a, b: echo://b}\nmodels: {m: {to: a, when: [{stream: true, to: a}, {tag: x, to: b}]}}";
    let told = |to: &str| -> Vec<String> {
        diff(&table(yaml), &table(to)).iter().map(ToString::to_string).collect()
    };
    assert_eq!(told(&yaml.replace("true, to: a", "true, to: b")), ["m when[1]: a -> b"]);
    assert_eq!(told(&yaml.replace("tag: x", "tag: y")), ["m when[2]: now tag: y, was tag: x"]);
    assert_eq!(told(&yaml.replace(", {tag: x, to: b}", "")), ["m when[2]: removed, tag: x"]);
    assert_eq!(told(&yaml.replace("to: b}]", "to: b}, {tag: z, to: a}]")), ["m when[3]: new, tag: z -> a"]);
    assert_eq!(told(&yaml.replace("x, to: b", "x, to: b, fallback: a")), ["m when[2]: settings changed"]);
    assert_eq!(told(&yaml.replace("{to: a", "{to: b")), ["m: a -> b"]);
}

#[test]
fn a_header_that_comes_twice_may_match_with_either() {
    let table = table(
        "backends: {a: echo://a, b: echo://b}\nmodels: {m: {to: a, when: [{header: {x-a: yes, x-b: '*'}, to: b}]}}",
    );
    let decides = |lines: &[&str]| {
        let mut request = Supposed::default();
        assert!(lines.iter().all(|line| request.add_header(line)));
        table.routes()[0].way(&request.facts(), &AllWell).rule.is_some()
    };
    assert!(decides(&["X-A: no", "x-a: yes", "x-b:"]));
    assert!(!decides(&["x-a: yes"]) && !decides(&["x-b: 1", "x-a: YES"]));
    assert_eq!(HeaderFacts::All(&HeaderMap::new()).values(&patchbay::table::TAG), Some(vec![]));
}
