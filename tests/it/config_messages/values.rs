//! Values that make no sense for their key.

use super::refused;

#[test]
fn targets_that_are_missing_are_told() {
    insta::assert_snapshot!(refused(r#"
        models:
          a:
          b: []
          c: {to: }
          d: {fallback: e}
          e: {}
          f: {to: ["", echo://x]}
        backends:
          g:
          h: {key: x}
    "#), @r#"
    error[E123]: model `a` has no target
      --> routes.yaml:2:3
       |
     2 |   a:
       |   ^
       = help: name a backend or a URL, as in `to: NAME`

    error[E123]: model `b` has no target
      --> routes.yaml:3:3
       |
     3 |   b: []
       |   ^
       = help: name a backend or a URL, as in `to: NAME`

    error[E123]: model `c` has no target
      --> routes.yaml:4:3
       |
     4 |   c: {to: }
       |   ^
       = help: name a backend or a URL, as in `to: NAME`

    error[E123]: model `d` has no target
      --> routes.yaml:5:3
       |
     5 |   d: {fallback: e}
       |   ^
       = help: name a backend or a URL, as in `to: NAME`

    error[E123]: model `e` has no target
      --> routes.yaml:6:3
       |
     6 |   e: {}
       |   ^
       = help: name a backend or a URL, as in `to: NAME`

    error[E123]: the target is empty
      --> routes.yaml:7:12
       |
     7 |   f: {to: ["", echo://x]}
       |            ^^
       = help: name a backend or a URL

    error[E123]: backend `g` has no `url`
      --> routes.yaml:9:3
       |
     9 |   g:
       |   ^
       = help: add `url: http://HOST:PORT/v1`

    error[E123]: backend `h` has no `url`
       --> routes.yaml:10:3
        |
     10 |   h: {key: *}
        |   ^
        = help: add `url: http://HOST:PORT/v1`
    "#);
}

#[test]
fn addresses_that_cannot_be_are_told() {
    insta::assert_snapshot!(refused(r#"
        models:
          a: ftp://h/v1
          b: http://user:password@h/v1
          c: http://h:99999
          d: https://
          e: http://h/#x
          f: "http://h1, h2:8000"
          g: echo://
          h: echo://x?speed=9
    "#), @r#"
    error[E108]: `ftp://` isn't a scheme that a backend speaks; use http, https or echo
      --> routes.yaml:2:6
       |
     2 |   a: ftp://h/v1
       |      ^^^^^^^^^^
       = help: addresses look like http://HOST:PORT/v1, https://HOST/v1 or echo://NAME

    error[E108]: the URL holds a user or password, which would print in logs; use `key` or `headers`
      --> routes.yaml:3:6
       |
     3 |   b: http://*************@h/v1
       |      ^^^^^^^^^^^^^^^^^^^^^^^^^
       = help: addresses look like http://HOST:PORT/v1, https://HOST/v1 or echo://NAME

    error[E108]: the URL's port isn't a number from 1 to 65535
      --> routes.yaml:4:6
       |
     4 |   c: http://h:99999
       |      ^^^^^^^^^^^^^^
       = help: addresses look like http://HOST:PORT/v1, https://HOST/v1 or echo://NAME

    error[E108]: the URL names no host
      --> routes.yaml:5:6
       |
     5 |   d: https://
       |      ^^^^^^^^
       = help: addresses look like http://HOST:PORT/v1, https://HOST/v1 or echo://NAME

    error[E108]: the URL holds a `#`; what follows it is never sent
      --> routes.yaml:6:6
       |
     6 |   e: http://h/#x
       |      ^^^^^^^^^^^
       = help: addresses look like http://HOST:PORT/v1, https://HOST/v1 or echo://NAME

    error[E108]: the URL has no `http://` or `https://` in front
      --> routes.yaml:7:18
       |
     7 |   f: "http://h1, h2:8000"
       |                  ^^^^^^^
       = help: addresses look like http://HOST:PORT/v1, https://HOST/v1 or echo://NAME

    error[E108]: an echo backend needs a name: `echo://blue`
      --> routes.yaml:8:6
       |
     8 |   g: echo://
       |      ^^^^^^^
       = help: addresses look like http://HOST:PORT/v1, https://HOST/v1 or echo://NAME

    error[E108]: echo has no parameter `speed`; it has tokens, tps, ttft and fail
      --> routes.yaml:9:6
       |
     9 |   h: echo://x?speed=9
       |      ^^^^^^^^^^^^^^^^
       = help: addresses look like http://HOST:PORT/v1, https://HOST/v1 or echo://NAME
    "#);
}

#[test]
fn weights_of_which_nothing_comes_are_told() {
    insta::assert_snapshot!(refused(r#"
        backends:
          a: echo://a
          pool: "http://h1*0, http://h2*0"
        models:
          m: {a: 0, pool: 0}
          n: {a: half}
          o: {a: 0.5, pool: -1}
    "#), @r#"
    error[E111]: all weights of the pool `pool` are 0
      --> routes.yaml:3:9
       |
     3 |   pool: "http://h1*0, http://h2*0"
       |         ^^^^^^^^^^^^^^^^^^^^^^^^^^

    error[E111]: all weights of model `m` are 0
      --> routes.yaml:5:7
       |
     5 |   m: {a: 0, pool: 0}
       |       ^ no target would get a request
       = help: give at least one target a weight above 0

    error[E106]: `half` is no value for a weight
      --> routes.yaml:6:10
       |
     6 |   n: {a: half}
       |          ^^^^
       = help: write a whole number, 0 or more

    error[E106]: `0.5` is no value for a weight
      --> routes.yaml:7:10
       |
     7 |   o: {a: 0.5, pool: -1}
       |          ^^^
       = help: write a whole number, 0 or more

    error[E106]: `-1` is no value for a weight
      --> routes.yaml:7:21
       |
     7 |   o: {a: 0.5, pool: -1}
       |                     ^^
       = help: write a whole number, 0 or more
    "#);
}

#[test]
fn times_are_told_with_their_unit() {
    insta::assert_snapshot!(refused(r"
        models:
          a: {to: echo://a, timeout: 30}
          b: {to: echo://b, timeout: {connect: 0s, idle: soon}}
          c: {to: echo://c, timeout: {}}
          d: {to: echo://d, timeout: }
    "), @r"
    error[E106]: `30` is no value for `timeout`
      --> routes.yaml:2:30
       |
     2 |   a: {to: echo://a, timeout: 30}
       |                              ^^
       = help: a duration needs a unit: 500ms, 30s, 5m, 1h

    error[E106]: `0s` is no value for `timeout.connect`
      --> routes.yaml:3:40
       |
     3 |   b: {to: echo://b, timeout: {connect: 0s, idle: soon}}
       |                                        ^^
       = help: it must be more than 0

    error[E106]: `soon` is no value for `timeout.idle`
      --> routes.yaml:3:50
       |
     3 |   b: {to: echo://b, timeout: {connect: 0s, idle: soon}}
       |                                                  ^^^^
       = help: durations look like this: 500ms, 30s, 5m, 1h

    error[E105]: `timeout` must be a map, this is nothing
      --> routes.yaml:5:28
       |
     5 |   d: {to: echo://d, timeout: }
       |                            ^
    ");
}

#[test]
fn statuses_that_another_try_cannot_mend_are_refused() {
    insta::assert_snapshot!(refused(r"
        models:
          a: {to: echo://a, retry: {on: [429, 404, 4xx, often]}}
          b: {to: echo://b, retry: 11}
    "), @r"
    error[E106]: `404` is never tried again
      --> routes.yaml:2:39
       |
     2 |   a: {to: echo://a, retry: {on: [429, 404, 4xx, often]}}
       |                                       ^^^ the request itself is at fault
       = help: 400, 401, 403, 404 and 422 would get the same answer from the same model

    error[E106]: `4xx` is never tried again
      --> routes.yaml:2:44
       |
     2 |   a: {to: echo://a, retry: {on: [429, 404, 4xx, often]}}
       |                                            ^^^ the request itself is at fault
       = help: 400, 401, 403, 404 and 422 would get the same answer from the same model

    error[E106]: `often` is nothing to retry on
      --> routes.yaml:2:49
       |
     2 |   a: {to: echo://a, retry: {on: [429, 404, 4xx, often]}}
       |                                                 ^^^^^
       = help: write `connect`, `timeout`, `5xx`, or a status such as 429

    error[E106]: `11` is no value for `retry`
      --> routes.yaml:3:28
       |
     3 |   b: {to: echo://b, retry: 11}
       |                            ^^
       = help: write a whole number from 0 to 10
    ");
}

#[test]
fn only_true_and_false_are_bools() {
    insta::assert_snapshot!(refused(r#"
        models:
          a: {to: echo://a, local_only: yes}
        backends:
          b: {url: echo://b, cloud: "on"}
    "#), @r#"
    error[E106]: `yes` is no value for `local_only`
      --> routes.yaml:2:33
       |
     2 |   a: {to: echo://a, local_only: yes}
       |                                 ^^^
       = help: write `true` or `false`

    error[E106]: `on` is no value for `cloud`
      --> routes.yaml:4:29
       |
     4 |   b: {url: echo://b, cloud: "on"}
       |                             ^^^^
       = help: write `true` or `false`
    "#);
}

#[test]
fn wrong_types_are_told_with_what_was_found() {
    insta::assert_snapshot!(refused(r"
        models: [a, b]
        backends: echo://a
        keys: secret
    "), @r"
    error[E105]: `models` must be a map, this is a list
      --> routes.yaml:1:9
       |
     1 | models: [a, b]
       |         ^

    error[E105]: `backends` must be a map, this is a text
      --> routes.yaml:2:11
       |
     2 | backends: echo://a
       |           ^^^^^^^^
       = help: put a space after the colon

    error[E105]: `keys` must be a list of keys or a map of caller to key, this is a text
      --> routes.yaml:3:7
       |
     3 | keys: ******
       |       ^^^^^^
    ");

    insta::assert_snapshot!(refused(r"
        - a
        - b
    "), @r"
    error[E105]: a table must be a map, this is a list
      --> routes.yaml:1:1
       |
     1 | - a
       | ^
    ");

    insta::assert_snapshot!(refused(r"
        just a text
    "), @r"
    error[E105]: a table must be a map, this is a text
      --> routes.yaml:1:1
       |
     1 | just a text
       | ^^^^^^^^^^^
    ");

    insta::assert_snapshot!(refused(r"
        models:
          a: {to: {echo://a: {weight: 3}}, alias: {b: c}, model: [x]}
    "), @r"
    error[E105]: a weight must be a text, this is a map
      --> routes.yaml:2:22
       |
     2 |   a: {to: {echo://a: {weight: 3}}, alias: {b: c}, model: [x]}
       |                      ^

    error[E105]: `alias` must be a name or a list of names, this is a map
      --> routes.yaml:2:43
       |
     2 |   a: {to: {echo://a: {weight: 3}}, alias: {b: c}, model: [x]}
       |                                           ^

    error[E105]: `model` must be a text, this is a list
      --> routes.yaml:2:58
       |
     2 |   a: {to: {echo://a: {weight: 3}}, alias: {b: c}, model: [x]}
       |                                                          ^
    ");
}

#[test]
fn an_empty_upstream_name_is_told() {
    insta::assert_snapshot!(refused(r#"
        models:
          c: {to: echo://c, model: ""}
    "#), @r#"
    error[E123]: `model` is empty
      --> routes.yaml:2:28
       |
     2 |   c: {to: echo://c, model: ""}
       |                            ^^
       = help: remove the line to send the name that was asked for
    "#);
}
