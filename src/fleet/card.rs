//! What a replica tells about itself.

use serde::{Deserialize, Serialize};

use super::{Vote, Wanted};

/// What a replica tells about itself, as it stands in the center. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Its name in the fleet: another one for every process.
    pub id: String,
    /// Where its data port is.
    pub address: String,
    /// The generation that serves; 0 before the first table.
    pub generation: u64,
    /// What its table routes by. Equal digests route alike.
    pub digest: String,
    /// Which patchbay it is.
    pub version: String,
    /// The revision of the center's document that its table says the same as, in the center's own
    /// words.
    #[serde(default)]
    pub revision: Option<String>,
    /// Since when the table serves, in milliseconds since 1970 by its own clock.
    pub since_ms: u64,
    /// What it says about the document that it refused last, if it did.
    #[serde(default)]
    pub refused: Option<String>,
    /// What it says to the proposals of the moment; `None` if it can't judge any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes: Option<Vec<Vote>>,
}

/// The longest reason that a card tells.
const MOST_REASON: usize = 300;

// === impl Card ===

impl Card {
    /// Reads a card; `None` for anything else.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Writes it as it stands in the center.
    ///
    /// # Panics
    /// Never: texts and numbers are always JSON.
    #[must_use]
    pub fn written(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are always JSON")
    }

    /// Tells whether it runs a table.
    #[must_use]
    pub fn runs(&self, wanted: Wanted<'_>) -> bool {
        let is_of = |revision| self.revision.as_deref() == Some(revision);
        self.generation > 0 && self.digest == wanted.digest && wanted.revision.is_none_or(is_of)
    }

    /// Shortens diagnostics to what a card tells: their first line.
    #[must_use]
    pub fn reason(report: &str) -> String {
        report.trim().lines().next().unwrap_or_default().chars().take(MOST_REASON).collect()
    }
}
