//! Names of the running router, for shells that complete a command line.

use clap_complete::CompletionCandidate;
use serde_json::Value;

use super::ask;

/// Returns the models' names; none if no router answers.
pub(super) fn models() -> Vec<CompletionCandidate> {
    names("models")
}

/// Returns the backends' names; none if no router answers.
pub(super) fn backends() -> Vec<CompletionCandidate> {
    names("backends")
}

fn names(kind: &str) -> Vec<CompletionCandidate> {
    let status = ask::glance().unwrap_or_default();
    let listed = status.get(kind).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    listed.iter().filter_map(|item| item["name"].as_str()).map(CompletionCandidate::new).collect()
}
