//! Documents that can't be a table at all, and reports as a whole.

use super::refused;

#[test]
fn an_empty_table_is_refused() {
    insta::assert_snapshot!(refused(r"
        models: {}
    "), @r"
    error[E112]: no models in `routes.yaml`
      --> routes.yaml:1:1
       |
     1 | models: {}
       | ^
       = help: add one: `models: {NAME: URL}`
    ");

    insta::assert_snapshot!(refused(r"
        backends: {a: echo://a}
    "), @r"
    error[E112]: no models in `routes.yaml`
      --> routes.yaml:1:1
       |
     1 | backends: {a: echo://a}
       | ^
       = help: add one: `models: {NAME: URL}`
    ");
}

#[test]
fn a_second_document_is_refused() {
    insta::assert_snapshot!(refused(r"
        models: {a: echo://a}
        ---
        models: {b: echo://b}
    "), @r"
    error[E119]: a second document begins here
      --> routes.yaml:2:1
       |
     2 | ---
       | ^^^ everything below this line would be ignored
       = help: keep one table in a file; remove the `---`
    ");
}

#[test]
fn conflict_markers_are_named() {
    insta::assert_snapshot!(refused(r"
        models:
        <<<<<<< HEAD
          a: echo://a
        =======
          a: echo://b
        >>>>>>> other
    "), @r"
    error[E119]: this is a conflict marker of a merge
      --> routes.yaml:2:1
       |
     2 | <<<<<<< HEAD
       | ^^^^^^^^^^^^
       = help: finish the merge, then save
    ");
}

#[test]
fn comments_alone_are_no_table() {
    insta::assert_snapshot!(refused(r"
        # models:
        #   a: b
    "), @r"
    error[E119]: `routes.yaml` holds only comments
      --> routes.yaml:1:1
       |
     1 | # models:
       | ^
       = help: add a model: `models: {NAME: URL}`
    ");
}

#[test]
fn a_stored_login_page_is_named() {
    insta::assert_snapshot!(refused(r"
        <!DOCTYPE html>
        <html><body>Sign in</body></html>
    "), @r"
    error[E119]: `routes.yaml` is an HTML or XML page, not YAML
      --> routes.yaml:1:1
       |
     1 | <!DOCTYPE html>
       | ^
       = help: a login or error page was stored in place of the file
    ");
}

#[test]
fn problems_stand_in_the_order_of_the_file_and_all_at_once() {
    insta::assert_snapshot!(refused(r"
        backends:
          a: {url: http://h, colour: red}
          b: gopher://h
        models:
          m: c
          n: {to: a, fallback: o}
        defalt: m
    "), @r"
    error[E103]: a backend has no key `colour`
      --> routes.yaml:2:22
       |
     2 |   a: {url: http://h, colour: red}
       |                      ^^^^^^
       = help: did you mean `cloud`?

    error[E108]: `gopher://` isn't a scheme that a backend speaks; use http, https or echo
      --> routes.yaml:3:6
       |
     3 |   b: gopher://h
       |      ^^^^^^^^^^
       = help: addresses look like http://HOST:PORT/v1, https://HOST/v1 or echo://NAME

    error[E102]: model `m` points to unknown backend `c`
      --> routes.yaml:5:6
       |
     5 |   m: c
       |      ^ no backend has this name
       = help: backends: a, b

    error[E102]: model `n` falls back to unknown `o`
      --> routes.yaml:6:24
       |
     6 |   n: {to: a, fallback: o}
       |                        ^ no model or backend has this name
       = help: models and backends: a, b, m, n

    error[E103]: a table has no key `defalt`
      --> routes.yaml:7:1
       |
     7 | defalt: m
       | ^^^^^^
       = help: did you mean `default`?
    ");
}
