//! What was applied and what was refused.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{Author, Pending};
use crate::table::Change;

/// The newest state of the configuration path; waiters see each value's latest form.
#[derive(Debug, Clone)]
pub struct News {
    /// The generation that serves.
    pub generation: u64,
    /// How many times documents have been looked at and judged, equal ones included.
    pub judged: u64,
    /// What made the serving generation, unless it is the first.
    pub applied: Option<Applied>,
    /// The last refusal, until a good change follows it.
    pub refused: Option<Refusal>,
    /// A change that would be refused, while a second save may still mend it.
    pub pending: Option<Pending>,
    /// Settings that were edited and want a restart.
    pub restart_needed: Vec<String>,
    /// What the operator should know about the documents that were taken last.
    pub warnings: Vec<String>,
    /// What keeps the files of our own ports' certificates from being taken.
    pub certificates: Vec<String>,
    /// Certificates in use whose time is over, is yet to come, or ends soon.
    pub expiring: Vec<String>,
    /// How the config center is; `None` if files own the table.
    pub center: Option<CenterNews>,
    /// Backends that are out or don't take their key, in the order of the table.
    pub unwell: Arc<[UnwellNews]>,
    /// The revision of the center's document that the serving table says the same as.
    pub revision: Option<String>,
}

/// A backend that something speaks against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnwellNews {
    /// Its name.
    pub backend: String,
    /// Whether it gets requests only where nobody else is left.
    pub is_out: bool,
    /// Whether only people can mend it: it wants to be paid, or another key.
    pub for_people: bool,
    /// Since when.
    pub since: SystemTime,
    /// Why, in words that follow its name.
    pub reason: String,
}

/// How the config center that owns the table is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CenterNews {
    /// Whether it answered the last time with a document.
    pub up: bool,
    /// The document's revision, in the center's own words.
    pub revision: Option<String>,
    /// When the document was last read well.
    pub read_at: Option<SystemTime>,
    /// Why the last read did not go well.
    pub error: Option<String>,
}

/// A change that went live.
#[derive(Debug, Clone)]
pub struct Applied {
    /// Its generation.
    pub generation: u64,
    /// When.
    pub at: SystemTime,
    /// From the first sign of the change until it was live.
    pub took: Duration,
    /// What it changed.
    pub changes: Vec<Change>,
    /// Requests that were in flight on the generation before, and end there.
    pub finishing: u64,
    /// Who made it.
    pub author: Author,
}

/// A change that was refused; it changed nothing else.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// When.
    pub at: SystemTime,
    /// The diagnostics as text, the same that the log and `check` show.
    pub report: String,
    /// How many changes in a row were refused.
    pub count: u64,
    /// Whose change it was, as far as the owner tells.
    pub author: Option<Author>,
}

impl News {
    pub(super) fn first(generation: u64) -> Self {
        Self {
            generation,
            judged: 1,
            applied: None,
            refused: None,
            pending: None,
            restart_needed: Vec::new(),
            warnings: Vec::new(),
            certificates: Vec::new(),
            expiring: Vec::new(),
            center: None,
            unwell: Arc::default(),
            revision: None,
        }
    }
}
