//! What may be said of further tries.

use super::refused;

#[test]
fn a_budget_is_a_share_of_all_requests() {
    insta::assert_snapshot!(refused(r"
        models:
          a: {to: echo://a, retry: {budget: 0.2}}
          b: {to: echo://b, retry: {budget: 120%}}
          c: {to: echo://c, retry: {budget: 20 %}}
    "), @r"
    error[E106]: `0.2` is no value for `retry.budget`
      --> routes.yaml:2:37
       |
     2 |   a: {to: echo://a, retry: {budget: 0.2}}
       |                                     ^^^ not a share from 0% to 100%
       = help: write further tries in percent of all requests, `20%`; a floor of 10 a second comes on top

    error[E106]: `120%` is no value for `retry.budget`
      --> routes.yaml:3:37
       |
     3 |   b: {to: echo://b, retry: {budget: 120%}}
       |                                     ^^^^ not a share from 0% to 100%
       = help: write further tries in percent of all requests, `20%`; a floor of 10 a second comes on top
    ");
}
