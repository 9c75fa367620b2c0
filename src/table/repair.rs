//! What is mended in a backend's answers.

/// Repairs of answers that break clients. None is made unless it is asked for, since answers pass
/// byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Repair {
    /// Whether events of a stream that are neither JSON nor `[DONE]` are left out.
    pub bad_events: bool,
    /// Whether an answer without `usage` gets one that is all zeros.
    pub usage: bool,
}

// === impl Repair ===

impl Repair {
    /// Adds what a word of routes.yaml stands for; `None` if it is none.
    #[must_use]
    pub fn and(self, word: &str) -> Option<Self> {
        match word {
            "bad_events" => Some(Self { bad_events: true, ..self }),
            "usage" => Some(Self { usage: true, ..self }),
            _ => None,
        }
    }

    /// Returns its words in routes.yaml.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        let words = [(self.bad_events, "bad_events"), (self.usage, "usage")];
        words.into_iter().filter(|(on, _)| *on).map(|(_, word)| word)
    }

    /// Tells whether nothing is mended.
    #[must_use]
    pub fn is_off(self) -> bool {
        self == Self::default()
    }
}
