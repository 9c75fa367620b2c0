//! Who may call.

use super::Secret;

/// One caller: a name for logs and conditions, and the key it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The name under `keys`; `key-1`, `key-2`… where `keys` is a list.
    pub name: String,
    /// The key that it sends as `Authorization: Bearer`, `api-key` or `x-api-key`.
    pub key: Secret,
    /// How much it may ask for.
    pub limits: CallerLimits,
}

/// How much a caller may ask for; `None` is as much as it likes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallerLimits {
    /// Requests a minute.
    pub requests_per_minute: Option<u32>,
    /// Tokens a minute, those of its prompts and those of the answers.
    pub tokens_per_minute: Option<u32>,
    /// Requests at once.
    pub max_in_flight: Option<u32>,
}

/// Everyone who may call; empty means that the router is open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Callers(Vec<Caller>);

// === impl CallerLimits ===

impl CallerLimits {
    /// Tells whether there is a limit at all.
    #[must_use]
    pub fn is_any(&self) -> bool {
        *self != Self::default()
    }
}

// === impl Callers ===

impl Callers {
    /// Takes the callers, whose keys `config` has checked to be distinct.
    #[must_use]
    pub fn new(callers: Vec<Caller>) -> Self {
        Self(callers)
    }

    /// Tells whether anyone may call without a key.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.is_empty()
    }

    /// Finds whose key this is; looks at every caller, so that the time tells nothing.
    #[must_use]
    pub fn find(&self, key: &[u8]) -> Option<&Caller> {
        self.0.iter().fold(None, |found, caller| if caller.key.matches(key) { Some(caller) } else { found })
    }

    /// Returns all callers in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Caller> {
        self.0.iter()
    }
}
