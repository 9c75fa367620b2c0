//! A value is changed at the place that it comes from: a line of `.env`, a default, an include.

use patchbay::config::Vars;
use patchbay::edit::{Edited, edit};

use super::{BACKENDS, Change, dotenv, edited, routes, switch, weights};

fn with_env(model: &str, env: &str, vars: &[(&str, &str)], change: &Change) -> Edited {
    let file = format!("models:\n  m: {model} # c\n{BACKENDS}");
    let vars: Vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    edit(&[routes(&file), dotenv(env)], &vars, change).unwrap().unwrap()
}

#[test]
fn a_variable_of_the_env_is_changed_on_its_line() {
    let cases = [
        ("T=blue\n", "T=green\n"),
        ("# c\n\nA=1\nexport T = 'blue'  # d\nB=2", "# c\n\nA=1\nexport T = 'green'  # d\nB=2"),
        ("T=\"blue\" # d\r\n", "T=\"green\" # d\r\n"),
        ("\u{feff}T=blue# d\n", "\u{feff}T=green\n"),
    ];
    for (before, after) in cases {
        for value in ["${T}", "'${T}'", "${env:T}", "${T:-red}", "${env:T:-red}"] {
            let edited = with_env(value, before, &[("T", "shadowed")], &switch("m", "green"));
            assert_eq!((edited.document, edited.text.as_str()), (1, after), "{value}");
        }
    }
}

#[test]
fn an_empty_line_of_the_env_is_filled() {
    for (before, after) in [("T=\n", "T=green\n"), ("T= # d\n", "T= green # d\n"), ("T=''", "T='green'")] {
        let edited = with_env("${T:-red}", before, &[], &switch("m", "green"));
        assert_eq!((edited.document, edited.text.as_str()), (1, after));
    }
}

#[test]
fn a_variable_of_the_process_gets_a_line_in_the_env_which_goes_before_it() {
    for (before, after) in [
        ("A=1\n", "A=1\nT=green\n"),
        ("A=1", "A=1\nT=green"),
        ("", "T=green\n"),
        ("A=1\r\n", "A=1\r\nT=green\r\n"),
    ] {
        let edited = with_env("${T}", before, &[("T", "blue")], &switch("m", "green"));
        assert_eq!((edited.document, edited.text.as_str()), (1, after));
        assert_eq!(edited.before, "blue");
    }
}

#[test]
fn without_an_env_a_variable_of_the_process_is_written_out() {
    let file = format!("models:\n  m: ${{T}} # c\n{BACKENDS}");
    let vars = Vars::from([("T".to_owned(), "blue".to_owned())]);
    let edited = edit(&[routes(&file)], &vars, &switch("m", "green")).unwrap().unwrap();
    assert_eq!((edited.document, edited.text), (0, file.replace("${T}", "green")));
}

#[test]
fn a_default_that_counts_is_changed_as_the_default() {
    for (before, after) in [
        ("${T:-blue}", "${T:-green}"),
        ("\"${T:-blue}\"", "\"${T:-green}\""),
        ("'${T:-${U:-blue}}'", "'${T:-${U:-green}}'"),
    ] {
        let edited = with_env(before, "A=1\n", &[("U", "")], &switch("m", "green"));
        assert_eq!(
            (edited.document, edited.text.as_str()),
            (0, &*format!("models:\n  m: {after} # c\n{BACKENDS}"))
        );
    }
}

#[test]
fn a_variable_that_others_use_stays_theirs() {
    let file = format!("models: {{m: '${{T}}', n: '${{T:-x}}'}}\nkeys: ['k${{U}}']\n{BACKENDS}");
    let documents = [routes(&file), dotenv("T=blue\nU=1\n")];
    let edited = edited(&documents, &switch("m", "green")).unwrap().unwrap();
    assert_eq!((edited.document, edited.text), (0, file.replace("m: '${T}'", "m: 'green'")));
}

#[test]
fn a_variable_that_is_only_a_part_is_written_out() {
    let edited = with_env("http://${H}:8000/v1", "H=h\n", &[], &switch("m", "green"));
    assert_eq!((edited.document, edited.before.as_str()), (0, "http://h:8000/v1"));
    assert!(edited.text.contains("m: green # c\n"));
    let edited =
        with_env("{blue: '${W}', green: 10}", "W=5\n", &[], &weights("m", &[("blue", 7), ("green", 10)]));
    assert!(edited.text.contains("{blue: '7', green: 10} # c\n"), "{}", edited.text);
}

#[test]
fn a_model_of_an_include_is_changed_there() {
    let main = format!("include: [more.yaml]\nmodels: {{a: blue}}\n{BACKENDS}");
    let more = "models:\n  m: blue # c\nbackends:\n  own: http://h\n";
    let documents = [dotenv(""), routes(&main), routes(more)];
    let changed = edited(&documents, &switch("m", "own")).unwrap().unwrap();
    assert_eq!((changed.document, changed.text.as_str()), (2, &*more.replace("blue", "own")));
    let changed = edited(&documents, &super::state("own", super::BackendState::Maint)).unwrap().unwrap();
    assert_eq!(
        (changed.document, changed.text),
        (2, more.replace("http://h", "{url: http://h, state: maint}"))
    );
    let changed = edited(&documents, &switch("a", "own")).unwrap().unwrap();
    assert_eq!(changed.document, 1);
}
