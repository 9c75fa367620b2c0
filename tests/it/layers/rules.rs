//! The rules, as data.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::{NamedPath, named_paths};

/// "may use"; what is not listed is forbidden. Arrows only point up this list.
const MAY_USE: &[(&str, &[&str])] = &[
    ("sync", &[]),
    ("pem", &[]),
    ("table", &["pem"]),
    ("load", &["table", "sync"]),
    ("config", &["table"]),
    ("edit", &["config", "table"]),
    ("upstream", &["table", "load"]),
    ("live", &["table", "load", "upstream", "sync"]),
    ("source", &["config", "table", "pem"]),
    ("record", &["table"]),
    ("echo", &["table"]),
    ("history", &["config", "table", "live"]),
    ("reload", &["source", "config", "live", "load", "table", "history", "tls"]),
    ("control", &["edit", "source", "live", "history", "load", "probe", "table", "config"]),
    ("fleet", &["source", "live", "table"]),
    ("health", &["live", "load", "probe", "table", "upstream"]),
    ("probe", &["echo", "table", "upstream"]),
    ("relay", &["live", "table", "load", "record", "echo", "upstream"]),
    ("front", &["relay", "live", "load", "table", "record", "control", "history", "fleet", "tls"]),
    ("tls", &["pem"]),
    ("descriptors", &[]),
    ("fuzzing", &["config", "front", "history", "relay", "source"]),
    ("shutdown", &[]),
    ("service", &[]),
    ("cli", &["app", "config", "table", "edit", "probe", "descriptors", "shutdown", "service"]),
    ("main", &["app", "cli", "config", "table", "edit"]),
];

/// Rooms that may use every room.
const WIRING: &[&str] = &["app"];

/// Rooms that compute only.
const PURE: &[&str] = &["pem", "table", "load", "config", "edit"];

/// Paths that a pure room may not name outside its tests.
const IMPURE: &[&[&str]] = &[
    &["tokio"],
    &["hyper"],
    &["axum"],
    &["reqwest"],
    &["notify"],
    &["tracing"],
    &["rand"],
    &["std", "fs"],
    &["std", "env"],
    &["std", "process"],
    &["std", "thread"],
    &["std", "net", "TcpStream"],
    &["std", "net", "TcpListener"],
    &["std", "net", "UdpSocket"],
    &["std", "net", "ToSocketAddrs"],
    &["Instant", "now"],
    &["SystemTime", "now"],
    &["Zoned", "now"],
    &["glob", "glob"],
    &["log"],
];

/// Methods that touch the disk.
const IMPURE_METHODS: &[&str] = &["exists", "try_exists", "is_file", "is_dir", "canonicalize", "read_dir"];

/// Crates that only these rooms may name.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("axum", &["front", "app"]),
    ("serde_yaml", &["config", "edit", "cli"]),
    ("serde_saphyr", &["config"]),
    ("notify", &["source", "reload"]),
    ("clap", &["cli", "main"]),
];

/// One file.
pub(super) struct Source {
    pub(super) path: String,
    text: String,
}

impl Source {
    pub(super) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    pub(super) fn lines(&self) -> usize {
        self.text.lines().count()
    }

    /// The room, and how many modules deep the file is below the crate's root.
    fn place(&self) -> (&str, usize) {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let parts: Vec<&str> = inner.split('/').filter(|part| *part != "mod").collect();
        (parts[0], parts.len())
    }
}

/// Returns everything that breaks a rule, each in one line that says what would be right.
pub(super) fn problems(sources: &[Source]) -> Vec<String> {
    let rooms: BTreeSet<&str> = sources.iter().map(|source| source.place().0).collect();
    let mut problems = Vec::new();
    let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in sources {
        let (room, depth) = source.place();
        if room == "lib" {
            continue;
        }
        if allowed(room).is_none() && !WIRING.contains(&room) {
            problems.push(format!(
                "{}: the room `{room}` is not listed in MAY_USE; say there what it may use",
                source.path
            ));
        }
        for path in named_paths(&source.text) {
            let place = format!("{}:{}", source.path, path.line);
            let target = target(&path, depth).and_then(|name| rooms.get(name.as_str()).copied());
            if let Some(target) = target.filter(|target| *target != room) {
                edges.entry(room).or_default().insert(target);
                problems.extend(edge_problem(&place, room, target, &path));
            }
            problems.extend(purity_problem(&place, room, &path));
        }
    }
    problems.extend(circle(&edges));
    problems
}

fn allowed(room: &str) -> Option<&'static [&'static str]> {
    MAY_USE.iter().find(|(name, _)| *name == room).map(|(_, allowed)| *allowed)
}

/// Returns the name right below the crate's root that a path leads to, if it leads through there.
fn target(path: &NamedPath, depth: usize) -> Option<String> {
    let segments: Vec<&str> = path.segments.iter().map(String::as_str).collect();
    match segments[..] {
        ["crate" | "patchbay", name, ..] => Some(name.to_owned()),
        ["super", ..] => {
            let ups = segments.iter().take_while(|segment| **segment == "super").count();
            let at_root = ups == depth + path.depth;
            at_root.then(|| segments.get(ups).map(|name| (*name).to_owned())).flatten()
        }
        _ => None,
    }
}

fn edge_problem(place: &str, room: &str, target: &str, path: &NamedPath) -> Option<String> {
    let allowed = allowed(room)?;
    if allowed.contains(&target) {
        return None;
    }
    let may = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
    let written = path.segments.join("::");
    Some(format!("{place}: `{room}` may not use `{target}` ({written}); it may use {may}"))
}

fn purity_problem(place: &str, room: &str, path: &NamedPath) -> Option<String> {
    if path.in_tests {
        return None;
    }
    let segments: Vec<&str> = path.segments.iter().map(String::as_str).collect();
    let written = segments.join("::");
    if let [receiver, ".", method] = segments[..] {
        if receiver == "live" && method == "swap" && !["reload", "live"].contains(&room) {
            return Some(format!("{place}: only `reload` swaps the table; `{room}` edits its owner instead"));
        }
        let impure = PURE.contains(&room) && IMPURE_METHODS.contains(&method);
        return impure.then(|| format!("{place}: `.{method}()` touches the disk, and `{room}` is pure"));
    }
    if PURE.contains(&room) {
        let named = IMPURE.iter().find(|impure| {
            segments.starts_with(impure)
                || (impure[0] != "std" && segments.ends_with(impure) && impure.len() > 1)
        });
        if named.is_some() {
            return Some(format!(
                "{place}: `{room}` is pure and may not name `{written}`; pass the value in"
            ));
        }
    }
    let (krate, rooms) = ONLY_IN.iter().find(|(krate, _)| segments[0] == *krate)?;
    (!rooms.contains(&room))
        .then(|| format!("{place}: only {} may name the crate `{krate}`, `{room}` may not", rooms.join(", ")))
}

/// Finds rooms that use each other in a circle.
fn circle(edges: &BTreeMap<&str, BTreeSet<&str>>) -> Option<String> {
    fn walk<'a>(
        edges: &BTreeMap<&'a str, BTreeSet<&'a str>>,
        trail: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<&'a str>> {
        let here = *trail.last()?;
        for &next in edges.get(here).into_iter().flatten() {
            if let Some(from) = trail.iter().position(|room| *room == next) {
                let mut found = trail[from..].to_vec();
                found.push(next);
                return Some(found);
            }
            if done.insert(next) {
                trail.push(next);
                let found = walk(edges, trail, done);
                trail.pop();
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }
    let mut done = BTreeSet::new();
    edges
        .keys()
        .find_map(|&room| walk(edges, &mut vec![room], &mut done))
        .map(|rooms| format!("rooms in a circle: {}", rooms.join(" -> ")))
}
