//! What speaks against a backend.

use std::fmt;
use std::sync::Arc;

/// Why an exchange with a backend failed, or a check of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// No connection, or one that broke before an answer began.
    Unreachable,
    /// Nothing came in time.
    Silent,
    /// This status.
    Status(u16),
    /// An error within an answer whose status is one of success.
    InBand,
    /// A stream with fewer tokens a second than its backend owes.
    Crawling,
    /// An answer that broke off after its beginning.
    Cut,
    /// What an active check has found.
    Check(Arc<str>),
}

// === impl Cause ===

impl Cause {
    /// Tells whether somebody is there and answers badly.
    pub(super) fn is_an_answer(&self) -> bool {
        match self {
            Self::Unreachable | Self::Silent | Self::Status(402) | Self::Check(_) => false,
            Self::Status(_) | Self::InBand | Self::Crawling | Self::Cut => true,
        }
    }

    pub(super) fn is_check(&self) -> bool {
        matches!(self, Self::Check(_))
    }

    /// Tells whether one such failure is enough, since only people can mend it.
    #[must_use]
    pub fn is_for_people(&self) -> bool {
        *self == Self::Status(402)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("it can't be reached"),
            Self::Silent => f.write_str("it doesn't answer in time"),
            Self::Status(402) => f.write_str("it wants to be paid (status 402)"),
            Self::Status(status) => write!(f, "it answers status {status}"),
            Self::InBand => f.write_str("it answers with an error in its body"),
            Self::Crawling => f.write_str("its streams crawl"),
            Self::Cut => f.write_str("it breaks its answers off"),
            Self::Check(found) => write!(f, "its health check says: {found}"),
        }
    }
}
