//! What the API sends, as far as it is needed.

use serde::Deserialize;
use serde_json::Value;

/// An object's or a list's own facts.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    #[serde(default)]
    pub(super) resource_version: String,
}

/// A list with one object, or none.
#[derive(Debug, Deserialize)]
pub(super) struct List {
    pub(super) metadata: Metadata,
    #[serde(default)]
    pub(super) items: Vec<Listed>,
}

/// An object of which only the version counts.
#[derive(Debug, Deserialize)]
pub(super) struct Listed {
    #[serde(default)]
    pub(super) metadata: Metadata,
}

/// A line of a watch.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    pub(super) object: Value,
}

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Kind {
    Added,
    Modified,
    Deleted,
    /// Nothing; only time has passed.
    Bookmark,
    /// The watch ends, for this reason.
    Error,
}

// === impl Event ===

impl Event {
    pub(super) fn version(&self) -> &str {
        version(&self.object)
    }

    /// Whether the version to watch from is too old.
    pub(super) fn is_gone(&self) -> bool {
        self.kind == Kind::Error && self.object["code"] == 410
    }

    /// Returns what the watch ends with, in the server's words.
    pub(super) fn words(&self) -> &str {
        self.object["message"].as_str().unwrap_or("an error")
    }
}

/// Returns an object's `resourceVersion`; empty if it has none.
pub(super) fn version(object: &Value) -> &str {
    object["metadata"]["resourceVersion"].as_str().unwrap_or_default()
}
