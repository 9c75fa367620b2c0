//! What a config center's protocol has to answer.

use std::fmt;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::{CenterError, Roster, WriteError};
use crate::config::Format;

/// A document's version, as its center counts them. Only the center knows what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The center's own word: a number, an md5, an `ETag`.
    pub text: String,
    /// The same as a number, where a later revision is a greater one.
    pub order: Option<u64>,
}

/// A document as a center has it now. Keys may stand in it: its `Debug` shows how long it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its bytes, not looked at.
    pub content: Bytes,
    /// YAML, or properties that are read as a `.env`.
    pub format: Format,
    /// Its version.
    pub revision: Revision,
}

/// One document in one config center.
///
/// All futures may be dropped at any moment and asked for anew. Implementations hold no task and
/// no lasting state but logins; time limits for single exchanges are theirs.
pub trait Center: fmt::Debug + Send + Sync {
    /// Reads the document.
    fn fetch(&self) -> BoxFuture<'_, Result<Fetched, CenterError>>;

    /// Waits for a hint that the document may no longer be this revision, for as long as the
    /// center holds such a question (a minute at most). Ending without a hint is no error.
    fn wait<'c>(&'c self, since: &'c Revision) -> BoxFuture<'c, Result<(), CenterError>>;

    /// Replaces the document if it is still this revision; `None` creates it if there is none.
    /// Reads it back, and returns its new revision only if it then holds this text; one that was
    /// written and is gone by then is [`WriteError::Replaced`].
    fn replace<'c>(
        &'c self,
        expected: Option<&'c Revision>,
        text: &'c str,
    ) -> BoxFuture<'c, Result<Revision, WriteError>>;

    /// Returns the list of replicas that stands beside the document, if this center can keep one.
    fn roster(&self) -> Option<&dyn Roster> {
        None
    }
}

impl Revision {
    /// Makes a revision that is a number and grows.
    #[must_use]
    pub fn number(order: u64) -> Self {
        Self { text: order.to_string(), order: Some(order) }
    }

    /// Makes a revision that can only be compared for being the same.
    #[must_use]
    pub fn opaque(text: impl Into<String>) -> Self {
        Self { text: text.into(), order: None }
    }
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { content, format, revision } = self;
        write!(f, "Fetched({} bytes, {format:?}, {revision:?})", content.len())
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
