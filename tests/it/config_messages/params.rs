//! `params`, and what is said where they make no sense.

use super::{built, refused};

#[test]
fn params_that_make_no_sense_are_told() {
    insta::assert_snapshot!(refused(r"
        backends:
          a: {url: echo://a, params: {set: {model: other}, drop: model}}
          b: {url: echo://b, params: {rename: {model: name, a: b, b: c}, add: {x: 1}}}
          c: {url: echo://c, params: {default: 5, answers: {a: b, b: c}}}
        models: {m: a}
    "), @r"
    error[E106]: `params` can't change `model`
      --> routes.yaml:2:37
       |
     2 |   a: {url: echo://a, params: {set: {model: other}, drop: model}}
       |                                     ^^^^^
       = help: the key `model`, beside `params`, is the name that is sent

    error[E106]: `params` can't change `model`
      --> routes.yaml:2:58
       |
     2 |   a: {url: echo://a, params: {set: {model: other}, drop: model}}
       |                                                          ^^^^^
       = help: the key `model`, beside `params`, is the name that is sent

    error[E106]: `params` can't change `model`
      --> routes.yaml:3:40
       |
     3 |   b: {url: echo://b, params: {rename: {model: name, a: b, b: c}, add: {x: 1}}}
       |                                        ^^^^^
       = help: the key `model`, beside `params`, is the name that is sent

    error[E106]: `b` is an old name and a new one
      --> routes.yaml:3:56
       |
     3 |   b: {url: echo://b, params: {rename: {model: name, a: b, b: c}, add: {x: 1}}}
       |                                                        ^
       = help: write the old name to the left, the new one to the right, and each on one side

    error[E103]: `params` has no key `add`
      --> routes.yaml:3:66
       |
     3 |   b: {url: echo://b, params: {rename: {model: name, a: b, b: c}, add: {x: 1}}}
       |                                                                  ^^^
       = help: its keys: rename, drop, default, set, answers

    error[E105]: `params.default` must be a map, this is a text
      --> routes.yaml:4:40
       |
     4 |   c: {url: echo://c, params: {default: 5, answers: {a: b, b: c}}}
       |                                        ^

    error[E106]: `b` is an old name and a new one
      --> routes.yaml:4:56
       |
     4 |   c: {url: echo://c, params: {default: 5, answers: {a: b, b: c}}}
       |                                                        ^
       = help: write the old name to the left, the new one to the right, and each on one side
    ");
}

#[test]
fn edited_params_make_another_table_of_the_same_backend() {
    let with = |params: &str| {
        built(&format!("backends: {{a: {{url: 'echo://a', params: {params}}}}}\nmodels: {{m: a}}\n"))
            .unwrap()
            .table
    };
    let (one, two) = (with("{set: {n: 1}}"), with("{set: {n: 2}}"));
    assert_ne!(one.digest(), two.digest());
    assert_eq!(one.backends()[0].identity(), two.backends()[0].identity());
    assert_eq!(patchbay::table::diff(&one, &two).len(), 1);
    assert!(!one.routes()[0].mends && with("{answers: {a: b}}").routes()[0].mends);
}
