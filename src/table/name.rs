//! Names of models and backends, checked once.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

/// The most bytes a name may have; longer ones are refused so that log lines stay readable.
const MAX_NAME_BYTES: usize = 256;

/// Why a text can't be a name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// The text is empty or only white space.
    #[error("a name can't be empty")]
    Empty,
    /// The text has more than 256 bytes.
    #[error("a name has at most {MAX_NAME_BYTES} bytes, this one has {0}")]
    TooLong(usize),
    /// The text holds a control character, which would forge log lines and headers.
    #[error("a name can't hold the control character {0:?}")]
    Control(char),
    /// The text begins or ends with white space.
    #[error("a name can't begin or end with a space")]
    Padded,
}

fn checked(text: &str) -> Result<Arc<str>, NameError> {
    if text.trim().is_empty() {
        return Err(NameError::Empty);
    }
    if text.len() > MAX_NAME_BYTES {
        return Err(NameError::TooLong(text.len()));
    }
    if let Some(control) = text.chars().find(|c| c.is_control()) {
        return Err(NameError::Control(control));
    }
    if text.trim().len() != text.len() {
        return Err(NameError::Padded);
    }
    Ok(text.into())
}

/// Tells whether a backend is the configured one of this name, or a member of that pool: `name#2`.
#[must_use]
pub fn is_member(backend: &str, name: &str) -> bool {
    backend == name || backend.rsplit_once('#').is_some_and(|(pool, _)| pool == name)
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks a text and makes it a name.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                checked(text).map(Self)
            }

            /// Returns the name as written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }
    };
}

name! {
    /// What a client asks for: the value of `model` in a request, or a glob such as `gpt-*`.
    ModelName
}

name! {
    /// What an operator calls a backend, and what `x-patchbay-backend` shows. Never a URL.
    BackendName
}
