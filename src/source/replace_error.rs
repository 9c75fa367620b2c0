//! Why an owner's document was not replaced.

use std::io;

use super::center::CenterError;

/// Why a document was not replaced. Whatever it is, the document stands as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplaceError {
    /// It is no longer what was read.
    #[error("{owner} has been changed by somebody else; nothing was overwritten")]
    Conflict {
        /// What the document is called.
        owner: String,
    },
    /// It can't be written here, now or later.
    #[error("{owner} can't be written: {why}")]
    NotWritable {
        /// What the document is called.
        owner: String,
        /// Why.
        why: String,
    },
    /// It could be written, but not this time: the disk is full.
    #[error("{owner} could not be written: {}", io::Error::from(*kind))]
    Io {
        /// What the document is called.
        owner: String,
        /// The reason.
        kind: io::ErrorKind,
    },
    /// The config center is not reached, or does not understand.
    #[error("{owner} {error}")]
    Center {
        /// The center's address, without the login.
        owner: String,
        /// Why.
        error: CenterError,
    },
}
