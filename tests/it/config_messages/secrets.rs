//! A key never shows, wherever the mistake is.

use patchbay::config::{Format, Vars, build};

use super::{document, refused, routes};

#[test]
fn a_key_on_the_line_of_a_mistake_is_starred() {
    insta::assert_snapshot!(refused(r#"
        backends:
          a: {url: ftp://h, key: hunter2-secret, weight: 3}
          b: {url: "http://h?api-key=hunter3-secret#", headers: {x-key: hunter4-secret, host: h}}
        models: {m: [a, b, hunter2-secret]}
    "#), @r#"
    error[E108]: `ftp://` isn't a scheme that a backend speaks; use http, https or echo
      --> routes.yaml:2:12
       |
     2 |   a: {url: ftp://h, key: **************, weight: 3}
       |            ^^^^^^^
       = help: addresses look like http://HOST:PORT/v1, https://HOST/v1 or echo://NAME

    error[E108]: the URL holds a `#`; what follows it is never sent
      --> routes.yaml:3:13
       |
     3 |   b: {url: "http://h?**********************#", headers: {x-key: **************, host: *}}
       |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       = help: addresses look like http://HOST:PORT/v1, https://HOST/v1 or echo://NAME

    error[E115]: the header `host` can't be set
      --> routes.yaml:3:81
       |
     3 |   b: {url: "http://h?**********************#", headers: {x-key: **************, host: *}}
       |                                                                                 ^^^^ the router sets it for each connection

    error[E102]: model `m` points to unknown backend `••••`
      --> routes.yaml:4:20
       |
     4 | models: {m: [a, b, **************]}
       |                    ^^^^^^^^^^^^^^ no backend has this name
       = help: backends: a, b
    "#);
}

#[test]
fn a_key_is_starred_in_a_document_that_cannot_be_parsed() {
    let text = refused(
        "
        backends:
          a:
            url: http://h
            key: hunter2-secret
           model: x
          keys:
            - hunter3-secret
        ",
    );
    assert!(text.contains("begins in a column of its own"), "{text}");
    assert!(!text.contains("hunter"), "{text}");

    let text = refused(r#"keys: ["hunter2-secret", ${B}, sk-1234567890abcdef]"#);
    assert!(text.contains("needs quotes"), "{text}");
    assert!(!text.contains("hunter") && !text.contains("1234567890"), "{text}");
}

#[test]
fn a_key_that_came_from_elsewhere_is_shown_as_it_is_written() {
    let vars: Vars = [("API_KEY".to_owned(), "hunter2-secret".to_owned())].into();
    let secret = document("/run/secrets/k", Format::Secret, "hunter3-secret\n");
    let main = routes("models: {a: \"${API_KEY}\", b: \"${file:/run/secrets/k}\", c: \"${NAME:-nowhere}\"}");
    insta::assert_snapshot!(build(&[main, secret], &vars).unwrap_err(), @r#"
    error[E102]: model `a` points to unknown backend `${API_KEY}`
      --> routes.yaml:1:13
       |
     1 | models: {a: "${API_KEY}", b: "${file:/run/secrets/k}", c: "${NAME:-nowhere}"}
       |             ^^^^^^^^^^^^ no backend has this name
       = help: there are no backends

    error[E102]: model `b` points to unknown backend `${file:/run/secrets/k}`
      --> routes.yaml:1:30
       |
     1 | models: {a: "${API_KEY}", b: "${file:/run/secrets/k}", c: "${NAME:-nowhere}"}
       |                              ^^^^^^^^^^^^^^^^^^^^^^^^ no backend has this name
       = help: there are no backends

    error[E102]: model `c` points to unknown backend `nowhere`
      --> routes.yaml:1:59
       |
     1 | models: {a: "${API_KEY}", b: "${file:/run/secrets/k}", c: "${NAME:-nowhere}"}
       |                                                           ^^^^^^^^^^^^^^^^^^ no backend has this name
       = help: there are no backends
    "#);
}

#[test]
fn a_built_table_never_prints_its_keys() {
    let built = super::built(
        "
        backends: {a: {url: http://h, key: hunter2-secret, headers: {x-key: hunter3-secret}}}
        models: {m: a}
        keys: {me: hunter4-secret}
        ",
    )
    .unwrap();
    assert!(!format!("{built:?}").contains("hunter"), "{built:?}");
}
