//! Names that lead nowhere, twice, or round in a circle.

use super::{built, refused};

#[test]
fn an_unknown_backend_is_shown_with_the_name_that_was_meant() {
    insta::assert_snapshot!(refused(r"
        backends:
          qwen-local: http://127.0.0.1:8001

        models:
          gpt-4o: qwen-loacl
    "), @r"
    error[E102]: model `gpt-4o` points to unknown backend `qwen-loacl`
      --> routes.yaml:5:11
       |
     5 |   gpt-4o: qwen-loacl
       |           ^^^^^^^^^^ no backend has this name
       = help: did you mean `qwen-local`?
    ");

    insta::assert_snapshot!(refused(r"
        backends: {blue: echo://blue, green: echo://green}
        models: {gpt-4o: [blue, purple], glm-4: {red: 9, green: 1}}
    "), @r"
    error[E102]: model `gpt-4o` points to unknown backend `purple`
      --> routes.yaml:2:25
       |
     2 | models: {gpt-4o: [blue, purple], glm-4: {red: 9, green: 1}}
       |                         ^^^^^^ no backend has this name
       = help: backends: blue, green

    error[E102]: model `glm-4` points to unknown backend `red`
      --> routes.yaml:2:42
       |
     2 | models: {gpt-4o: [blue, purple], glm-4: {red: 9, green: 1}}
       |                                          ^^^ no backend has this name
       = help: backends: blue, green
    ");

    insta::assert_snapshot!(refused(r"
        models: {gpt-4o: blue}
    "), @r"
    error[E102]: model `gpt-4o` points to unknown backend `blue`
      --> routes.yaml:1:18
       |
     1 | models: {gpt-4o: blue}
       |                  ^^^^ no backend has this name
       = help: there are no backends
    ");
}

#[test]
fn a_target_that_is_an_address_or_a_model_is_told_so() {
    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: localhost:8000
          glm-4: gpt-4o
    "), @r"
    error[E102]: model `gpt-4o` points to unknown backend `localhost:8000`
      --> routes.yaml:2:11
       |
     2 |   gpt-4o: localhost:8000
       |           ^^^^^^^^^^^^^^ no backend has this name
       = help: if it is an address, write `http://localhost:8000`

    error[E102]: model `glm-4` points to unknown backend `gpt-4o`
      --> routes.yaml:3:10
       |
     3 |   glm-4: gpt-4o
       |          ^^^^^^ no backend has this name
       = help: `gpt-4o` is a model; a target is a backend or a URL (another model can be a `fallback` or an `alias`)
    ");
}

#[test]
fn duplicates_name_both_places() {
    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: echo://a
          glm-4: echo://b
          gpt-4o: echo://c
    "), @r"
    error[E104]: `gpt-4o` is there twice
      --> routes.yaml:4:3
       |
     2 |   gpt-4o: echo://a
       |   ------ first here
     3 |   glm-4: echo://b
     4 |   gpt-4o: echo://c
       |   ^^^^^^ again here
    ");

    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: {to: echo://a, alias: [gpt-4, glm-4]}
          glm-4: {to: echo://b, alias: gpt-4}
    "), @r"
    error[E104]: alias `glm-4` of model `gpt-4o` is taken
      --> routes.yaml:2:41
       |
     2 |   gpt-4o: {to: echo://a, alias: [gpt-4, glm-4]}
       |                                         ^^^^^ again here
     3 |   glm-4: {to: echo://b, alias: gpt-4}
       |   ----- first here

    error[E104]: alias `gpt-4` of model `glm-4` is taken
      --> routes.yaml:3:32
       |
     2 |   gpt-4o: {to: echo://a, alias: [gpt-4, glm-4]}
       |                                  ----- first here
     3 |   glm-4: {to: echo://b, alias: gpt-4}
       |                                ^^^^^ again here
    ");

    insta::assert_snapshot!(refused(r#"
        backends: {pool: "http://h1, http://h2"}
        models: {gpt-4o: ["pool#1", pool], glm-4: [echo://a, echo://b, pool, pool]}
    "#), @r#"
    error[E104]: model `gpt-4o` names the same target twice
      --> routes.yaml:2:29
       |
     2 | models: {gpt-4o: ["pool#1", pool], glm-4: [echo://a, echo://b, pool, pool]}
       |                   --------  ^^^^ again here
       |                   |
       |                   first here
       = help: a weight says how much a target gets: `to: {a: 2, b: 1}`

    error[E104]: model `glm-4` names the same target twice
      --> routes.yaml:2:70
       |
     2 | models: {gpt-4o: ["pool#1", pool], glm-4: [echo://a, echo://b, pool, pool]}
       |                                                                ----  ^^^^ again here
       |                                                                |
       |                                                                first here
       = help: a weight says how much a target gets: `to: {a: 2, b: 1}`
    "#);
}

#[test]
fn circles_are_told_once_and_whole() {
    insta::assert_snapshot!(refused(r"
        models:
          a: {to: echo://a, fallback: b}
          b: {to: echo://b, fallback: c}
          c: {to: echo://c, fallback: a}
    "), @r"
    error[E110]: fallbacks go in a circle: a -> b -> c -> a
      --> routes.yaml:4:31
       |
     4 |   c: {to: echo://c, fallback: a}
       |                               ^ this closes the circle
    ");

    insta::assert_snapshot!(refused(r"
        models:
          a: {to: echo://a, fallback: a}
          b: {to: echo://b, alias: b}
    "), @r"
    error[E110]: model `a` is its own fallback
      --> routes.yaml:2:31
       |
     2 |   a: {to: echo://a, fallback: a}
       |                               ^ this closes the circle

    error[E110]: model `b` is an alias of itself
      --> routes.yaml:3:28
       |
     3 |   b: {to: echo://b, alias: b}
       |                            ^
       = help: remove it; a model always answers to its own name
    ");
}

#[test]
fn dangling_fallbacks_and_defaults_are_told() {
    insta::assert_snapshot!(refused(r#"
        backends: {blue: echo://blue}
        default: blue
        defaults: {fallback: nowhere}
        models:
          gpt-4o: {to: blue, fallback: [http://h, "a, b"]}
    "#), @r#"
    error[E102]: the default model `blue` is unknown
      --> routes.yaml:2:10
       |
     2 | default: blue
       |          ^^^^ no model has this name
       = help: `blue` is a backend; add `blue: blue` to `models`

    error[E102]: `defaults` fall back to unknown `nowhere`
      --> routes.yaml:3:22
       |
     3 | defaults: {fallback: nowhere}
       |                      ^^^^^^^ no model or backend has this name
       = help: models and backends: blue, gpt-4o

    error[E102]: model `gpt-4o` falls back to unknown `http://h`
      --> routes.yaml:5:33
       |
     5 |   gpt-4o: {to: blue, fallback: [http://h, "a, b"]}
       |                                 ^^^^^^^^ no model or backend has this name
       = help: give the URL a name under `backends`, and write that name here

    error[E102]: model `gpt-4o` falls back to unknown `a, b`
      --> routes.yaml:5:43
       |
     5 |   gpt-4o: {to: blue, fallback: [http://h, "a, b"]}
       |                                           ^^^^^^ no model or backend has this name
       = help: write several as a list: [a, b]
    "#);

    insta::assert_snapshot!(refused(r"
        models: {gpt-4o: echo://a}
        default: gpt-4
    "), @r"
    error[E102]: the default model `gpt-4` is unknown
      --> routes.yaml:2:10
       |
     2 | default: gpt-4
       |          ^^^^^ no model has this name
       = help: did you mean `gpt-4o`?
    ");
}

#[test]
fn names_that_would_forge_lines_are_refused() {
    insta::assert_snapshot!(refused(r#"
        models:
          "a\nb": echo://a
          " c": echo://a
          "": echo://a
          none: echo://a
          http://h: echo://a
        backends:
          "a,b": echo://a
          pool#1: echo://a
    "#), @r#"
    error[E109]: a name can't hold the control character '\n'
      --> routes.yaml:2:3
       |
     2 |   "a\nb": echo://a
       |   ^^^^^^

    error[E109]: a name can't begin or end with a space
      --> routes.yaml:3:3
       |
     3 |   " c": echo://a
       |   ^^^^

    error[E109]: a name can't be empty
      --> routes.yaml:4:3
       |
     4 |   "": echo://a
       |   ^^

    error[E109]: `none` can't be a name, since `fallback: none` means no fallback
      --> routes.yaml:5:3
       |
     5 |   none: echo://a
       |   ^^^^

    error[E109]: a URL can't be the name of a model
      --> routes.yaml:6:3
       |
     6 |   http://h: echo://a
       |   ^^^^^^^^

    error[E109]: a name can't hold a comma, which separates URLs
      --> routes.yaml:8:3
       |
     8 |   "a,b": echo://a
       |   ^^^^^

    error[E109]: a name can't hold `#`, which numbers the members of a pool
      --> routes.yaml:9:3
       |
     9 |   pool#1: echo://a
       |   ^^^^^^
    "#);
}

#[test]
fn a_chain_of_fallbacks_longer_than_any_client_waits_is_refused_and_not_cut() {
    let chain = |length: usize| {
        let links = (0..length).map(|n| format!("  m{n}: {{to: echo://a, fallback: m{}}}\n", n + 1));
        format!("models:\n{}  m{length}: echo://a\n", links.collect::<String>())
    };
    assert!(built(&chain(64)).is_ok());
    let said = refused(&chain(65));
    assert!(said.contains("error[E121]: more than 64 fallbacks in a row\n  --> routes.yaml:2:3"), "{said}");
}
