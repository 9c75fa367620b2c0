//! What is said of `strategy`.

use super::refused;

#[test]
fn a_strategy_that_there_is_not_is_told() {
    insta::assert_snapshot!(refused(r"
        models:
          a: {to: echo://a, strategy: random}
          b: {to: echo://b, strategy: [first]}
          c: {to: echo://c, strategy: {first: {}}}
          d: {to: echo://d, strategy: {}}
    "), @r"
    error[E106]: `random` is no value for `strategy`
      --> routes.yaml:2:31
       |
     2 |   a: {to: echo://a, strategy: random}
       |                               ^^^^^^
       = help: there are `weighted`, `least_busy`, `fastest`, `first` and `sticky`

    error[E105]: `strategy` must be a text, this is a list
      --> routes.yaml:3:31
       |
     3 |   b: {to: echo://b, strategy: [first]}
       |                               ^

    error[E103]: `strategy` has no key `first`
      --> routes.yaml:4:32
       |
     4 |   c: {to: echo://c, strategy: {first: {}}}
       |                                ^^^^^
       = help: its keys: sticky

    error[E123]: `strategy` names none
      --> routes.yaml:5:31
       |
     5 |   d: {to: echo://d, strategy: {}}
       |                               ^
       = help: write a word, or `sticky: {by: caller}`
    ");
}

#[test]
fn what_sticky_goes_by_is_told_where_it_makes_no_sense() {
    insta::assert_snapshot!(refused(r"
        models:
          a: {to: echo://a, strategy: {sticky: header:x-session}}
          b: {to: echo://b, strategy: {sticky: {by: cookie}}}
          c: {to: echo://c, strategy: {sticky: {by: header}}}
          d: {to: echo://d, strategy: {sticky: {by: header, name: x session}}}
          e: {to: echo://e, strategy: {sticky: {by: caller, name: x-session}}}
          f: {to: echo://f, strategy: {sticky: {by: caller, header: x-session}}}
    "), @r"
    error[E105]: `sticky` must be a map, this is a text
      --> routes.yaml:2:40
       |
     2 |   a: {to: echo://a, strategy: {sticky: header:x-session}}
       |                                        ^^^^^^^^^^^^^^^^
       = help: put a space after the colon

    error[E106]: `cookie` is no value for `sticky.by`
      --> routes.yaml:3:45
       |
     3 |   b: {to: echo://b, strategy: {sticky: {by: cookie}}}
       |                                             ^^^^^^
       = help: there are `header`, `caller` and `prompt`

    error[E123]: `sticky` goes by a header without a name
      --> routes.yaml:4:40
       |
     4 |   c: {to: echo://c, strategy: {sticky: {by: header}}}
       |                                        ^
       = help: name it: `sticky: {by: header, name: x-session}`

    error[E106]: `x session` is no value for `sticky.name`
      --> routes.yaml:5:59
       |
     5 |   d: {to: echo://d, strategy: {sticky: {by: header, name: x session}}}
       |                                                           ^^^^^^^^^
       = help: write a header's name, as in `x-session`

    error[E120]: `caller` has no `name`
      --> routes.yaml:6:59
       |
     6 |   e: {to: echo://e, strategy: {sticky: {by: caller, name: x-session}}}
       |                                                           ^^^^^^^^^
       = help: `name` is a header's: `sticky: {by: header, name: x-session}`

    error[E103]: `sticky` has no key `header`
      --> routes.yaml:7:53
       |
     7 |   f: {to: echo://f, strategy: {sticky: {by: caller, header: x-session}}}
       |                                                     ^^^^^^
       = help: its keys: by, name
    ");
}
