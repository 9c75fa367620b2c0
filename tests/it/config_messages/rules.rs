//! Rules that make no sense.

use super::{built, refused};

/// Builds one `routes.yaml`, which must be taken, and returns what the user is told.
fn warned(yaml: &str) -> String {
    built(yaml).unwrap().warnings.iter().map(|warning| warning.render(false)).collect()
}

#[test]
fn rules_that_say_too_little_are_told() {
    insta::assert_snapshot!(refused(r"
        backends: {a: echo://a, b: echo://b}
        models:
          m:
            to: a
            when:
              - {}
              - {to: b}
              - {stream: true}
              - {tag: [], to: b}
              - {header: {}, to: []}
              - {has: [], down: [], caller: '', to: b}
              - b
              -
          n: {to: a, when: {stream: true, to: b}}
          o: {to: a, when: b}
    "), @"");
}

#[test]
fn conditions_that_nobody_knows_are_told() {
    insta::assert_snapshot!(refused(r"
        backends: {a: echo://a}
        models:
          m:
            to: a
            when:
              - {prompt_ovr: 1, prompt: 1, weekday: 1, to: a}
              - {has: [images, audio], to: a}
              - {header: {authorization: x, 'x y': z}, to: a}
    "), @"");
}

#[test]
fn values_that_no_condition_takes_are_told() {
    insta::assert_snapshot!(refused(r"
        backends: {a: echo://a}
        models:
          m:
            to: a
            when:
              - {prompt_over: 60k, to: a}
              - {busy_over: -1, to: a}
              - {stream: yes, to: a}
              - {hours: 9am-5pm, to: a}
              - {hours: 9-9, to: a}
              - {header: x-team, to: a}
              - {max_tokens_over: [1], to: a}
    "), @"");
}

#[test]
fn names_that_nothing_has_are_told_with_the_rule() {
    insta::assert_snapshot!(refused(r"
        backends: {house: echo://a, cloud: echo://b}
        keys: {ann: sk-1, bob: sk-2}
        models:
          m:
            to: house
            when:
              - {down: hous, to: clod}
              - {down: 'http://h:1', to: m}
              - {caller: [ann, bop], to: cloud, fallback: spare}
              - {stream: true, to: {house: 0, cloud: 0}}
    "), @"");
}

#[test]
fn a_local_model_that_could_leave_by_a_rule_is_refused_with_the_way() {
    insta::assert_snapshot!(refused(r"
        backends:
          house: http://10.0.0.1:8000
          cloud: {url: https://api.openai.com/v1, cloud: true}
        models:
          a: {to: house, local_only: true, when: [{prompt_over: 9, to: [house, cloud]}]}
          b: {to: house, local_only: true, when: [{stream: true, to: house}, {tag: x, to: house, fallback: c}]}
          c: {to: house, fallback: cloud}
    "), @"");
}

#[test]
fn a_rule_that_never_decides_is_told() {
    insta::assert_snapshot!(warned(r"
        backends: {a: echo://a, b: echo://b}
        models:
          m:
            to: a
            when:
              - {prompt_over: 1000, to: b}
              - {prompt_over: 60000, stream: true, to: a}
              - {prompt_over: 10, prompt_under: 11, to: b}
              - {prompt_under: 0, to: b}
              - {caller: ann, to: b}
    "), @"");
}

#[test]
fn a_rule_for_more_than_the_one_before_is_good() {
    let said = warned(
        r"
        backends: {a: echo://a, b: echo://b}
        models:
          m:
            to: a
            when:
              - {prompt_over: 60000, to: b}
              - {prompt_over: 1000, to: a}
              - {tag: [x, y], to: b}
              - {tag: [y, z], to: b}
    ",
    );
    assert_eq!(said, "");
}

#[test]
fn more_rules_than_anyone_overlooks_are_refused() {
    let rules: Vec<String> = (0..101).map(|n| format!("{{tag: t{n}, to: a}}")).collect();
    let said = refused(&format!(
        "backends: {{a: echo://a}}\nmodels: {{m: {{to: a, when: [{}]}}}}",
        rules.join(", ")
    ));
    assert!(said.contains("model `m` has more than 100 rules"), "{said}");
}
