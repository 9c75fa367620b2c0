//! Why a center could not be read or written.

use std::time::Duration;

use super::Revision;

/// Why a center gave no document. Equal faults compare as equal, so that one which lasts is told
/// once. The texts name no password and no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CenterError {
    /// No address of it can be reached, or the connection broke.
    #[error("can't be reached: {0}")]
    Unreachable(String),
    /// It did not answer in time.
    #[error("did not answer within {0:?}")]
    Silent(Duration),
    /// It is there, and says that it can't answer now.
    #[error("answered with {0}")]
    Refused(String),
    /// It wants another login, or none was given.
    #[error("refused the login: {0}")]
    Unauthorized(String),
    /// There is no such document.
    #[error("has no such document")]
    Missing,
    /// The document has no bytes.
    #[error("holds an empty document")]
    Empty,
    /// More bytes than are ever read.
    #[error("holds more than {0} bytes")]
    TooLarge(usize),
    /// Its answer is not that of such a center.
    #[error("gave an answer that makes no sense: {0}")]
    Nonsense(String),
    /// The document has an earlier revision than one seen before.
    #[error("went back from revision {from} to {to}")]
    WentBack {
        /// The one that was seen.
        from: u64,
        /// The one that it shows now.
        to: u64,
    },
}

/// Why a document was not replaced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Somebody else was faster: nothing was written.
    #[error("somebody else has changed it: it is revision {}", text(.present.as_ref()))]
    Conflict {
        /// What it is now.
        present: Option<Revision>,
    },
    /// It was written, and is another one again by now.
    #[error("it was written, and somebody else has replaced it since: it is revision {}", text(.present.as_ref()))]
    Replaced {
        /// What it is now.
        present: Option<Revision>,
    },
    /// It can't be written here at all.
    #[error("can't be written: {0}")]
    ReadOnly(&'static str),
    /// It can't be reached, or does not understand.
    #[error(transparent)]
    Center(#[from] CenterError),
}

impl WriteError {
    /// Tells why a text is not what the document holds after it was sent to the center.
    pub(super) fn overtaken(was_taken: bool, present: Option<Revision>) -> Self {
        if was_taken { Self::Replaced { present } } else { Self::Conflict { present } }
    }
}

fn text(present: Option<&Revision>) -> &str {
    present.map_or("none", |revision| &revision.text)
}

impl CenterError {
    /// Tells whether the center itself is in doubt, rather than the document in it.
    #[must_use]
    pub fn is_down(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_)
                | Self::Silent(_)
                | Self::Refused(_)
                | Self::Unauthorized(_)
                | Self::Nonsense(_)
        )
    }

    /// Returns what the operator can do about it, where that isn't plain.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unauthorized(_) => Some(
                "give `user:password@` in the address, or the token that this center takes; `${…}` keeps it out of the file",
            ),
            Self::Missing => Some(
                "publish it, or correct the name; a table is never taken for empty because its document is gone",
            ),
            Self::Empty => Some("publish a table; an empty document is never taken for an empty table"),
            Self::WentBack { .. } => {
                Some("was the center restored from a backup? it is taken once it stays so")
            }
            _ => None,
        }
    }
}
