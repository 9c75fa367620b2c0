//! A lone `.env` as the table's owner.

use patchbay::config::{Vars, build};
use patchbay::table::BackendState;

use super::{Change, dotenv, edited, refused, several, state, switch, weights};

#[track_caller]
fn env(before: &str, change: &Change) -> String {
    let edited = edited(&[dotenv(before)], change).unwrap_or_else(|error| panic!("{before}{error}")).unwrap();
    if let Err(problems) = build(&[dotenv(&edited.text)], &Vars::new()) {
        panic!("{}\n{problems}", edited.text);
    }
    edited.text
}

const FILE: &str = "\
# DB-GPT
LLM_MODEL=proxyllm
PROXYLLM_BACKEND=gpt-4o
export PROXY_SERVER_URL='http://a/v1'  # hall 1
PROXY_API_KEY=sk-x
QWEN_72B_PROXY_SERVER_URL = http://q , http://r*2
PATCHBAY_MODELS=\"x=http://x; y = http://y1, http://y2*3;z=http://z\" # more
";

#[test]
fn every_kind_of_model_is_changed_at_its_variable() {
    let cases = [
        (switch("gpt-4o", "http://n/v1"), ("'http://a/v1'", "'http://n/v1'")),
        (several("gpt-4o", &["http://n", "http://o"]), ("'http://a/v1'", "'http://n,http://o'")),
        (
            weights("gpt-4o", &[("http://a/v1", 9), ("http://n", 1)]),
            ("'http://a/v1'", "'http://a/v1*9,http://n'"),
        ),
        (switch("qwen-72b", "http://n"), ("http://q , http://r*2", "http://n")),
        (
            weights("qwen-72b", &[("http://q", 3), ("http://r", 1)]),
            ("http://q , http://r*2", "http://q*3 , http://r"),
        ),
        (switch("x", "http://n"), ("x=http://x;", "x=http://n;")),
        (switch("y", "http://n"), ("y = http://y1, http://y2*3;", "y = http://n;")),
        (weights("y", &[("http://y1", 2), ("http://y2", 3)]), ("http://y1,", "http://y1*2,")),
        (switch("z", "http://n"), ("z=http://z\"", "z=http://n\"")),
    ];
    for (change, (old, new)) in cases {
        assert_eq!(env(FILE, &change), FILE.replace(old, new), "{change:?}");
        let windows = FILE.replace('\n', "\r\n");
        assert_eq!(env(&windows, &change), windows.replace(old, new), "{change:?}");
    }
}

#[test]
fn what_is_so_already_is_no_edit() {
    for change in [switch("gpt-4o", "http://a/v1"), weights("y", &[("http://y1", 1), ("http://y2", 3)])] {
        assert_eq!(edited(&[dotenv(FILE)], &change), Ok(None));
    }
}

#[test]
fn the_value_before_and_after_is_told() {
    let edited = edited(&[dotenv(FILE)], &several("y", &["http://n", "http://o"])).unwrap().unwrap();
    assert_eq!(edited.before, "{http://y1: 1, http://y2: 3}");
    assert_eq!(edited.after, "[http://n, http://o]");
}

#[test]
fn an_env_has_addresses_and_no_states() {
    let file = [dotenv(FILE)];
    assert!(refused(&file, &switch("x", "y")).contains("write `y` as http://HOST:PORT/v1"));
    assert!(refused(&file, &state("x", BackendState::Drain)).contains("no backends"));
    assert!(refused(&file, &switch("w", "http://n")).starts_with("no model has the name `w`"));
}
