//! What becomes of an answer whose client has left.

/// What a backend's answer comes to once nobody waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnDisconnect {
    /// The connection is closed, so that the backend stops.
    #[default]
    Cancel,
    /// The answer is read to its end and thrown away: what is billed anyway is counted.
    Finish,
}

// === impl OnDisconnect ===

impl OnDisconnect {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Cancel, Self::Finish];

    /// Returns the word in routes.yaml.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Finish => "finish",
        }
    }
}
