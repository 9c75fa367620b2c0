//! One line of the access log.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::app::local_time_of;
use crate::table::{BodyFacts, DayTime, Feature, HeaderFacts, RequestFacts};

/// What a decision depended on, and what it was.
#[derive(Debug, Deserialize)]
pub(super) struct Record {
    target: String,
    timestamp: Option<String>,
    /// The model asked for; the route's name if the request named none.
    pub(super) model: String,
    /// Who answered; empty if nobody was asked.
    pub(super) backend: String,
    /// The caller's name, where callers have names.
    #[serde(default)]
    pub(super) caller: Option<String>,
    request_bytes: Option<u64>,
    prompt_chars: Option<u64>,
    max_tokens: Option<u64>,
    stream: Option<bool>,
    has: Option<String>,
    headers: Option<String>,
    time: Option<String>,
    #[serde(skip)]
    known_headers: BTreeMap<String, Vec<String>>,
}

// === impl Record ===

impl Record {
    /// Reads a line; `None` if it isn't a request's.
    pub(super) fn read(line: &str) -> Option<Self> {
        // A service manager may have put its own words before the object.
        let object = &line[line.find('{')?..];
        let mut record: Self = serde_json::from_str(object.trim_end()).ok()?;
        let headers = record.headers.as_deref().and_then(|headers| serde_json::from_str(headers).ok());
        record.known_headers = headers.unwrap_or_default();
        (record.target == "patchbay::access").then_some(record)
    }

    /// Returns what is known of the request. What no rule asked for then is not in the record; the
    /// time is, as the moment of the line.
    pub(super) fn facts(&self) -> RequestFacts<'_> {
        let recorded = self.time.as_deref().and_then(DayTime::parse);
        RequestFacts {
            body: self.body(),
            headers: HeaderFacts::Recorded(&self.known_headers),
            caller: self.caller.as_deref(),
            time: recorded.or_else(|| self.timestamp.as_deref().and_then(local_time_of)),
        }
    }

    /// A request without a body has nothing in it.
    fn body(&self) -> Option<BodyFacts> {
        if self.request_bytes == Some(0) {
            return Some(BodyFacts::default());
        }
        let mut body = BodyFacts {
            prompt_chars: self.prompt_chars?,
            max_tokens: self.max_tokens,
            stream: self.stream?,
            ..BodyFacts::default()
        };
        let has = self.has.as_deref().unwrap_or_default();
        for word in has.split(',') {
            if let Some(feature) = Feature::ALL.into_iter().find(|feature| feature.as_str() == word) {
                feature.put_into(&mut body);
            }
        }
        Some(body)
    }
}
