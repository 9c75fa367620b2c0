//! What conditions look at in a request.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName};

use super::DayTime;

/// The header in which a client says what a request is for; several values are parted by commas.
pub const TAG: HeaderName = HeaderName::from_static("x-patchbay-tag");

/// What the body of a request tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BodyFacts {
    /// Characters of all texts of the prompt.
    pub prompt_chars: u64,
    /// The most tokens that the answer may have, where the request limits them.
    pub max_tokens: Option<u64>,
    /// Whether the answer is to come as a stream.
    pub stream: bool,
    /// Whether there is a picture in the prompt.
    pub image: bool,
    /// Whether the model may call tools.
    pub tools: bool,
    /// Whether the answer must follow a JSON schema.
    pub json_schema: bool,
}

/// What is known of a request when its way is chosen. A part that is not known decides nothing: a
/// router knows all that its table asks for, a record of the past may not.
#[derive(Debug, Clone, Copy)]
pub struct RequestFacts<'r> {
    /// What its body tells.
    pub body: Option<BodyFacts>,
    /// What it came with.
    pub headers: HeaderFacts<'r>,
    /// Who sent it, where callers have names.
    pub caller: Option<&'r str>,
    /// The time of day at this router.
    pub time: Option<DayTime>,
}

/// The headers of a request.
#[derive(Debug, Clone, Copy)]
pub enum HeaderFacts<'r> {
    /// All of them.
    All(&'r HeaderMap),
    /// Those that were written down: values by name, none for a header that was not there.
    Recorded(&'r BTreeMap<String, Vec<String>>),
}

// === impl HeaderFacts ===

impl<'r> HeaderFacts<'r> {
    /// Returns all values of a header; `None` if nobody knows whether it was there.
    #[must_use]
    pub fn values(&self, name: &HeaderName) -> Option<Vec<Cow<'r, str>>> {
        match self {
            Self::All(headers) => {
                let values = headers.get_all(name).iter();
                Some(values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect())
            }
            Self::Recorded(known) => {
                let values = known.get(name.as_str())?;
                Some(values.iter().map(|value| Cow::Borrowed(value.as_str())).collect())
            }
        }
    }
}
