//! What is said where a limit makes no sense.

use patchbay::table::{AllWell, Supposed};

use super::{built, refused};

#[test]
fn a_limit_that_makes_no_sense_is_told() {
    insta::assert_snapshot!(refused(r"
        models: {m: [a, b, c, d, e, f, g]}
        backends:
          a: {url: echo://a, max_in_flight: 0}
          b: {url: echo://b, max_in_flight: many}
          c: {url: echo://c, max_in_flight: [8]}
          d: {url: echo://d, max_in_flight: {queue: 100}}
          e: {url: echo://e, max_in_flight: {limit: 8, wait: 30s}}
          f: {url: echo://f, max_in_flight: {limit: 8, queue: 100000, depth: 3}}
          g: {url: echo://g, max_in_flight: {limit: 8, queue: 10, wait: 1h}}
    "), @r"
    error[E106]: `0` is no value for `max_in_flight`
      --> routes.yaml:3:37
       |
     3 |   a: {url: echo://a, max_in_flight: 0}
       |                                     ^
       = help: write a whole number from 1 to 1000000

    error[E106]: `many` is no value for `max_in_flight`
      --> routes.yaml:4:37
       |
     4 |   b: {url: echo://b, max_in_flight: many}
       |                                     ^^^^
       = help: write a whole number from 1 to 1000000

    error[E105]: `max_in_flight` must be a map, this is a list
      --> routes.yaml:5:37
       |
     5 |   c: {url: echo://c, max_in_flight: [8]}
       |                                     ^

    error[E123]: `max_in_flight` has no `limit`
      --> routes.yaml:6:37
       |
     6 |   d: {url: echo://d, max_in_flight: {queue: 100}}
       |                                     ^
       = help: say how many requests go on at once: `limit: 8`

    error[E123]: `wait` without a `queue`: nobody waits
      --> routes.yaml:7:54
       |
     7 |   e: {url: echo://e, max_in_flight: {limit: 8, wait: 30s}}
       |                                                      ^^^
       = help: say how many may wait: `queue: 100`

    error[E106]: `100000` is no value for `max_in_flight.queue`
      --> routes.yaml:8:55
       |
     8 |   f: {url: echo://f, max_in_flight: {limit: 8, queue: 100000, depth: 3}}
       |                                                       ^^^^^^
       = help: write a whole number from 0 to 10000

    error[E103]: `max_in_flight` has no key `depth`
      --> routes.yaml:8:63
       |
     8 |   f: {url: echo://f, max_in_flight: {limit: 8, queue: 100000, depth: 3}}
       |                                                               ^^^^^
       = help: its keys: limit, queue, wait

    error[E106]: a request waits for 10 minutes at most
      --> routes.yaml:9:65
       |
     9 |   g: {url: echo://g, max_in_flight: {limit: 8, queue: 10, wait: 1h}}
       |                                                                 ^^
       = help: write `10m` or less
    ");
}

#[test]
fn a_backend_has_the_limit_of_defaults_unless_it_says_otherwise() {
    let yaml = "
        models: {m: ['echo://x', a, b]}
        backends: {a: {url: echo://a, max_in_flight: 3}, b: {url: echo://b, max_in_flight: none}}
        defaults: {max_in_flight: {limit: 8, queue: 100, wait: 1m}}
    ";
    let table = built(yaml).unwrap().table;
    let facts = Supposed::default();
    let explained = table.explain(Some("m"), &facts.facts(), &AllWell, None).unwrap().to_string();
    assert!(explained.contains("name as asked, 8 at once, then 100 wait up to 60s, connect"), "{explained}");
    let limits =
        table.backends().iter().map(|b| (b.name.as_str(), b.max_in_flight.map(|most| most.to_string())));
    insta::assert_debug_snapshot!(limits.collect::<Vec<_>>(), @r#"
    [
        (
            "a",
            Some(
                "3 at once",
            ),
        ),
        (
            "b",
            None,
        ),
        (
            "m",
            Some(
                "8 at once, then 100 wait up to 60s",
            ),
        ),
    ]
    "#);
}

#[test]
fn a_caller_whose_limits_make_no_sense_is_told_and_its_key_is_not() {
    insta::assert_snapshot!(refused(r#"
        models: {m: echo://a}
        keys:
          a: {requests_per_minute: 10}
          b: {key: a-secret-of-b, requests_per_minute: 0}
          c: {key: a-secret-of-c, tokens_per_minute: lots, rpm: 3}
          d: {key: [a-secret-of-d], max_in_flight: 2}
          e: {key: "", max_in_flight: 2000000}
    "#), @r#"
    error[E123]: caller `a` has no `key`
      --> routes.yaml:3:3
       |
     3 |   a: {requests_per_minute: 10}
       |   ^
       = help: add the key that it shows: `key: "${NAME}"`

    error[E106]: `0` is no value for `requests_per_minute`
      --> routes.yaml:4:48
       |
     4 |   b: {key: *************, requests_per_minute: 0}
       |                                                ^
       = help: write a whole number, 1 or more

    error[E106]: `lots` is no value for `tokens_per_minute`
      --> routes.yaml:5:46
       |
     5 |   c: {key: *************, tokens_per_minute: ****, rpm: *}
       |                                              ^^^^
       = help: write a whole number, 1 or more

    error[E103]: a caller has no key `rpm`
      --> routes.yaml:5:52
       |
     5 |   c: {key: *************, tokens_per_minute: ****, rpm: *}
       |                                                    ^^^
       = help: its keys: key, requests_per_minute, tokens_per_minute, max_in_flight

    error[E105]: a caller's key must be a text, this is a list
      --> routes.yaml:6:12
       |
     6 |   d: {key: [*************], max_in_flight: 2}
       |            ^

    error[E115]: the key of caller `e` is empty
      --> routes.yaml:7:12
       |
     7 |   e: {key: **, max_in_flight: 2000000}
       |            ^^
       = help: an empty key would let everyone in
    "#);
}

#[test]
fn an_admin_token_has_no_limits() {
    insta::assert_snapshot!(refused(r"
        models: {m: echo://a}
        server: {admin_token: {ops: {key: a-token-of-20-bytes-, max_in_flight: 2}}}
    "), @r"
    error[E105]: a caller's key must be a text, this is a map
      --> routes.yaml:2:29
       |
     2 | server: {admin_token: {ops: {key: ********************, max_in_flight: 2}}}
       |                             ^
    ");
}

#[test]
fn limits_are_shown_and_keys_are_not() {
    let yaml = "
        models: {m: {to: echo://a, timeout: 100000s}}
        keys: {app: {key: '123456', requests_per_minute: 100000}, me: key-of-me}
    ";
    let table = built(yaml).unwrap().table;
    let shown = patchbay::config::shown_as_yaml(&table);
    assert!(shown.contains("requests_per_minute: 100000"), "{shown}");
    let document = super::routes(yaml);
    let masked = patchbay::config::masked(&[document], Some(&table)).concat();
    assert!(
        masked.contains("timeout: 100000s") && masked.contains("requests_per_minute: 100000"),
        "{masked}"
    );
    for shown in [shown, masked] {
        assert!(!shown.contains("123456") && !shown.contains("key-of-me"), "{shown}");
    }
}
