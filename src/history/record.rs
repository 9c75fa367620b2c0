//! What is remembered of a generation.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::moment;
use crate::config::Document;
use crate::live::Author;

/// What is remembered of a generation. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its number.
    pub generation: u64,
    /// When it went live, in seconds since 1970.
    #[serde(with = "moment")]
    pub at: SystemTime,
    /// Who made it.
    #[serde(flatten)]
    pub author: Author,
    /// What it changed in the one before, a model a line.
    pub changes: Vec<String>,
    /// The digest of its table.
    pub digest: String,
    /// From the first sign of the change until it was live, in milliseconds.
    pub took_ms: f64,
}

/// A change that was refused.
#[derive(Debug, Clone)]
pub struct Refused {
    /// When.
    pub at: SystemTime,
    /// The generation that kept serving.
    pub generation: u64,
    /// Whose change it was, if that is known.
    pub author: Option<Author>,
    /// Why, in one line.
    pub reason: String,
    /// What was refused; nothing, if it could not be read.
    pub documents: Vec<Document>,
}

/// A generation with what it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// What is told of it.
    pub record: Record,
    /// When the documents were kept, or seen to be the same.
    pub saved_at: SystemTime,
    /// The texts, keys included.
    pub documents: Vec<Document>,
}

// === impl Refused ===

impl Refused {
    /// Shortens a report to what the audit tells of it: its first line.
    #[must_use]
    pub fn reason(report: &str) -> String {
        report.lines().next().unwrap_or_default().to_owned()
    }
}
