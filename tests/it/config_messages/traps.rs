//! The ways in which YAML surprises people: each error names that very cause.

use super::refused;

#[test]
fn tabs_are_named() {
    insta::assert_snapshot!(refused(r"
        models:
        	gpt-4o: blue
    "), @r"
    error[E101]: a tab stands in the indentation
      --> routes.yaml:2:1
       |
     2 |     gpt-4o: blue
       | ^^^^ YAML allows only spaces here
       = help: replace each tab by two spaces
    ");
}

#[test]
fn the_full_width_colon_is_named() {
    insta::assert_snapshot!(refused(r"
        models：
          gpt-4o: blue
    "), @r"
    error[E101]: this is the full-width colon `：`
      --> routes.yaml:1:7
       |
     1 | models：
       |       ^^ YAML doesn't know it
       = help: write `: `, the plain colon and a space
    ");

    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o： http://h:8000/v1
    "), @r"
    error[E101]: this is the full-width colon `：`
      --> routes.yaml:2:9
       |
     2 |   gpt-4o： http://h:8000/v1
       |         ^^ YAML doesn't know it
       = help: write `: `, the plain colon and a space
    ");

    insta::assert_snapshot!(refused(r"
        models: {gpt-4o：http://h:8000/v1}
    "), @r"
    error[E101]: this is the full-width colon `：`
      --> routes.yaml:1:16
       |
     1 | models: {gpt-4o：http://h:8000/v1}
       |                ^^ YAML doesn't know it
       = help: write `: `, the plain colon and a space
    ");

    insta::assert_snapshot!(refused(r"
        models: {gpt-4o: echo://a}
        server: {grace：30s}
    "), @r"
    error[E101]: this is the full-width colon `：`
      --> routes.yaml:2:15
       |
     2 | server: {grace：30s}
       |               ^^ YAML doesn't know it
       = help: write `: `, the plain colon and a space
    ");
}

#[test]
fn smart_quotes_are_named() {
    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: “http://h:8000/v1”
    "), @r#"
    error[E101]: this is the typographic quote `“`
      --> routes.yaml:2:11
       |
     2 |   gpt-4o: “http://h:8000/v1”
       |           ^ YAML takes it for a letter
       = help: write `"` or `'`
    "#);

    insta::assert_snapshot!(refused(r"
        models: {“gpt-4o”: echo://a, glm-4: [‘a’]}
    "), @r#"
    error[E101]: this is the typographic quote `“`
      --> routes.yaml:1:10
       |
     1 | models: {“gpt-4o”: echo://a, glm-4: [‘a’]}
       |          ^ YAML takes it for a letter
       = help: write `"` or `'`

    error[E101]: this is the typographic quote `‘`
      --> routes.yaml:1:38
       |
     1 | models: {“gpt-4o”: echo://a, glm-4: [‘a’]}
       |                                      ^ YAML takes it for a letter
       = help: write `"` or `'`
    "#);
}

#[test]
fn an_unquoted_star_is_named() {
    insta::assert_snapshot!(refused(r"
        models:
          *: http://h:8000/v1
    "), @r#"
    error[E101]: an unquoted `*` begins an alias in YAML, not a pattern
      --> routes.yaml:2:3
       |
     2 |   *: http://h:8000/v1
       |   ^
       = help: put it in quotes: "*"
       = help: or, if an anchor was meant: it must stand further up, as `&name`
    "#);

    insta::assert_snapshot!(refused(r"
        models:
          *-mini: http://h:8000/v1
    "), @r#"
    error[E101]: an unquoted `*` begins an alias in YAML, not a pattern
      --> routes.yaml:2:3
       |
     2 |   *-mini: http://h:8000/v1
       |   ^^^^^^
       = help: put it in quotes: "*-mini"
       = help: or, if an anchor was meant: it must stand further up, as `&name`
    "#);

    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: *blue
    "), @r#"
    error[E101]: an unquoted `*` begins an alias in YAML, not a pattern
      --> routes.yaml:2:11
       |
     2 |   gpt-4o: *blue
       |           ^^^^^
       = help: put it in quotes: "*blue"
       = help: or, if an anchor was meant: it must stand further up, as `&name`
    "#);
}

#[test]
fn an_unquoted_variable_within_braces_is_named() {
    insta::assert_snapshot!(refused(r"
        backends:
          cloud: {url: https://h/v1, key: ${OPENAI_API_KEY}}
    "), @r#"
    error[E101]: within `{…}` or `[…]` a `${…}` needs quotes
      --> routes.yaml:2:35
       |
     2 |   cloud: {url: https://h/v1, key: ${OPENAI_API_KEY}}
       |                                   ^^^^^^^^^^^^^^^^^ YAML reads this `{` as the begin of a map
       = help: put it in quotes: "${OPENAI_API_KEY}"
    "#);

    insta::assert_snapshot!(refused(r"
        keys: [${A}, ${B}]
    "), @r#"
    error[E101]: within `{…}` or `[…]` a `${…}` needs quotes
      --> routes.yaml:1:8
       |
     1 | keys: ****** *****
       |        ^^^^ YAML reads this `{` as the begin of a map
       = help: put it in quotes: "${A}"
    "#);
}

#[test]
fn characters_that_yaml_keeps_for_itself_are_named() {
    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: @blue
    "), @r"
    error[E101]: a text can't begin with `@` in YAML
      --> routes.yaml:2:11
       |
     2 |   gpt-4o: @blue
       |           ^
       = help: put the text in quotes
    ");

    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: `blue`
    "), @r"
    error[E101]: a text can't begin with a backtick in YAML
      --> routes.yaml:2:11
       |
     2 |   gpt-4o: `blue`
       |           ^
       = help: put the text in quotes
    ");

    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: %blue
    "), @r"
    error[E101]: a text can't begin with this character in YAML
      --> routes.yaml:2:11
       |
     2 |   gpt-4o: %blue
       |           ^
       = help: put the text in quotes
    ");
}

#[test]
fn a_missing_blank_behind_a_colon_is_named() {
    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o:http://h:8000/v1
    "), @r"
    error[E105]: `models` must be a map, this is a text
      --> routes.yaml:2:3
       |
     2 |   gpt-4o:http://h:8000/v1
       |   ^^^^^^^^^^^^^^^^^^^^^^^
       = help: put a space after the colon
    ");

    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o:http://h:8000/v1
          glm-4: http://h:8001/v1
    "), @r"
    error[E101]: this `:` can't stand here
      --> routes.yaml:3:8
       |
     3 |   glm-4: http://h:8001/v1
       |        ^
       = help: does the line above lack its `: `, or begin in another column than this one?
    ");

    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: {to: echo://a}
        server: {grace:30s}
    "), @r"
    error[E103]: `server` has no key `grace:30s`
      --> routes.yaml:3:10
       |
     3 | server: {grace:30s}
       |          ^^^^^^^^^
       = help: put a space after the colon
    ");
}
