//! `switch` and `weight` in routes.yaml.

use super::{edited, models, refused, routes, several, switch, weights};

#[test]
fn only_the_target_is_written_anew() {
    let cases = [
        ("models:\n  m: blue\n", "models:\n  m: green\n"),
        ("models:\n  m:   blue  # now\t# 蓝\n", "models:\n  m:   green  # now\t# 蓝\n"),
        ("models:\n  m: 'blue'\n", "models:\n  m: 'green'\n"),
        ("models:\n  \"m\" : \"blue\" # c\n", "models:\n  \"m\" : \"green\" # c\n"),
        ("models: {m: blue, n: blue}\n", "models: {m: green, n: blue}\n"),
        ("models:\n  m: {to: blue, fallback: red}\n", "models:\n  m: {to: green, fallback: red}\n"),
        (
            "models:\n  m:\n    # why\n    fallback: red\n    to:  blue\n",
            "models:\n  m:\n    # why\n    fallback: red\n    to:  green\n",
        ),
        ("models:\n  m:\n    blue # c\n", "models:\n  m:\n    green # c\n"),
        ("---\nmodels:\n  m: blue\n\n", "---\nmodels:\n  m: green\n\n"),
        ("models:\r\n  m: blue # c\r\n", "models:\r\n  m: green # c\r\n"),
        ("\u{feff}models:\n  m: blue\n", "\u{feff}models:\n  m: green\n"),
        ("models:\n  m: >-\n    blue\n  # c\n", "models:\n  m: green\n  # c\n"),
        ("models:\n  m: http://h:1/v1\n", "models:\n  m: green\n"),
        ("models:\n  m: [blue, red]\n", "models:\n  m: green\n"),
        ("models:\n  m: {blue: 90, red: 10} # c\n", "models:\n  m: green # c\n"),
        (
            "models:\n  m:\n    to: # c\n      blue: 1\n      # d\n      red: 2 # e\n    retry: 1\n",
            "models:\n  m:\n    to: green # c\n      # d\n    retry: 1\n",
        ),
        ("models:\n  m:\n  - blue\n  - red\n", "models:\n  m: green\n"),
        ("models:\n  ? m\n  : blue\n", "models:\n  ? m\n  : green\n"),
        ("models:\n  m: !!str blue\n", "models:\n  m: !!str green\n"),
    ];
    for (before, after) in cases {
        assert_eq!(models(before, &switch("m", "green")), after);
    }
}

#[test]
fn a_file_may_end_without_a_line_end() {
    let file = "backends: {blue: echo://b, green: echo://g}\nmodels:\n  m:";
    for old in [" blue", " [blue]", "\n  - green\n  - blue", "\n    green: 1\n    blue: 2"] {
        let text =
            edited(&[routes(&format!("{file}{old}"))], &switch("m", "green")).expect(old).unwrap().text;
        assert_eq!(text, format!("{file} green"), "{old:?}");
    }
}

#[test]
fn an_anchor_of_others_stays_theirs() {
    let cases = [
        ("models:\n  m: &x blue\n", "models:\n  m: &x green\n"),
        ("models:\n  n: &x blue\n  m: *x # c\n", "models:\n  n: &x blue\n  m: green # c\n"),
        ("models:\n  m: &x blue # c\n  n: *x\n  o: *x\n", "models:\n  m: green # c\n  n: &x blue\n  o: *x\n"),
        (
            "models:\n  n: &x {to: blue, retry: 1}\n  m: *x\n",
            "models:\n  n: &x {to: blue, retry: 1}\n  m: {<<: *x, to: green}\n",
        ),
        (
            "models:\n  n: &x {to: blue, retry: 1}\n  m: {<<: *x, alias: k}\n",
            "models:\n  n: &x {to: blue, retry: 1}\n  m: {<<: *x, alias: k, to: green}\n",
        ),
        (
            "models:\n  n: &x\n    to: blue\n    retry: 1\n  m:\n    <<: *x # c\n    alias: k\n",
            "models:\n  n: &x\n    to: blue\n    retry: 1\n  m:\n    <<: *x # c\n    to: green\n    alias: k\n",
        ),
        (
            "models:\n  m: &x\n    to: blue\n    retry: 1\n  n:\n    <<: *x\n    to: red\n",
            "models:\n  m: &x\n    to: green\n    retry: 1\n  n:\n    <<: *x\n    to: red\n",
        ),
    ];
    for (before, after) in cases {
        assert_eq!(models(before, &switch("m", "green")), after);
    }
}

#[test]
fn a_model_is_found_by_every_name_it_has() {
    let before = "models:\n  a: {to: blue, alias: [b, 'c*']}\n  gpt-*: blue\n";
    let after = "models:\n  a: {to: green, alias: [b, 'c*']}\n  gpt-*: blue\n";
    for name in ["a", "b", "c*"] {
        assert_eq!(models(before, &switch(name, "green")), after);
    }
    assert_eq!(models(before, &switch("gpt-*", "green")), before.replace("gpt-*: blue", "gpt-*: green"));
}

#[test]
fn names_get_quotes_where_yaml_needs_some() {
    for (name, written) in [
        ("qwen:7b", "\"qwen:7b\""),
        ("yes", "\"yes\""),
        ("12", "\"12\""),
        ("1e3", "\"1e3\""),
        ("*", "\"*\""),
        ("a b", "a b"),
        ("{x}", "\"{x}\""),
        ("a'b", "\"a'b\""),
        ("a\"b", "\"a\\\"b\""),
        ("null", "\"null\""),
        ("${X}", "$${X}"),
        ("é", "é"),
        ("- a", "\"- a\""),
        ("a #b", "\"a #b\""),
    ] {
        let key = format!("'{}'", name.replace('\'', "''"));
        let file = format!("backends: {{{key}: echo://a}}\nmodels:\n  m: echo://b\n");
        let text = edited(&[routes(&file)], &switch("m", name)).expect(name).unwrap().text;
        assert_eq!(text, file.replace("m: echo://b", &format!("m: {written}")));
    }
}

#[test]
fn several_targets_and_shares_are_written_as_the_value_was() {
    let cases = [
        (
            "models:\n  m: blue # c\n",
            weights("m", &[("blue", 90), ("green", 10)]),
            "models:\n  m: {blue: 90, green: 10} # c\n",
        ),
        (
            "models:\n  m: blue # c\n",
            several("m", &["green", "http://h:1"]),
            "models:\n  m: [green, http://h:1] # c\n",
        ),
        (
            "models:\n  m: {to: {blue: 90, green: 10}}\n",
            weights("m", &[("green", 20), ("blue", 80)]),
            "models:\n  m: {to: {blue: 80, green: 20}}\n",
        ),
        (
            "models:\n  m:\n    to:\n      blue: 90 # old\n      # new\n      green: '10'\n",
            weights("m", &[("blue", 50), ("green", 50)]),
            "models:\n  m:\n    to:\n      blue: 50 # old\n      # new\n      green: '50'\n",
        ),
        (
            "models:\n  m: { blue: 90, green: 10 }\n",
            weights("m", &[("blue", 50), ("red", 50)]),
            "models:\n  m: { blue: 50, red: 50 }\n",
        ),
        (
            "models:\n  m: blue\n",
            weights("m", &[("http://h:1", 1), ("red", 5)]),
            "models:\n  m: {\"http://h:1\": 1, red: 5}\n",
        ),
    ];
    for (before, change, after) in cases {
        assert_eq!(models(before, &change), after);
    }
}

#[test]
fn what_is_so_already_is_no_edit() {
    let file = "models: {m: blue, l: [blue, green], w: {blue: 1, green: 2}}\nbackends: {blue: echo://b, green: echo://g}\n";
    for change in
        [switch("m", "blue"), several("l", &["blue", "green"]), weights("w", &[("green", 2), ("blue", 1)])]
    {
        assert_eq!(edited(&[routes(file)], &change), Ok(None));
    }
}

#[test]
fn the_value_before_and_after_is_told() {
    let file = "models: {m: 'blue', w: {blue: 1, green: 2}}\nbackends: {blue: echo://b, green: echo://g}\n";
    let told = |change| {
        let edited = edited(&[routes(file)], &change).unwrap().unwrap();
        format!("{} -> {}", edited.before, edited.after)
    };
    assert_eq!(told(switch("m", "green")), "blue -> green");
    assert_eq!(
        told(weights("w", &[("green", 1), ("blue", 1)])),
        "{blue: 1, green: 2} -> {green: 1, blue: 1}"
    );
    assert_eq!(
        told(several("w", &["green", "http://h?key=k"])),
        "{blue: 1, green: 2} -> [green, http://h?…]"
    );
}

#[test]
fn unknown_names_are_told_with_the_nearest() {
    let file = [routes("models: {gpt-4o: blue}\nbackends: {blue: echo://b, pool: 'http://a,http://b'}\n")];
    assert_eq!(
        refused(&file, &switch("gpt-40", "blue")),
        "no model has the name `gpt-40`; did you mean `gpt-4o`?"
    );
    assert_eq!(
        refused(&file, &switch("gpt-4o", "bleu")),
        "no backend has the name `bleu`; did you mean `blue`?"
    );
    assert_eq!(
        refused(&file, &switch("gpt-4o", "gpt-4o")),
        "`gpt-4o` is a model; a target is a backend or a URL"
    );
    let globs = [routes("models: {'gpt-*': http://h}")];
    assert!(
        refused(&globs, &switch("gpt-5", "http://i"))
            .ends_with("the glob `gpt-*` answers for it, and is what can be changed")
    );
    assert!(edited(&file, &switch("gpt-4o", "pool#2")).is_ok());
    assert!(refused(&file, &switch("gpt-4o", "pool#3")).starts_with("no backend"));
}
