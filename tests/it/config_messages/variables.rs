//! `${…}` in values.

use super::refused;

#[test]
fn a_variable_without_value_is_told_with_its_place() {
    insta::assert_snapshot!(refused(r#"
        backends:
          a: {url: "${URL}", key: "x-${TOKEN}", headers: {x-team: "${TEAM:-search}"}}
        models: {m: a}
    "#), @r#"
    error[E113]: `URL` is not set
      --> routes.yaml:2:13
       |
     2 |   a: {url: "${URL}", key: "x-${TOKEN}", headers: {x-team: "${TEAM:-search}"}}
       |             ^^^^^^
       = help: set it in .env or the environment, or give a default: ${URL:-…}

    error[E113]: `TOKEN` is not set
      --> routes.yaml:2:30
       |
     2 |   a: {url: "${URL}", key: "x-${TOKEN}", headers: {x-team: "${TEAM:-search}"}}
       |                              ^^^^^^^^
       = help: set it in .env or the environment, or give a default: ${TOKEN:-…}
    "#);
}

#[test]
fn variables_stand_in_values_only() {
    insta::assert_snapshot!(refused(r#"
        include: "${DIR:-x}/*.yaml"
        backends: {"${A}": echo://a}
        models: {"${B}": echo://b}
    "#), @r#"
    error[E106]: `x/*.yaml` is no value for `include`
      --> routes.yaml:1:10
       |
     1 | include: "${DIR:-x}/*.yaml"
       |          ^^^^^^^^^^^^^^^^^^
       = help: write the path itself; `${…}` is not filled in here

    error[E109]: `${…}` is filled in within values, not within names
      --> routes.yaml:2:12
       |
     2 | backends: {"${A}": echo://a}
       |            ^^^^^^

    error[E109]: `${…}` is filled in within values, not within names
      --> routes.yaml:3:10
       |
     3 | models: {"${B}": echo://b}
       |          ^^^^^^
    "#);
}

#[test]
fn odd_variables_are_told() {
    insta::assert_snapshot!(refused(r#"
        models:
          a: "${file:/run/secrets/none}"
          b: ${vault:x}
          c: ${1X}
          d: http://${HOST
    "#), @r#"
    error[E114]: can't read `/run/secrets/none`
      --> routes.yaml:2:7
       |
     2 |   a: "${file:/run/secrets/none}"
       |       ^^^^^^^^^^^^^^^^^^^^^^^^^
       = help: is it there, and may this user read it?

    error[E113]: `${vault:…}` is not known; there are `${NAME}`, `${env:NAME}` and `${file:PATH}`
      --> routes.yaml:3:6
       |
     3 |   b: ${vault:x}
       |      ^^^^^^^^^^

    error[E113]: `1X` can't be the name of a variable
      --> routes.yaml:4:6
       |
     4 |   c: ${1X}
       |      ^^^^^

    error[E113]: this `${` has no `}`
      --> routes.yaml:5:13
       |
     5 |   d: http://${HOST
       |             ^^^^^^
    "#);
}
