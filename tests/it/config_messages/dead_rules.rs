//! Rules that never decide.

use super::built;

/// Builds one `routes.yaml`, which must be taken, and returns what the user is told.
fn warned(yaml: &str) -> String {
    built(yaml).unwrap().warnings.iter().map(|warning| warning.render(false)).collect()
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
    "), @r"
    warning[W104]: rule 2 of model `m` never decides
      --> routes.yaml:7:9
       |
     6 |       - {prompt_over: 1000, to: b}
       |         - which is tried first
     7 |       - {prompt_over: 60000, stream: true, to: a}
       |         ^ whenever it holds, rule 1 does
       = help: put the narrower rule first
    warning[W104]: rule 3 of model `m` never decides
      --> routes.yaml:8:9
       |
     8 |       - {prompt_over: 10, prompt_under: 11, to: b}
       |         ^ no prompt is both longer and shorter than that
       = help: raise `prompt_under`, or lower `prompt_over`
    warning[W104]: rule 4 of model `m` never decides
      --> routes.yaml:9:9
       |
     9 |       - {prompt_under: 0, to: b}
       |         ^ no prompt is both longer and shorter than that
       = help: raise `prompt_under`, or lower `prompt_over`
    warning[W104]: rule 5 of model `m` waits for a caller, and there are no `keys`
       --> routes.yaml:10:18
        |
     10 |       - {caller: ann, to: b}
        |                  ^^^ nobody has a name
        = help: name the callers: `keys: {NAME: ${KEY}}`
    ");
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
