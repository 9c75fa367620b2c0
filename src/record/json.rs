//! A line as a JSON object, as `tracing-subscriber` writes those of events.

use std::io::Write as _;
use std::time::SystemTime;

use jiff::Timestamp;

use super::fields::{Fields, digits};

/// What a usual access line fits in.
const USUAL: usize = 768;

/// A line as a JSON object.
#[derive(Debug)]
pub(super) struct Json(Vec<u8>);

// === impl Json ===

impl Json {
    /// Begins a line of this moment.
    pub(super) fn at(now: SystemTime) -> Self {
        let mut line = Vec::with_capacity(USUAL);
        let now = Timestamp::try_from(now).unwrap_or_default();
        write!(line, r#"{{"timestamp":"{now:.6}","level":"INFO""#).expect("writing to a Vec can't fail");
        Self(line)
    }

    /// Returns the line with its end.
    pub(super) fn end(mut self, target: &str) -> Vec<u8> {
        self.text("target", target);
        self.0.extend_from_slice(b"}\n");
        self.0
    }

    fn begin(&mut self, name: &str) {
        self.0.extend_from_slice(b",\"");
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
    }
}

impl Fields for Json {
    fn text(&mut self, name: &str, value: &str) {
        self.begin(name);
        serde_json::to_writer(&mut self.0, value).expect("a text is JSON, and writing to a Vec can't fail");
    }

    fn number(&mut self, name: &str, value: u64) {
        self.begin(name);
        digits(&mut self.0, value);
    }

    fn tenths(&mut self, name: &str, value: u64) {
        self.number(name, value / 10);
        self.0.push(b'.');
        digits(&mut self.0, value % 10);
    }

    fn flag(&mut self, name: &str, value: bool) {
        self.begin(name);
        self.0.extend_from_slice(if value { b"true" } else { b"false" });
    }
}
