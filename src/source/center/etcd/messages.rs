//! What the gateway sends. Numbers of 64 bits come as texts, and a zero is left out.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

/// The store as a whole.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Header {
    #[serde(default, deserialize_with = "number")]
    pub(super) revision: u64,
}

/// One key.
#[derive(Debug, Deserialize)]
pub(super) struct KeyValue {
    #[serde(default)]
    pub(super) value: String,
    #[serde(default, deserialize_with = "number")]
    pub(super) mod_revision: u64,
}

/// The answer to `kv/range`.
#[derive(Debug, Deserialize)]
pub(super) struct Range {
    pub(super) header: Header,
    #[serde(default)]
    pub(super) kvs: Vec<KeyValue>,
}

/// The answer to `kv/txn`, as far as it is needed: what was written is read again anyway.
#[derive(Debug, Deserialize)]
pub(super) struct Transaction {
    /// Whether the comparison held.
    #[serde(default)]
    pub(super) succeeded: bool,
    #[serde(rename = "header")]
    _header: Header,
}

/// The answer to `lease/grant`.
#[derive(Debug, Deserialize)]
pub(super) struct Granted {
    #[serde(rename = "ID", deserialize_with = "number")]
    pub(super) id: u64,
}

/// The answer to `lease/keepalive`.
#[derive(Debug, Deserialize)]
pub(super) struct KeptAlive {
    pub(super) result: Remaining,
}

/// How long a lease lasts now; no time is left of one that ended.
#[derive(Debug, Deserialize)]
pub(super) struct Remaining {
    #[serde(default, rename = "TTL", deserialize_with = "number")]
    pub(super) ttl: u64,
}

/// The answer to what is only done.
#[derive(Debug, Deserialize)]
pub(super) struct Done {
    #[serde(rename = "header")]
    _header: Header,
}

/// The answer to `auth/authenticate`.
#[derive(Debug, Deserialize)]
pub(super) struct Authenticated {
    pub(super) token: String,
}

/// A line of `watch`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Line {
    Result(Watched),
    Error(Told),
}

/// Something about a watch.
#[derive(Debug, Deserialize)]
pub(super) struct Watched {
    #[serde(default)]
    pub(super) header: Header,
    #[serde(default)]
    pub(super) canceled: bool,
    #[serde(default)]
    pub(super) cancel_reason: String,
    #[serde(default, deserialize_with = "number")]
    pub(super) compact_revision: u64,
    #[serde(default)]
    pub(super) events: Vec<IgnoredAny>,
}

/// An error.
#[derive(Debug, Deserialize)]
pub(super) struct Told {
    #[serde(default)]
    pub(super) message: String,
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Number(u64),
    }
    match Written::deserialize(deserializer)? {
        Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
        Written::Number(number) => Ok(number),
    }
}
