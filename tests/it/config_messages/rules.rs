//! Rules that make no sense.

use super::refused;

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
    "), @r"
    error[E123]: the rule has no condition
      --> routes.yaml:6:9
       |
     6 |       - {}
       |         ^ it would decide on every request
       = help: say when it holds, as in `prompt_over: 60000`; what always holds is the model's own `to`

    error[E123]: the rule has no target
      --> routes.yaml:6:9
       |
     6 |       - {}
       |         ^
       = help: name a backend or a URL, as in `to: NAME`

    error[E123]: the rule has no condition
      --> routes.yaml:7:9
       |
     7 |       - {to: b}
       |         ^ it would decide on every request
       = help: say when it holds, as in `prompt_over: 60000`; what always holds is the model's own `to`

    error[E123]: the rule has no target
      --> routes.yaml:8:9
       |
     8 |       - {stream: true}
       |         ^
       = help: name a backend or a URL, as in `to: NAME`

    error[E123]: `tag` names nothing
      --> routes.yaml:9:15
       |
     9 |       - {tag: [], to: b}
       |               ^
       = help: give it a value, or remove it

    error[E123]: the rule has no target
       --> routes.yaml:10:9
        |
     10 |       - {header: {}, to: []}
        |         ^
        = help: name a backend or a URL, as in `to: NAME`

    error[E123]: `header` names nothing
       --> routes.yaml:10:18
        |
     10 |       - {header: {}, to: []}
        |                  ^
        = help: give it a value, or remove it

    error[E123]: `has` names nothing
       --> routes.yaml:11:15
        |
     11 |       - {has: [], down: [], caller: '', to: b}
        |               ^
        = help: give it a value, or remove it

    error[E123]: `down` names nothing
       --> routes.yaml:11:25
        |
     11 |       - {has: [], down: [], caller: '', to: b}
        |                         ^
        = help: give it a value, or remove it

    error[E123]: `caller` names nothing
       --> routes.yaml:11:37
        |
     11 |       - {has: [], down: [], caller: '', to: b}
        |                                     ^^
        = help: give it a value, or remove it

    error[E105]: a rule must be a map, this is a text
       --> routes.yaml:12:9
        |
     12 |       - b
        |         ^

    error[E105]: a rule must be a map, this is nothing
       --> routes.yaml:13:8
        |
     13 |       -
        |        ^

    error[E105]: `when` must be a list, this is a map
       --> routes.yaml:14:20
        |
     14 |   n: {to: a, when: {stream: true, to: b}}
        |                    ^
        = help: begin each rule with a dash: `- {prompt_over: 60000, to: cloud}`

    error[E105]: `when` must be a list of rules, this is a text
       --> routes.yaml:15:20
        |
     15 |   o: {to: a, when: b}
        |                    ^
    ");
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
    "), @r"
    error[E103]: a rule has no key `prompt_ovr`
      --> routes.yaml:6:10
       |
     6 |       - {prompt_ovr: 1, prompt: 1, weekday: 1, to: a}
       |          ^^^^^^^^^^
       = help: did you mean `prompt_over`?

    error[E103]: a rule has no key `prompt`
      --> routes.yaml:6:25
       |
     6 |       - {prompt_ovr: 1, prompt: 1, weekday: 1, to: a}
       |                         ^^^^^^
       = help: its keys: prompt_over, prompt_under, max_tokens_over, has, stream, header, caller, busy_over, down, hours, tag, to and 1 more

    error[E103]: a rule has no key `weekday`
      --> routes.yaml:6:36
       |
     6 |       - {prompt_ovr: 1, prompt: 1, weekday: 1, to: a}
       |                                    ^^^^^^^
       = help: its keys: prompt_over, prompt_under, max_tokens_over, has, stream, header, caller, busy_over, down, hours, tag, to and 1 more

    error[E106]: `images` is no value for `has`
      --> routes.yaml:7:16
       |
     7 |       - {has: [images, audio], to: a}
       |                ^^^^^^
       = help: there are `image`, `tools` and `json_schema`

    error[E106]: `audio` is no value for `has`
      --> routes.yaml:7:24
       |
     7 |       - {has: [images, audio], to: a}
       |                        ^^^^^
       = help: there are `image`, `tools` and `json_schema`

    error[E115]: a rule can't look at `authorization`, which holds a key
      --> routes.yaml:8:19
       |
     8 |       - {header: {authorization: x, 'x y': z}, to: a}
       |                   ^^^^^^^^^^^^^
       = help: `caller: NAME` tells callers apart by their keys

    error[E115]: `x y` can't be the name of a header
      --> routes.yaml:8:37
       |
     8 |       - {header: {authorization: x, 'x y': z}, to: a}
       |                                     ^^^^^
       = help: letters, digits and dashes, as in `x-team`
    ");
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
    "), @r"
    error[E106]: `60k` is no value for `prompt_over`
      --> routes.yaml:6:23
       |
     6 |       - {prompt_over: 60k, to: a}
       |                       ^^^
       = help: write a whole number, 0 or more

    error[E106]: `-1` is no value for `busy_over`
      --> routes.yaml:7:21
       |
     7 |       - {busy_over: -1, to: a}
       |                     ^^
       = help: write a whole number, 0 or more

    error[E106]: `yes` is no value for `stream`
      --> routes.yaml:8:18
       |
     8 |       - {stream: yes, to: a}
       |                  ^^^
       = help: write `true` or `false`

    error[E106]: `9am-5pm` is no value for `hours`
      --> routes.yaml:9:17
       |
     9 |       - {hours: 9am-5pm, to: a}
       |                 ^^^^^^^
       = help: hours look like this: 09-18, 22-06 or 09:30-18:00

    error[E106]: `9-9` is no value for `hours`
       --> routes.yaml:10:17
        |
     10 |       - {hours: 9-9, to: a}
        |                 ^^^
        = help: it begins when it ends; the whole day is 00-24

    error[E105]: `header` must be a map, this is a text
       --> routes.yaml:11:18
        |
     11 |       - {header: x-team, to: a}
        |                  ^^^^^^

    error[E105]: `max_tokens_over` must be a text, this is a list
       --> routes.yaml:12:27
        |
     12 |       - {max_tokens_over: [1], to: a}
        |                           ^
    ");
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
    "), @r"
    error[E102]: rule 1 of model `m` looks at unknown backend `hous`
      --> routes.yaml:7:16
       |
     7 |       - {down: hous, to: clod}
       |                ^^^^ no backend has this name
       = help: did you mean `house`?

    error[E102]: rule 1 of model `m` points to unknown backend `clod`
      --> routes.yaml:7:26
       |
     7 |       - {down: hous, to: clod}
       |                          ^^^^ no backend has this name
       = help: did you mean `cloud`?

    error[E102]: rule 2 of model `m` looks at unknown backend `http://h:1`
      --> routes.yaml:8:16
       |
     8 |       - {down: 'http://h:1', to: m}
       |                ^^^^^^^^^^^^ no backend has this name
       = help: give the URL a name under `backends`, and write that name here

    error[E102]: rule 2 of model `m` points to unknown backend `m`
      --> routes.yaml:8:34
       |
     8 |       - {down: 'http://h:1', to: m}
       |                                  ^ no backend has this name
       = help: `m` is a model; a target is a backend or a URL (another model can be a `fallback` or an `alias`)

    error[E102]: rule 3 of model `m` waits for the unknown caller `bop`
      --> routes.yaml:9:24
       |
     9 |       - {caller: [ann, bop], to: cloud, fallback: spare}
       |                        ^^^ nobody below `keys` has this name
       = help: did you mean `bob`?

    error[E102]: rule 3 of model `m` falls back to unknown `spare`
      --> routes.yaml:9:51
       |
     9 |       - {caller: [ann, bop], to: cloud, fallback: spare}
       |                                                   ^^^^^ no model or backend has this name
       = help: models and backends: cloud, house, m

    error[E111]: all weights of rule 4 of model `m` are 0
       --> routes.yaml:10:29
        |
     10 |       - {stream: true, to: {house: 0, cloud: 0}}
        |                             ^^^^^ no target would get a request
        = help: give at least one target a weight above 0
    ");
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
    "), @r"
    error[E117]: model `a` is `local_only`, yet reaches a cloud backend
      --> routes.yaml:5:30
       |
     3 |   cloud: {url: https://api.openai.com/v1, cloud: true}
       |                                                  ---- `cloud` is in the cloud
     4 | models:
     5 |   a: {to: house, local_only: true, when: [{prompt_over: 9, to: [house, cloud]}]}
       |                              ^^^^ promised here
       = help: the way: a when[1] -> cloud

    error[E117]: model `b` is `local_only`, yet reaches a cloud backend
      --> routes.yaml:6:30
       |
     3 |   cloud: {url: https://api.openai.com/v1, cloud: true}
       |                                                  ---- `cloud` is in the cloud
     ...
     6 |   b: {to: house, local_only: true, when: [{stream: true, to: house}, {tag: x, to: house, fallback: c}]}
       |                              ^^^^ promised here
       = help: the way: b when[2] -> c -> cloud
    ");
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
