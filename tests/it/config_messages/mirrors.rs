//! `mirror` and `on_disconnect`, and what is said where they make no sense.

use super::{built, refused};

#[test]
fn a_mirror_that_makes_no_sense_is_told() {
    insta::assert_snapshot!(refused(r"
        backends:
          blue: {url: echo://blue, on_disconnect: stop}
        models:
          a: {to: blue, mirror: {to: bleu}}
          b: {to: blue, mirror: {share: 10%}}
          c: {to: blue, mirror: {to: blue, share: 10}}
          d: {to: blue, mirror: {to: a, share: 0}}
          e: {to: blue, mirror: {to: a}}
          f: {to: blue, mirror: {to: http://h}}
    "), @r"
    error[E106]: `stop` is no value for `on_disconnect`
      --> routes.yaml:2:43
       |
     2 |   blue: {url: echo://blue, on_disconnect: stop}
       |                                           ^^^^
       = help: there are `cancel` and `finish`

    error[E102]: model `a` is mirrored to unknown backend `bleu`
      --> routes.yaml:4:30
       |
     4 |   a: {to: blue, mirror: {to: bleu}}
       |                              ^^^^ no backend has this name
       = help: did you mean `blue`?

    error[E123]: `mirror` has no `to`
      --> routes.yaml:5:25
       |
     5 |   b: {to: blue, mirror: {share: 10%}}
       |                         ^
       = help: name the backend that gets the copies: `to: NAME`

    error[E106]: `10` is no value for `mirror.share`
      --> routes.yaml:6:43
       |
     6 |   c: {to: blue, mirror: {to: blue, share: 10}}
       |                                           ^^
       = help: write a part of all requests, such as 0.1 or 10%

    error[E106]: `0` is no value for `mirror.share`
      --> routes.yaml:7:40
       |
     7 |   d: {to: blue, mirror: {to: a, share: 0}}
       |                                        ^
       = help: write a part of all requests, such as 0.1 or 10%

    error[E102]: model `e` is mirrored to unknown backend `a`
      --> routes.yaml:8:30
       |
     8 |   e: {to: blue, mirror: {to: a}}
       |                              ^ no backend has this name
       = help: `a` is a model; copies go to a backend

    error[E102]: model `f` is mirrored to unknown backend `http://h`
      --> routes.yaml:9:30
       |
     9 |   f: {to: blue, mirror: {to: http://h}}
       |                              ^^^^^^^^ no backend has this name
       = help: give the URL a name under `backends`, and write that name here
    ");
}

#[test]
fn a_local_model_is_not_mirrored_to_the_cloud() {
    insta::assert_snapshot!(refused(r"
        backends:
          house: echo://house
          cloud: {url: echo://cloud, cloud: true}
        models:
          m: {to: house, mirror: {to: cloud}, local_only: true}
    "), @r"
    error[E117]: model `m` is `local_only`, yet reaches a cloud backend
      --> routes.yaml:5:51
       |
     3 |   cloud: {url: echo://cloud, cloud: true}
       |                                     ---- `cloud` is in the cloud
     4 | models:
     5 |   m: {to: house, mirror: {to: cloud}, local_only: true}
       |                                                   ^^^^ promised here
       = help: the way: m -> mirror -> cloud
    ");
}

#[test]
fn a_local_model_is_not_mirrored_to_a_pool_in_the_cloud() {
    for to in ["pool", "pool#2"] {
        let yaml = format!(
            "backends: {{house: 'echo://house', pool: {{url: 'http://a,http://b', cloud: true}}}}\n\
            models: {{m: {{to: house, mirror: {{to: '{to}'}}, local_only: true}}}}\n"
        );
        let said = refused(&yaml);
        assert!(
            said.contains("error[E117]: model `m` is `local_only`, yet reaches a cloud backend"),
            "{said}"
        );
        assert!(said.contains("= help: the way: m -> mirror -> pool"), "{said}");
    }
}

#[test]
fn another_mirror_is_another_table() {
    let with = |share: &str| {
        let yaml = format!(
            "backends: {{a: 'echo://a'}}\nmodels: {{m: {{to: a, mirror: {{to: a, share: {share}}}}}}}\n"
        );
        built(&yaml).unwrap().table
    };
    let (one, two) = (with("0.1"), with("20%"));
    assert_ne!(one.digest(), two.digest());
    assert_eq!(patchbay::table::diff(&one, &two).len(), 1);
    assert_eq!(with("10%").digest(), one.digest());
}
