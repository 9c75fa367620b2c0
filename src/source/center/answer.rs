//! An answer of a center that speaks HTTP.

use bytes::Bytes;
use reqwest::{StatusCode, header::HeaderMap};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::CenterError;

/// The most characters of an answer's own words that are passed on.
const MOST_WORDS: usize = 240;

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

// === impl Answer ===

impl Answer {
    /// Reads the body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, CenterError> {
        json(&self.body)
    }

    /// Returns a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns what the center says about its refusal, whole: a JSON `message` or `error`, or a line
    /// of text. A page of HTML says nothing.
    #[must_use]
    pub fn words(&self) -> String {
        let value: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let told = ["message", "error", "msg"].iter().find_map(|name| value.get(name)?.as_str());
        let text = told.map_or_else(|| String::from_utf8_lossy(&self.body).into_owned(), str::to_owned);
        let line = text.trim().lines().next().unwrap_or_default().trim();
        if line.starts_with(['<', '{', '[']) {
            return String::new();
        }
        line.to_owned()
    }
}

/// Returns the beginning of a center's own words: they end in logs and on terminals.
pub(super) fn clipped(words: &str) -> String {
    plain(words).chars().take(MOST_WORDS).collect()
}

/// Returns words without what could move a terminal's cursor.
pub(super) fn plain(words: &str) -> String {
    words.chars().filter(|c| !c.is_control()).collect()
}

/// Reads JSON of a shape; the error tells a place and nothing of the content, which may be secret.
pub(super) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, CenterError> {
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        CenterError::Nonsense(format!("no such JSON as this center gives (line {line}, column {column})"))
    })
}
