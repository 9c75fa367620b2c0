//! `health` and `breaker`: what they may say, and that they are printed as they are read.

use patchbay::config::{ServerSettings, to_yaml};
use patchbay::table::{BreakerLimit, HealthCheck};

use super::{built, refused};

#[test]
fn what_health_and_breaker_cannot_be_is_told() {
    insta::assert_snapshot!(refused(r"
        backends:
          a: {url: http://a, health: yes}
          b: {url: http://b, health: {path: http://evil/health}}
          c: {url: http://c, health: {every: 10ms}}
          d: {url: http://d, health: {down_after: 0}}
          e: {url: http://e, breaker: 3}
          f: {url: http://f, breaker: {failures: 0}}
          g: {url: http://g, health: {after: 2}}
        models: {m: a}
    "), @r"
    error[E106]: `yes` is no value for `health`
      --> routes.yaml:2:30
       |
     2 |   a: {url: http://a, health: yes}
       |                              ^^^
       = help: write `on`, `off`, or a path such as `/health`

    error[E106]: `http://evil/health` is no value for `health.path`
      --> routes.yaml:3:37
       |
     3 |   b: {url: http://b, health: {path: http://evil/health}}
       |                                     ^^^^^^^^^^^^^^^^^^
       = help: write the path only, such as `/health`

    error[E106]: `10ms` is no value for `health.every`
      --> routes.yaml:4:38
       |
     4 |   c: {url: http://c, health: {every: 10ms}}
       |                                      ^^^^
       = help: it goes from 100ms to 1h

    error[E106]: `0` is no value for `health.down_after`
      --> routes.yaml:5:43
       |
     5 |   d: {url: http://d, health: {down_after: 0}}
       |                                           ^
       = help: write a whole number from 1 to 1000

    error[E106]: `3` is no value for `breaker`
      --> routes.yaml:6:31
       |
     6 |   e: {url: http://e, breaker: 3}
       |                               ^
       = help: write `off`, or `{failures: 3}`

    error[E106]: `0` is no value for `breaker.failures`
      --> routes.yaml:7:42
       |
     7 |   f: {url: http://f, breaker: {failures: 0}}
       |                                          ^
       = help: write a whole number from 1 to 1000

    error[E103]: `health` has no key `after`
      --> routes.yaml:8:31
       |
     8 |   g: {url: http://g, health: {after: 2}}
       |                               ^^^^^
       = help: its keys: path, every, timeout, down_after, up_after
    ");
}

#[test]
fn health_is_settled_from_backend_and_defaults_and_printed_as_it_is_read() {
    let table = built(
        r"
        defaults: {health: {every: 1s, down_after: 5}, breaker: {failures: 9}}
        backends:
          a: http://a
          b: {url: http://b, health: /ready?full=1, breaker: off}
          c: {url: http://c, health: off, breaker: {failures: 3}}
          d: {url: http://d, health: {every: 2s, timeout: 500ms, up_after: 4}}
        models: {m: [a, b, c, d]}
        ",
    )
    .unwrap()
    .table;
    let seconds = std::time::Duration::from_secs;
    let a = HealthCheck { every: seconds(1), down_after: 5, ..HealthCheck::default() };
    let b = HealthCheck { path: Some("/ready?full=1".parse().unwrap()), ..a.clone() };
    let d = HealthCheck {
        every: seconds(2),
        timeout: std::time::Duration::from_millis(500),
        up_after: 4,
        ..a.clone()
    };
    let health: Vec<_> = table.backends().iter().map(|backend| backend.health.clone()).collect();
    assert_eq!(health, [Some(a), Some(b), None, Some(d)]);
    let limits: Vec<_> = table.backends().iter().map(|backend| backend.breaker).collect();
    assert_eq!(limits, [Some(9), None, Some(3), Some(9)].map(BreakerLimit));
    let again = built(&to_yaml(&table, &ServerSettings::default())).unwrap().table;
    assert_eq!(again.digest(), table.digest());
}
