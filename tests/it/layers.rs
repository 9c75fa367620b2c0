//! The house's walls: who may use whom, what a pure room may touch, how long a file may be.
//!
//! `ARCHITECTURE.md` says it in words; this list is what holds.

mod paths;
mod rules;

use std::path::{Path, PathBuf};

use rules::{Source, problems};

/// Reads every Rust file below a folder of the project.
fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                found.push(Source::new(&name, &std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

#[test]
fn every_room_keeps_to_its_walls() {
    let sources = sources("src");
    assert!(sources.len() > 20, "the sources of the project were not found");
    let problems = problems(&sources);
    assert!(
        problems.is_empty(),
        "\n\n{}\n\nThe rules are in tests/it/layers/rules.rs\n",
        problems.join("\n")
    );
}

#[test]
fn no_file_has_more_than_400_lines() {
    let long: Vec<String> = ["src", "tests"]
        .iter()
        .flat_map(|folder| sources(folder))
        .filter(|source| source.lines() > 400)
        .map(|source| format!("{}: {} lines; look for its second concept", source.path, source.lines()))
        .collect();
    assert!(long.is_empty(), "\n\n{}\n", long.join("\n"));
}

fn problems_of(files: &[(&str, &str)]) -> Vec<String> {
    problems(&files.iter().map(|(path, text)| Source::new(path, text)).collect::<Vec<_>>())
}

#[test]
fn a_planted_forbidden_edge_is_found() {
    let files = [
        ("src/table/mod.rs", ""),
        ("src/config/mod.rs", "use crate::table::Route;\n"),
        ("src/table/route.rs", "//! Routes.\n\nuse crate::config::Document;\n"),
    ];
    let found = problems_of(&files);
    assert_eq!(
        found,
        [
            "src/table/route.rs:3: `table` may not use `config` (crate::config::Document); it may use pem",
            "rooms in a circle: config -> table -> config",
        ]
    );
}

#[test]
fn every_way_to_write_an_edge_is_seen() {
    let room = ("src/reload/mod.rs", "");
    for text in [
        "use crate::reload;",
        "use crate::{table::Route, reload::Reload};",
        "use crate::{\n  table::{Route, Tier},\n  reload as r,\n};",
        "fn f() { crate::reload::start(); }",
        "fn f(x: Vec<crate::reload::Reload>) {}",
        "use super::super::reload::Reload;",
        "mod tests { use super::super::super::reload::Reload; }",
        "pub use ::patchbay::reload::Reload;",
    ] {
        let found = problems_of(&[room, ("src/relay/head.rs", text), ("src/table/mod.rs", "")]);
        assert!(
            found.iter().any(|problem| problem.contains("`relay` may not use `reload`")),
            "not seen in {text:?}: {found:?}"
        );
    }
}

#[test]
fn comments_texts_and_own_paths_are_no_edges() {
    let files = [
        ("src/reload/mod.rs", ""),
        ("src/relay/mod.rs", "mod tests { use super::*; use super::head::Head; }"),
        (
            "src/relay/head.rs",
            r##"
            //! See [`crate::reload`].
            /* crate::reload /* crate::reload */ crate::reload */
            const TEXT: &str = "crate::reload \" crate::reload";
            const RAW: &str = r#"crate::reload " crate::reload"#;
            const QUOTE: char = '"'; fn f<'a>(x: &'a str) {}
            use super::forward; use crate::relay::stream;
            mod tests { use super::super::body; }
            "##,
        ),
    ];
    assert_eq!(problems_of(&files), Vec::<String>::new());
}

#[test]
fn a_clock_or_a_file_in_a_pure_room_is_found() {
    for (room, text) in [
        ("table", "use std::fs;"),
        ("table", "use std::{fmt, env::var};"),
        ("config", "fn f() { let _ = std::fs::read(\"x\"); }"),
        ("config", "use tokio::time::sleep;"),
        ("config", "fn f(p: &Path) -> bool { p.exists() }"),
        ("edit", "fn f() { tracing::info!(\"x\"); }"),
        ("load", "fn f() -> Instant { Instant::now() }"),
        ("load", "fn f() -> u64 { std::time::SystemTime::now().elapsed() }"),
        ("table", "use rand::random;"),
        ("relay", "use axum::Router;"),
        ("live", "use serde_yaml::Value;"),
        ("control", "fn f(live: &Live) { live.swap(next); }"),
    ] {
        let found = problems_of(&[(format!("src/{room}/it.rs").as_str(), text)]);
        assert_eq!(found.len(), 1, "{room}: {text:?} gave {found:?}");
    }
    let harmless = [
        ("src/table/it.rs", "#[cfg(test)]\nmod tests { use std::fs; fn f() { Instant::now(); } }"),
        ("src/config/it.rs", "use std::path::PathBuf; use std::net::SocketAddr; use std::time::Instant;"),
        ("src/front/it.rs", "use axum::Router; fn f() { tracing::info!(\"x\"); }"),
    ];
    assert_eq!(problems_of(&harmless), Vec::<String>::new());
}

#[test]
fn a_circle_of_rooms_is_found_and_a_new_room_must_be_listed() {
    let files = [
        ("src/relay/mod.rs", "use crate::live::Live;"),
        ("src/live/mod.rs", "use crate::relay::Head;"),
        ("src/cellar/mod.rs", "use crate::live::Live;"),
    ];
    let found = problems_of(&files);
    assert!(found.contains(&"rooms in a circle: live -> relay -> live".to_owned()), "{found:?}");
    assert!(found.iter().any(|problem| problem.starts_with("src/cellar/mod.rs: ")), "{found:?}");
}
