//! What conditions look at in a request.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{DayTime, Feature};

/// The header in which a client says what a request is for; several values are parted by commas.
pub const TAG: HeaderName = HeaderName::from_static("x-patchbay-tag");

/// What the body of a request tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact that is true or not")]
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

/// A request that somebody thinks up, to see where it would go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Supposed {
    /// What its body tells.
    pub body: BodyFacts,
    /// What it comes with.
    pub headers: HeaderMap,
    /// Who sends it.
    pub caller: Option<String>,
    /// When it comes.
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

// === impl Supposed ===

impl Supposed {
    /// Returns it as what a table looks at.
    #[must_use]
    pub fn facts(&self) -> RequestFacts<'_> {
        RequestFacts {
            body: Some(self.body),
            headers: HeaderFacts::All(&self.headers),
            caller: self.caller.as_deref(),
            time: self.time,
        }
    }

    /// Writes it as the query that [`read`](Self::read) reads.
    #[must_use]
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let BodyFacts { prompt_chars, max_tokens, stream, .. } = self.body;
        let has: Vec<&str> =
            Feature::ALL.iter().filter(|f| f.is_in(&self.body)).map(|f| f.as_str()).collect();
        let mut query = vec![
            ("prompt", prompt_chars.to_string()),
            ("stream", stream.to_string()),
            ("has", has.join(",")),
        ];
        query.extend(max_tokens.map(|most| ("max_tokens", most.to_string())));
        query.extend(self.caller.clone().map(|caller| ("caller", caller)));
        query.extend(self.time.map(|time| ("time", time.to_string())));
        query.extend(self.headers.iter().map(|(name, value)| {
            ("header", format!("{name}:{}", String::from_utf8_lossy(value.as_bytes())))
        }));
        query
    }

    /// Reads one part of a query; else says what it should have been. Other names are passed over.
    pub fn read(&mut self, name: &str, value: &str) -> Result<(), String> {
        let wrong = |wanted: &str| format!("`{name}` must be {wanted}, not `{value}`");
        match name {
            "prompt" => {
                self.body.prompt_chars = value.parse().map_err(|_| wrong("a number of characters"))?;
            }
            "max_tokens" => {
                self.body.max_tokens = Some(value.parse().map_err(|_| wrong("a number of tokens"))?);
            }
            "stream" => self.body.stream = value.parse().map_err(|_| wrong("`true` or `false`"))?,
            "has" => {
                for word in value.split(',').filter(|word| !word.is_empty()) {
                    let feature = Feature::ALL.into_iter().find(|feature| feature.as_str() == word);
                    let feature = feature.ok_or_else(|| wrong("some of image,tools,json_schema"))?;
                    feature.put_into(&mut self.body);
                }
            }
            "header" if !self.add_header(value) => return Err(wrong("a header, NAME:VALUE")),
            "caller" => self.caller = Some(value.to_owned()),
            "time" => self.time = Some(DayTime::parse(value).ok_or_else(|| wrong("a time, as in 09:30"))?),
            _ => {}
        }
        Ok(())
    }

    /// Adds a header, written as `NAME:VALUE`; tells whether that is one.
    pub fn add_header(&mut self, line: &str) -> bool {
        let header = line.split_once(':').and_then(|(name, value)| {
            Some((name.trim().parse::<HeaderName>().ok()?, HeaderValue::from_str(value.trim()).ok()?))
        });
        header.map(|(name, value)| self.headers.append(name, value)).is_some()
    }
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
