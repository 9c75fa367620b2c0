//! `repair`.

use patchbay::table::Repair;

use super::{built, refused};

#[test]
fn what_can_be_repaired_is_told() {
    insta::assert_snapshot!(refused(r"
        models:
          a: {to: echo://a, repair: [bad_events, usages]}
          b: {to: echo://a, repair: true}
        defaults: {repair: {usage: true}}
    "), @r"
    error[E106]: `usages` is no value for `repair`
      --> routes.yaml:2:42
       |
     2 |   a: {to: echo://a, repair: [bad_events, usages]}
       |                                          ^^^^^^
       = help: there are `bad_events` and `usage`

    error[E106]: `true` is no value for `repair`
      --> routes.yaml:3:29
       |
     3 |   b: {to: echo://a, repair: true}
       |                             ^^^^
       = help: there are `bad_events` and `usage`

    error[E105]: `repair` must be a name or a list of names, this is a map
      --> routes.yaml:4:20
       |
     4 | defaults: {repair: {usage: true}}
       |                    ^
    ");
}

#[test]
fn a_model_repairs_what_it_says_itself_or_else_the_defaults() {
    let yaml = "models:\n  a: echo://a\n  b: {to: echo://a, repair: usage}\n  c: {to: echo://a, repair: none}\n  \
        d: {to: echo://a, repair: []}\ndefaults: {repair: [bad_events]}\n";
    let table = built(yaml).unwrap().table;
    let repairs: Vec<Repair> = table.routes().iter().map(|route| route.repair).collect();
    let (bad_events, usage) =
        (Repair::default().and("bad_events").unwrap(), Repair::default().and("usage").unwrap());
    assert_eq!(repairs, [bad_events, usage, Repair::default(), Repair::default()]);
    let mends: Vec<bool> = table.routes().iter().map(|route| route.mends).collect();
    assert_eq!(mends, [true, true, false, false]);
}

#[test]
fn another_repair_is_another_table() {
    let with = |repair: &str| {
        built(&format!("models: {{m: {{to: 'echo://a', repair: {repair}}}}}\n")).unwrap().table
    };
    let (one, two) = (with("usage"), with("[usage, bad_events]"));
    assert_ne!(one.digest(), two.digest());
    assert_eq!(patchbay::table::diff(&one, &two).len(), 1);
    assert_eq!(with("[bad_events, usage]").digest(), two.digest());
}
