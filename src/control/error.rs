//! Why a command did nothing.

use super::Conflict;
use crate::source::{ReplaceError, SourceError};

/// Why a command did nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// Somebody else was faster; nothing was overwritten.
    #[error("{}", .0.message)]
    Conflict(Box<Conflict>),
    /// The result would be no table, or none that may go live.
    #[error("{report}")]
    Refused {
        /// The diagnostics, as `check` shows them.
        report: String,
    },
    /// There is no such model, backend or generation.
    #[error("{message}")]
    Unknown {
        /// Which, and which there are.
        message: String,
    },
    /// What was written was refused all the same, or replaced before it was live.
    #[error("{message}")]
    NotLive {
        /// What happened.
        message: String,
    },
    /// The owner can't be read.
    #[error("the owner can't be read: {0}")]
    Unreadable(#[from] SourceError),
    /// The owner can't be written at all, and the command can do nothing else.
    #[error(transparent)]
    NotWritable(ReplaceError),
    /// The owner could not be written.
    #[error(transparent)]
    Unwritten(ReplaceError),
    /// Another command has not ended.
    #[error("another command is still being carried out; try again")]
    Busy,
}

impl ControlError {
    /// Returns a short name for it, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Conflict(_) => "conflict",
            Self::Refused { .. } => "refused",
            Self::Unknown { .. } => "not_found",
            Self::NotLive { .. } => "not_live",
            Self::Unreadable(_) => "owner_unreadable",
            Self::NotWritable(_) => "owner_not_writable",
            Self::Unwritten(_) => "owner_not_written",
            Self::Busy => "busy",
        }
    }
}
