//! What is changed in a request's parameters on its way to a backend.

use bytes::Bytes;

/// Changes of a request's top-level members.
///
/// They are made in this order: rename, drop, default, set. So what is dropped, filled in or set
/// goes by the name that the backend knows. `model` is none of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Params {
    /// Members that the backend calls otherwise.
    pub rename: Vec<Rename>,
    /// Members that it gets not at all.
    pub drop: Vec<Box<str>>,
    /// Members that it gets where the request has none, or `null`.
    pub default: Vec<Setting>,
    /// Members that it gets whatever the request says.
    pub set: Vec<Setting>,
}

/// One name in another's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// The name that is there.
    pub from: Box<str>,
    /// The name that takes its place.
    pub to: Box<str>,
    json: Bytes,
}

/// A member with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: Box<str>,
    /// Its value as JSON, ready to be written into a body.
    pub value: Bytes,
}

// === impl Params ===

impl Params {
    /// Tells whether nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rename.is_empty() && self.drop.is_empty() && self.default.is_empty() && self.set.is_empty()
    }
}

// === impl Rename ===

impl Rename {
    /// Makes a renaming.
    #[must_use]
    pub fn new(from: &str, to: &str) -> Self {
        Self { from: from.into(), to: to.into(), json: serde_json::Value::from(to).to_string().into() }
    }

    /// Returns the new name as a JSON string, quotes included.
    #[must_use]
    pub fn json(&self) -> &Bytes {
        &self.json
    }
}

// === impl Setting ===

impl Setting {
    /// Prepares a member for the wire.
    #[must_use]
    pub fn new(name: &str, value: &serde_json::Value) -> Self {
        Self { name: name.into(), value: value.to_string().into() }
    }
}
