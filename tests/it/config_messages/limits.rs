//! What is said where a limit makes no sense.

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
