//! What is changed in a request's parameters on its way to a backend, and in the names of its answer
//! on its way back.

use std::fmt;

use bytes::Bytes;

/// Changes of a request's top-level members.
///
/// They are made in this order: rename, drop, default, set. So what is dropped, filled in or set
/// goes by the name that the backend knows. `model` is none of them. `answers` is the way back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct Params {
    /// Members that the backend calls otherwise.
    pub rename: Vec<Rename>,
    /// Members that it gets not at all.
    pub drop: Vec<Box<str>>,
    /// Members that it gets where the request has none, or `null`.
    pub default: Vec<Setting>,
    /// Members that it gets whatever the request says.
    pub set: Vec<Setting>,
    /// Fields of the deltas and messages of its answers that the client calls otherwise.
    pub answers: Vec<Rename>,
}

/// One name in another's place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rename {
    /// The name that is there.
    pub from: Box<str>,
    /// The name that takes its place.
    pub to: Box<str>,
    json: Bytes,
}

/// A member with its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
        let Self { rename, drop, default, set, answers } = self;
        rename.is_empty() && drop.is_empty() && default.is_empty() && set.is_empty() && answers.is_empty()
    }
}

impl fmt::Display for Params {
    /// Names what is changed. Values are left out: they may be somebody's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rename, drop, default, set, answers } = self;
        let renames =
            |list: &[Rename]| list.iter().map(|Rename { from, to, .. }| format!("{from} -> {to}")).collect();
        let settings = |list: &[Setting]| list.iter().map(|setting| setting.name.to_string()).collect();
        let parts: [(&str, Vec<String>); 5] = [
            ("rename", renames(rename)),
            ("drop", drop.iter().map(ToString::to_string).collect()),
            ("default", settings(default)),
            ("set", settings(set)),
            ("in answers", renames(answers)),
        ];
        let parts = parts.iter().filter(|(_, names)| !names.is_empty());
        let parts: Vec<String> = parts.map(|(what, names)| format!("{what} {}", names.join(", "))).collect();
        f.write_str(&parts.join("; "))
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
