//! A whole answer, and what it says.

use std::time::Duration;

use bytes::Bytes;
use http::response::Parts;
use http::{StatusCode, header};
use serde_json::Value;

use super::sse;
use crate::table::{Backend, Secret};

/// The most characters of a backend's own words that are passed on.
const MOST_WORDS: usize = 200;

/// An answer that was read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// The `content-type` without its parameters, in small letters.
    pub(super) kind: String,
    pub(super) body: Bytes,
    /// What the server calls itself.
    pub(super) server: Option<String>,
    /// How long it says that it keeps an idle connection.
    pub(super) keeps_alive: Option<Duration>,
    /// Kept so that it is never repeated.
    key: Option<Secret>,
}

// === impl Answer ===

impl Answer {
    pub(super) fn new(head: &Parts, body: Bytes, backend: &Backend) -> Self {
        let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
        let kind = text(header::CONTENT_TYPE.as_str()).unwrap_or_default().to_lowercase();
        Self {
            status: head.status,
            kind: kind.split(';').next().unwrap_or_default().trim().to_owned(),
            body,
            server: text(header::SERVER.as_str()).map(str::to_owned),
            keeps_alive: text("keep-alive").and_then(timeout_in),
            key: backend.key.clone(),
        }
    }

    /// Returns the body as JSON; of a stream of events, the first that has choices.
    ///
    /// Some servers stream though they were asked not to.
    pub(super) fn value(&self) -> Option<Value> {
        let mut values = self.values();
        let telling = values.iter().position(|value| value["choices"][0].is_object()).unwrap_or_default();
        (telling < values.len()).then(|| values.swap_remove(telling))
    }

    /// Returns what of the body is JSON: all of it, or each event.
    pub(super) fn values(&self) -> Vec<Value> {
        if self.is_event_stream() {
            sse::payloads(&self.body).iter().filter_map(|data| serde_json::from_str(data).ok()).collect()
        } else {
            serde_json::from_slice(&self.body).into_iter().collect()
        }
    }

    pub(super) fn is_event_stream(&self) -> bool {
        self.kind == "text/event-stream"
    }

    /// Returns the error that comes with a status of success, as DB-GPT's own server sends it.
    pub(super) fn error_in_band(&self) -> Option<String> {
        let fails = |value: &Value| {
            value["error_code"].as_i64().is_some_and(|code| code != 0)
                || value.get("error").is_some_and(|error| !error.is_null())
        };
        let value = self.values().into_iter().find(fails)?;
        Some(self.shortened(&message_in(&value).unwrap_or_else(|| value.to_string())))
    }

    /// Returns the backend's own words on what is wrong, in one short line. Its key is not in it.
    pub(super) fn words(&self) -> String {
        let text = match self.value() {
            Some(value) => message_in(&value).unwrap_or_else(|| value.to_string()),
            None if self.kind == "text/html" => "a page of HTML".to_owned(),
            None => String::from_utf8_lossy(&self.body).into_owned(),
        };
        self.shortened(&text)
    }

    fn shortened(&self, text: &str) -> String {
        let mut line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(key) = self.key.as_ref().map(Secret::expose).filter(|key| !key.is_empty()) {
            line = line.replace(key, "••••");
        }
        if line.chars().count() > MOST_WORDS {
            line = line.chars().take(MOST_WORDS).chain(['…']).collect();
        }
        if line.is_empty() { "no words".to_owned() } else { line }
    }
}

/// Reads `timeout=5` in a `Keep-Alive` header.
fn timeout_in(header: &str) -> Option<Duration> {
    let seconds = header.split(',').find_map(|part| part.trim().strip_prefix("timeout="))?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}

/// Finds the message in the shapes that servers have for it.
fn message_in(value: &Value) -> Option<String> {
    let value = value.get(0).unwrap_or(value);
    let places = ["/error/message", "/detail/error/message", "/message", "/error", "/detail", "/text"];
    places.iter().filter_map(|place| value.pointer(place)).find_map(Value::as_str).map(str::to_owned)
}
