//! YAML that can't be read, said without the words of its specification.

use super::refused;

#[test]
fn a_second_colon_is_named() {
    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: blue: green
    "), @r"
    error[E101]: a second `: ` stands on this line
      --> routes.yaml:2:15
       |
     2 |   gpt-4o: blue: green
       |               ^
       = help: put the value in quotes, or begin a new line
    ");
}

#[test]
fn columns_that_fit_nothing_are_named() {
    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: blue
         glm-4: green
    "), @r"
    error[E101]: this line begins in a column of its own
      --> routes.yaml:3:2
       |
     3 |  glm-4: green
       |  ^
       = help: lines of one block begin in the same column
    ");

    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: blue
           glm-4: green
    "), @r"
    error[E101]: this `:` can't stand here
      --> routes.yaml:3:9
       |
     3 |    glm-4: green
       |         ^
       = help: does the line above lack its `: `, or begin in another column than this one?
    ");

    insta::assert_snapshot!(refused(r"
        models:
          - gpt-4o
          glm-4: green
    "), @r"
    error[E101]: a list and a map are mixed here
      --> routes.yaml:3:3
       |
     3 |   glm-4: green
       |   ^
       = help: either every line of a block begins with `- `, or none
    ");
}

#[test]
fn brackets_and_quotes_are_followed_to_where_they_open() {
    insta::assert_snapshot!(refused(r"
        models: {gpt-4o: {to: blue}
    "), @r"
    error[E101]: this bracket is never closed
      --> routes.yaml:1:9
       |
     1 | models: {gpt-4o: {to: blue}
       |         ^
       = help: was the file saved whole?
    ");

    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: [blue, green
    "), @r"
    error[E101]: this bracket is never closed
      --> routes.yaml:2:11
       |
     2 |   gpt-4o: [blue, green
       |           ^
       = help: was the file saved whole?
    ");

    insta::assert_snapshot!(refused(r#"
        models:
          gpt-4o: "blue
          glm-4: green
    "#), @r#"
    error[E101]: this quote is never closed
      --> routes.yaml:2:11
       |
     2 |   gpt-4o: "blue
       |           ^
       = help: was the file saved whole?
    "#);

    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: {to: blue fallback: green}
    "), @r"
    error[E101]: a `,` or `}` is missing before this
      --> routes.yaml:2:29
       |
     2 |   gpt-4o: {to: blue fallback: green}
       |                             ^
       = help: entries within `{…}` are separated by commas
    ");

    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: 'blue's'
    "), @r"
    error[E101]: this stands behind a closing quote
      --> routes.yaml:2:17
       |
     2 |   gpt-4o: 'blue's'
       |                 ^
       = help: put the whole value within the quotes; a `'` within single ones is written twice
    ");

    insta::assert_snapshot!(refused(r"
        models: {gpt-4o: blue}}
    "), @r"
    error[E101]: this bracket closes nothing
      --> routes.yaml:1:23
       |
     1 | models: {gpt-4o: blue}}
       |                       ^
       = help: remove it, or put the text in quotes
    ");

    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: - blue
    "), @r"
    error[E101]: a list can't begin on the line of its key
      --> routes.yaml:2:11
       |
     2 |   gpt-4o: - blue
       |           ^
       = help: begin a new line, or write [a, b]
    ");
}

#[test]
fn tags_and_odd_keys_are_refused() {
    insta::assert_snapshot!(refused(r"
        models:
          gpt-4o: !env TARGET
    "), @r"
    error[E101]: tags such as `!name` mean nothing here
      --> routes.yaml:2:16
       |
     2 |   gpt-4o: !env TARGET
       |                ^^^^^^
    ");

    insta::assert_snapshot!(refused(r"
        models:
          ? [a, b]
          : blue
    "), @r"
    error[E105]: a list can't be a key
      --> routes.yaml:2:5
       |
     2 |   ? [a, b]
       |     ^
    ");

    insta::assert_snapshot!(refused(r"
        models: &all {gpt-4o: [*all]}
    "), @r"
    error[E110]: an anchor can't hold itself
      --> routes.yaml:1:24
       |
     1 | models: &all {gpt-4o: [*all]}
       |                        ^^^^
    ");
}
