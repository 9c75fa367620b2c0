//! A text that replicas are asked about before it is written.

use serde::{Deserialize, Serialize};

/// A text that replicas are asked about, as it stands in the center.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Another one for every proposal.
    pub id: String,
    /// The text, or where it is.
    #[serde(flatten)]
    pub body: Body,
}

/// A proposal's text, or where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// The text.
    Text(String),
    /// It is too long for an entry of a list, and stands in a document of its own, which has this
    /// revision.
    Revision(String),
}

/// What a replica says to a proposal, on its card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// The proposal.
    pub proposal: String,
    /// Why the replica could not serve by it; `None` if it could.
    #[serde(default)]
    pub refused: Option<String>,
}

// === impl Proposal ===

impl Proposal {
    /// Reads a proposal; `None` for anything else.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Writes it as it stands in the center.
    ///
    /// # Panics
    /// Never: texts are always JSON.
    #[must_use]
    pub fn written(&self) -> String {
        serde_json::to_string(self).expect("texts are always JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposal_is_read_as_it_was_written() {
        for body in [Body::Text("models: {}\n\"ü\"".to_owned()), Body::Revision("7".to_owned())] {
            let proposal = Proposal { id: "1f".to_owned(), body };
            assert_eq!(Proposal::read(&proposal.written()), Some(proposal));
        }
        for other in ["", "{}", r#"{"id": "1"}"#, r#"{"text": "a"}"#] {
            assert_eq!(Proposal::read(other), None, "{other}");
        }
    }
}
