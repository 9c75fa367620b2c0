//! An answer of a center that speaks HTTP.

use bytes::Bytes;
use reqwest::{StatusCode, header::HeaderMap};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::CenterError;

/// The most characters of an answer's own words that are passed on.
const MOST_WORDS: usize = 160;

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

    /// Returns what the center says about its refusal: a JSON `message` or `error`, or a line of
    /// text. A page of HTML says nothing.
    #[must_use]
    pub fn words(&self) -> String {
        #[derive(Deserialize)]
        struct Told {
            #[serde(alias = "error")]
            message: String,
        }
        let told = serde_json::from_slice::<Told>(&self.body).map(|told| told.message);
        let text = told.unwrap_or_else(|_| String::from_utf8_lossy(&self.body).into_owned());
        let line = text.trim().lines().next().unwrap_or_default().trim();
        if line.starts_with(['<', '{', '[']) {
            return String::new();
        }
        line.chars().filter(|c| !c.is_control()).take(MOST_WORDS).collect()
    }

    /// Returns the status with the center's own words.
    pub(super) fn told(&self) -> String {
        match self.words().as_str() {
            "" => self.status.to_string(),
            words => format!("{}: {words}", self.status),
        }
    }
}

/// Reads JSON of a shape; the error tells a place and nothing of the content, which may be secret.
pub(super) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, CenterError> {
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        CenterError::Nonsense(format!("no such JSON as this center gives (line {line}, column {column})"))
    })
}
