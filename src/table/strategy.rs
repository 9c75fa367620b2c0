//! How a member of a tier is picked.

use std::fmt;

use http::HeaderName;

/// How a member of a tier is picked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub enum Strategy {
    /// In turn, in exact shares.
    #[default]
    Weighted,
    /// Of two drawn by chance, the one that works on less for its weight.
    LeastBusy,
    /// Of two drawn by chance, the one whose first token is likely to come sooner.
    Fastest,
    /// Always the first that works, in the order of the file.
    First,
    /// What belongs together goes to the same member, as long as that isn't overloaded.
    Sticky(StickyBy),
}

/// What belongs together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub enum StickyBy {
    /// Requests with the same value of this header.
    Header(HeaderName),
    /// Requests of the same caller.
    Caller,
    /// Requests of the same conversation, as its beginning tells.
    #[default]
    Prompt,
}

// === impl Strategy ===

impl Strategy {
    /// Every word that `strategy` may be.
    pub const WORDS: [&str; 5] = ["weighted", "least_busy", "fastest", "first", "sticky"];

    /// Reads the word of a file; `sticky` alone goes by the conversation.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let all =
            [Self::Weighted, Self::LeastBusy, Self::Fastest, Self::First, Self::Sticky(StickyBy::Prompt)];
        all.into_iter().find(|strategy| strategy.word() == word)
    }

    /// Returns the word of a file.
    #[must_use]
    pub fn word(&self) -> &'static str {
        let [weighted, least_busy, fastest, first, sticky] = Self::WORDS;
        match self {
            Self::Weighted => weighted,
            Self::LeastBusy => least_busy,
            Self::Fastest => fastest,
            Self::First => first,
            Self::Sticky(_) => sticky,
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sticky(by) => write!(f, "{} by {by}", self.word()),
            Self::Weighted | Self::LeastBusy | Self::Fastest | Self::First => f.write_str(self.word()),
        }
    }
}

// === impl StickyBy ===

impl StickyBy {
    /// Returns the word of a file.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Header(_) => "header",
            Self::Caller => "caller",
            Self::Prompt => "prompt",
        }
    }
}

impl fmt::Display for StickyBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => write!(f, "{} {name}", self.word()),
            Self::Caller | Self::Prompt => f.write_str(self.word()),
        }
    }
}
