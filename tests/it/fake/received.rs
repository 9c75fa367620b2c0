//! A request as it came.

use bytes::Bytes;
use serde_json::Value;

/// A request as it came, to the byte.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    /// In the order and spelling of the wire.
    pub(crate) headers: Vec<(String, String)>,
    /// The body, unframed.
    pub(crate) body: Bytes,
    /// The connection's number, from 1.
    pub(crate) connection: usize,
}

impl Received {
    /// Returns a header's only value; two of a name are a failure.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        assert!(values.len() <= 1, "{name} came {} times: {values:?}", values.len());
        values.first().copied()
    }

    /// Returns the body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Returns the body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}
