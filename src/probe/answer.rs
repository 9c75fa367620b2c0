//! A whole answer, and what it says.

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderValue, StatusCode, header};
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
    /// Kept so that it is never repeated.
    key: Option<Secret>,
}

// === impl Answer ===

impl Answer {
    pub(super) fn new(head: &Parts, body: Bytes, backend: &Backend) -> Self {
        let kind = head.headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
        let kind = String::from_utf8_lossy(kind).to_lowercase();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
        Self { status: head.status, kind, body, key: backend.key.clone() }
    }

    /// Returns the body as JSON; of a stream of events, the first that has choices.
    ///
    /// Some servers stream though they were asked not to.
    pub(super) fn value(&self) -> Option<Value> {
        if !self.is_event_stream() {
            return serde_json::from_slice(&self.body).ok();
        }
        let events: Vec<Value> =
            sse::payloads(&self.body).iter().filter_map(|data| serde_json::from_str(data).ok()).collect();
        let telling = events.iter().find(|event| event["choices"][0].is_object());
        telling.or(events.first()).cloned()
    }

    pub(super) fn is_event_stream(&self) -> bool {
        self.kind == "text/event-stream"
    }

    /// Returns the error that comes with a status of success, as DB-GPT's own server sends it.
    pub(super) fn error_in_band(&self) -> Option<String> {
        let value = self.value()?;
        let code = value.get("error_code").filter(|code| !matches!(code.as_i64(), None | Some(0)));
        (code.is_some() || value.get("error").is_some_and(|error| !error.is_null())).then(|| self.words())
    }

    /// Returns the backend's own words on what is wrong, in one short line. Its key is not in it.
    pub(super) fn words(&self) -> String {
        let text = match self.value() {
            Some(value) => message_in(&value).unwrap_or_else(|| value.to_string()),
            None if self.kind == "text/html" => "a page of HTML".to_owned(),
            None => String::from_utf8_lossy(&self.body).into_owned(),
        };
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

/// Finds the message in the shapes that servers have for it.
fn message_in(value: &Value) -> Option<String> {
    let value = value.get(0).unwrap_or(value);
    let places = ["/error/message", "/detail/error/message", "/message", "/error", "/detail", "/text"];
    places.iter().filter_map(|place| value.pointer(place)).find_map(Value::as_str).map(str::to_owned)
}
