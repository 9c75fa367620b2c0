//! A text that never prints.

use std::fmt;
use std::sync::Arc;

use subtle::ConstantTimeEq;

/// A key or token. It has no `Display`, its `Debug` shows dots, and it compares in constant time.
#[derive(Clone)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Takes a text out of sight.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Returns the text, for the one place that sends or compares it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares with a text that a client sent, in a time that tells nothing but the length.
    #[must_use]
    pub fn matches(&self, given: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(given).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("••••")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other.0.as_bytes())
    }
}

impl Eq for Secret {}
