//! What is in the tree: nothing that is banned, and nothing from elsewhere than crates.io.
//!
//! `cargo deny check` says more (licences, advisories); this much needs no tool.

use std::collections::BTreeSet;

fn read(name: &str) -> String {
    std::fs::read_to_string(format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The values of all lines `key = "value"`.
fn values<'t>(text: &'t str, key: &str) -> BTreeSet<&'t str> {
    let before = format!("{key} = \"");
    text.lines().filter_map(|line| line.trim().strip_prefix(&before)?.strip_suffix('"')).collect()
}

#[test]
fn nothing_banned_is_in_the_tree() {
    let (lock, deny) = (read("Cargo.lock"), read("deny.toml"));
    let packages = values(&lock, "name");
    let banned: Vec<&str> =
        deny.lines().filter_map(|line| line.trim().strip_prefix("{ name = \"")?.split('"').next()).collect();
    assert!(banned.contains(&"serde_yaml") && packages.contains("serde"), "{banned:?}");
    let found: Vec<&&str> = banned.iter().filter(|name| packages.contains(**name)).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn everything_comes_from_crates_io() {
    let lock = read("Cargo.lock");
    let sources = values(&lock, "source");
    assert_eq!(sources, BTreeSet::from(["registry+https://github.com/rust-lang/crates.io-index"]));
}
