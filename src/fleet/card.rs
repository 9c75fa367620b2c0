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

    /// Writes it with no more bytes than a center takes, by shortening its reasons.
    #[must_use]
    pub fn written_within(&self, most: usize) -> String {
        let mut card = self.clone();
        let mut longest = MOST_REASON;
        loop {
            let written = card.written();
            if written.len() <= most || longest == 0 {
                return written;
            }
            longest /= 2;
            let votes = card.votes.iter_mut().flatten().filter_map(|vote| vote.refused.as_mut());
            for reason in votes.chain(&mut card.refused) {
                *reason = reason.chars().take(longest).collect();
            }
        }
    }

    /// Shortens diagnostics to what a card tells: their first line.
    #[must_use]
    pub fn reason(report: &str) -> String {
        report.trim().lines().next().unwrap_or_default().chars().take(MOST_REASON).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_center_gets_shorter_reasons_and_never_less() {
        let reason = Some(format!("error[E113]: {}", "路".repeat(200)));
        let vote = Vote { proposal: "p".to_owned(), refused: reason.clone() };
        let card = Card {
            id: "1".to_owned(),
            address: "10.0.0.1:9999".to_owned(),
            generation: 1,
            digest: "d".to_owned(),
            version: "0.1.0".to_owned(),
            revision: None,
            since_ms: 1,
            refused: reason,
            votes: Some(vec![vote]),
        };
        assert_eq!(card.written_within(usize::MAX), card.written());
        let short = card.written_within(900);
        assert!(short.len() <= 900, "{}", short.len());
        let read = Card::read(&short).unwrap();
        assert!(read.votes.unwrap()[0].refused.as_ref().unwrap().starts_with("error[E113]: 路"));
        let bare = Card::read(&card.written_within(0)).unwrap();
        assert_eq!(bare.votes.unwrap()[0].refused.as_deref(), Some(""));
    }
}
