//! Who changed what and when outlives the router, and tells no secret.

mod audit;
mod authors;
mod disk;
mod restarts;
mod secrets;
mod verbs;

use serde_json::Value;

use crate::binary::{Home, Served};
use crate::wait::until;

/// Where the routers of these tests keep their state.
const STATE: [&str; 2] = ["--state-dir", "state"];

fn table(target: &str) -> String {
    format!("models:\n  demo: echo://{target}\n  other: echo://constant\n")
}

/// Saves a table and waits until it is told to be live.
async fn switch(home: &Home, served: &Served, target: &str, generation: u64) {
    home.write("routes.yaml", &table(target));
    let line = format!("generation {generation} live in ");
    until(&line, || served.talk().contains(&line)).await;
}

/// Asks the admin API.
async fn asked(served: &Served, path: &str) -> Value {
    let (status, body) = served.get(&format!("{}/admin/v1/{path}", served.admin)).await;
    assert_eq!(status, 200, "{body}");
    body
}

/// The folder of the one history below `state`.
fn folder(home: &Home) -> std::path::PathBuf {
    let found = std::fs::read_dir(home.path().join("state")).unwrap();
    let mut folders: Vec<_> = found.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(folders.len(), 1, "{folders:?}");
    folders.pop().unwrap()
}

/// The lines of the audit that are whole.
fn audit(home: &Home) -> Vec<Value> {
    let text = std::fs::read_to_string(folder(home).join("audit.jsonl")).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}
