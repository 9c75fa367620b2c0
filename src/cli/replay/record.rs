//! One line of the access log.

use serde::Deserialize;

/// What a decision depended on, and what it was.
#[derive(Debug, Deserialize)]
pub(super) struct Record {
    target: String,
    /// The model asked for; the route's name if the request named none.
    pub(super) model: String,
    /// Who answered; empty if nobody was asked.
    pub(super) backend: String,
    /// The caller's name, where callers have names.
    #[serde(default)]
    pub(super) caller: Option<String>,
}

// === impl Record ===

impl Record {
    /// Reads a line; `None` if it isn't a request's.
    pub(super) fn read(line: &str) -> Option<Self> {
        // A service manager may have put its own words before the object.
        let object = &line[line.find('{')?..];
        let record: Self = serde_json::from_str(object.trim_end()).ok()?;
        (record.target == "patchbay::access").then_some(record)
    }
}
