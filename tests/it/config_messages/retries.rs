//! What may be said of further tries.

use super::refused;

#[test]
fn a_budget_is_a_share_of_all_requests() {
    insta::assert_snapshot!(refused(r"
        models:
          a: {to: echo://a, retry: {budget: 0.2}}
          b: {to: echo://b, retry: {budget: 120%}}
          c: {to: echo://c, retry: {budget: [20%]}}
          d: {to: echo://d, retry: {budget: 20 %}}
    "), @"");
}
