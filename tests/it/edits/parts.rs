//! Lists and maps of targets get other members, and the members that stay keep their lines.

use super::{models, several, weights};

#[test]
fn shares_of_a_block_come_and_go_by_lines() {
    let before = "\
models:
  m:
    to:              # two halls
      blue: 90       # hall 1
      # the canary
      'green':  10   # hall 2
    retry: 1
";
    let cases = [
        (
            weights("m", &[("blue", 90), ("green", 5), ("red", 5)]),
            before.replace("10   # hall 2\n", "5   # hall 2\n      red: 5\n"),
        ),
        (
            weights("m", &[("blue", 100)]),
            before.replace("      'green':  10   # hall 2\n", "").replace(": 90", ": 100"),
        ),
        (
            weights("m", &[("red", 10), ("green", 90)]),
            before
                .replace("      blue: 90       # hall 1\n", "      red: 10\n")
                .replace(" 10   #", " 90   #"),
        ),
        (
            several("m", &["blue", "green"]),
            before.replace("blue: 90 ", "- blue ").replace("'green':  10 ", "- green "),
        ),
    ];
    for (change, after) in cases {
        assert_eq!(models(before, &change), after, "{change:?}");
    }
}

#[test]
fn a_block_list_gets_and_loses_lines() {
    let before = "models:\n  m:\n    # why\n    -  blue # b\n\n    # then\n    - \"green\"\n";
    let cases = [
        (several("m", &["blue", "green", "red"]), format!("{before}    - red\n")),
        (
            several("m", &["green", "red"]),
            "models:\n  m:\n    # why\n\n    # then\n    - \"green\"\n    - red\n".to_owned(),
        ),
        (
            several("m", &["green", "blue"]),
            "models:\n  m:\n    # why\n\n    # then\n    - \"green\"\n    -  blue # b\n".to_owned(),
        ),
        (
            weights("m", &[("blue", 3), ("green", 1)]),
            "models:\n  m:\n    # why\n    blue: 3 # b\n\n    # then\n    green: 1\n".to_owned(),
        ),
    ];
    for (change, after) in cases {
        assert_eq!(models(before, &change), after, "{change:?}");
    }
}

#[test]
fn a_list_that_is_not_indented_becomes_a_map_in_brackets() {
    let before = "models:\n  m:\n  - blue\n  - green\n";
    assert_eq!(
        models(before, &weights("m", &[("blue", 3), ("green", 1)])),
        "models:\n  m: {blue: 3, green: 1}\n"
    );
}

#[test]
fn brackets_keep_quotes_and_layout() {
    let cases = [
        ("m: ['blue', green]", several("m", &["blue", "red"]), "m: ['blue', red]"),
        ("m: [ blue ]", several("m", &["blue", "red"]), "m: [ blue, red ]"),
        (
            "m: {\"blue\" : 1, green: '2'}",
            weights("m", &[("green", 3), ("blue", 1), ("red", 4)]),
            "m: {green: '3', \"blue\" : 1, red: 4}",
        ),
        ("m: [blue, green]", weights("m", &[("blue", 1), ("green", 2)]), "m: {blue: 1, green: 2}"),
        ("m: {blue: 1, green: 2}", several("m", &["green", "blue"]), "m: [green, blue]"),
        (
            "m: {\n    blue: 1,  # b\n    green: 2 # g\n  }",
            weights("m", &[("blue", 1), ("green", 2), ("red", 3)]),
            "m: {\n    blue: 1,  # b\n    green: 2, # g\n    red: 3\n  }",
        ),
        (
            "m: {\n    blue: 1,  # b\n    green: 2, # g\n  }",
            several("m", &["green", "red"]),
            "m: [\n    green, # g\n    red,\n  ]",
        ),
        ("m: {blue: 1, # b\n    green: 2}", weights("m", &[("green", 5)]), "m: {green: 5}"),
    ];
    for (before, change, after) in cases {
        assert_eq!(
            models(&format!("models:\n  {before} # c\n"), &change),
            format!("models:\n  {after} # c\n")
        );
    }
}

#[test]
fn shares_of_backends_that_are_called_as_keys_are_not_taken_for_an_object() {
    let before = "models: {m: http://h}\nbackends: {to: echo://t, model: echo://m}\n";
    let documents = [super::routes(before)];
    let edited = super::edited(&documents, &weights("m", &[("model", 1), ("to", 2)])).unwrap().unwrap();
    assert_eq!(edited.text, before.replace("m: http://h", "m: {to: {model: 1, to: 2}}"));
}
