//! Keys that the grammar doesn't have, or doesn't have yet.

use super::refused;

#[test]
fn unknown_keys_get_the_key_that_was_meant() {
    insta::assert_snapshot!(refused(r"
        model:
          gpt-4o: echo://a
    "), @r"
    error[E103]: a table has no key `model`
      --> routes.yaml:1:1
       |
     1 | model:
       | ^^^^^
       = help: did you mean `models`?
    ");

    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: {to: echo://a, fallbak: b, timeouts: 3s}
        backends:
          b: {url: echo://b, api_key: x}
    "), @r"
    error[E103]: a model has no key `fallbak`
      --> routes.yaml:2:26
       |
     2 |   gpt-4o: {to: echo://a, fallbak: b, timeouts: 3s}
       |                          ^^^^^^^
       = help: did you mean `fallback`?

    error[E103]: a model has no key `timeouts`
      --> routes.yaml:2:38
       |
     2 |   gpt-4o: {to: echo://a, fallbak: b, timeouts: 3s}
       |                                      ^^^^^^^^
       = help: did you mean `timeout`?

    error[E103]: a backend has no key `api_key`
      --> routes.yaml:4:22
       |
     4 |   b: {url: echo://b, api_key: x}
       |                      ^^^^^^^
       = help: its keys: url, key, model, weight, headers, cloud, continues, state, max_in_flight, slow_start, load, timeout and 7 more
    ");
}

#[test]
fn keys_of_later_versions_are_refused_and_not_ignored() {
    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: {to: echo://a, max_in_flight: 8}
    "), @r"
    error[E107]: `max_in_flight` is not supported yet
      --> routes.yaml:2:26
       |
     2 |   gpt-4o: {to: echo://a, max_in_flight: 8}
       |                          ^^^^^^^^^^^^^
       = help: remove it; nothing is accepted and then ignored
    ");
}

#[test]
fn a_state_that_is_none_is_told() {
    insta::assert_snapshot!(refused(r"
        models: {m: b}
        backends:
          b: {url: echo://b, state: drained}
    "), @"
    error[E106]: `drained` is no value for `state`
      --> routes.yaml:3:29
       |
     3 |   b: {url: echo://b, state: drained}
       |                             ^^^^^^^
       = help: there are `ready`, `drain` and `maint`
    ");
}
