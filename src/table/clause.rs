//! One condition of a rule.

use std::fmt;

use http::HeaderName;

use super::glob::Glob;
use super::{BackendIndex, BackendState, Condition, Hours, Loads, RequestFacts, TAG, Tier};

/// One condition of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Clause {
    /// The texts of the prompt have more characters than this.
    PromptOver(u64),
    /// The texts of the prompt have fewer characters than this.
    PromptUnder(u64),
    /// The request asks for more tokens than this.
    MaxTokensOver(u64),
    /// The request needs something that not every model can do.
    Has(Feature),
    /// The answer is to come as a stream, or is not.
    Stream(bool),
    /// A header has a value.
    Header(HeaderName, Pattern),
    /// One of these sent the request.
    Caller(Box<[String]>),
    /// With this request, the target of the model would have more of them in flight than this.
    BusyOver(u64),
    /// These backends can't answer.
    Down(Down),
    /// It is this time of the day.
    Hours(Hours),
    /// The request bears one of these tags.
    Tag(Box<[String]>),
}

/// What not every model can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feature {
    /// Look at pictures.
    Image,
    /// Call tools.
    Tools,
    /// Answer in the shape of a JSON schema.
    JsonSchema,
}

/// A value that a header must have; stars stand for any text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// This very value.
    Exact(Box<str>),
    /// Any value that fits.
    Glob(Glob),
}

/// What a condition calls down: a backend, or a pool with all of its members.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Down {
    /// What the configuration calls it.
    pub label: String,
    /// The members, with their states. Never empty.
    pub members: Box<[(BackendIndex, BackendState)]>,
}

/// What conditions look at.
pub(super) struct Seen<'a> {
    /// The request.
    pub(super) facts: &'a RequestFacts<'a>,
    /// What goes on at the backends.
    pub(super) loads: &'a dyn Loads,
    /// The model's own target.
    pub(super) target: &'a Tier,
}

// === impl Clause ===

impl Clause {
    /// Returns the key that stands for it in routes.yaml.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::PromptOver(_) => "prompt_over",
            Self::PromptUnder(_) => "prompt_under",
            Self::MaxTokensOver(_) => "max_tokens_over",
            Self::Has(_) => "has",
            Self::Stream(_) => "stream",
            Self::Header(..) => "header",
            Self::Caller(_) => "caller",
            Self::BusyOver(_) => "busy_over",
            Self::Down(_) => "down",
            Self::Hours(_) => "hours",
            Self::Tag(_) => "tag",
        }
    }

    /// Tells whether it looks into the body.
    #[must_use]
    pub fn reads_body(&self) -> bool {
        matches!(
            self,
            Self::PromptOver(_)
                | Self::PromptUnder(_)
                | Self::MaxTokensOver(_)
                | Self::Has(_)
                | Self::Stream(_)
        )
    }

    /// Returns the header that it looks at.
    #[must_use]
    pub fn header(&self) -> Option<HeaderName> {
        match self {
            Self::Header(name, _) => Some(name.clone()),
            Self::Tag(_) => Some(TAG),
            _ => None,
        }
    }

    /// Tells whether it holds whenever another one does.
    #[must_use]
    pub fn follows_from(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::PromptOver(own), Self::PromptOver(other))
            | (Self::MaxTokensOver(own), Self::MaxTokensOver(other))
            | (Self::BusyOver(own), Self::BusyOver(other)) => own <= other,
            (Self::PromptUnder(own), Self::PromptUnder(other)) => own >= other,
            (Self::Caller(own), Self::Caller(other)) | (Self::Tag(own), Self::Tag(other)) => {
                other.iter().all(|name| own.contains(name))
            }
            _ => self == other,
        }
    }

    /// Tells whether it holds; `None` if that is not known.
    pub(super) fn holds(&self, seen: &Seen<'_>) -> Option<bool> {
        let body = seen.facts.body;
        match self {
            Self::PromptOver(limit) => body.map(|body| body.prompt_chars > *limit),
            Self::PromptUnder(limit) => body.map(|body| body.prompt_chars < *limit),
            Self::MaxTokensOver(limit) => body.map(|body| body.max_tokens.is_some_and(|most| most > *limit)),
            Self::Has(feature) => body.map(|body| feature.is_in(&body)),
            Self::Stream(wanted) => body.map(|body| body.stream == *wanted),
            Self::Header(name, pattern) => {
                seen.facts.headers.values(name).map(|values| values.iter().any(|value| pattern.fits(value)))
            }
            Self::Caller(names) => {
                Some(seen.facts.caller.is_some_and(|caller| names.iter().any(|name| name == caller)))
            }
            Self::BusyOver(limit) => Some(seen.in_flight() >= *limit),
            Self::Down(down) => Some(down.holds(seen.loads)),
            Self::Hours(hours) => seen.facts.time.map(|time| hours.contains(time)),
            Self::Tag(wanted) => {
                let tags = seen.tags()?;
                Some(tags.iter().any(|tag| wanted.contains(tag)))
            }
        }
    }

    /// Says what was found where it looked.
    pub(super) fn found(&self, seen: &Seen<'_>) -> String {
        let facts = seen.facts;
        match self {
            Self::PromptOver(_) | Self::PromptUnder(_) => told(facts.body, |body| {
                let characters = if body.prompt_chars == 1 { "character" } else { "characters" };
                format!("the prompt has {} {characters}", body.prompt_chars)
            }),
            Self::MaxTokensOver(_) => told(facts.body, |body| match body.max_tokens {
                Some(most) => format!("it asks for up to {most} tokens"),
                None => "it sets no limit of tokens".to_owned(),
            }),
            Self::Has(feature) => told(facts.body, |body| {
                let has = if feature.is_in(&body) { "has" } else { "lacks" };
                format!("it {has} `{feature}`")
            }),
            Self::Stream(_) => told(facts.body, |body| {
                if body.stream { "it asks for a stream" } else { "it asks for no stream" }.to_owned()
            }),
            Self::Header(name, _) => told(facts.headers.values(name), |values| match values.as_slice() {
                [] => format!("it has no header `{name}`"),
                values => format!("its header `{name}` is `{}`", values.join("`, `")),
            }),
            Self::Caller(_) => match facts.caller {
                Some(caller) => format!("`{caller}` calls"),
                None => "its caller has no name".to_owned(),
            },
            Self::BusyOver(_) => format!("{} are in flight at the target", seen.in_flight()),
            Self::Down(down) => {
                format!("`{}` is {}", down.label, if down.holds(seen.loads) { "down" } else { "up" })
            }
            Self::Hours(_) => told(facts.time, |time| format!("it is {time}")),
            Self::Tag(_) => told(seen.tags(), |tags| match tags.as_slice() {
                [] => "it has no tag".to_owned(),
                tags => format!("its tag is `{}`", tags.join("`, `")),
            }),
        }
    }
}

fn told<T>(known: Option<T>, tell: impl FnOnce(T) -> String) -> String {
    known.map_or_else(|| "that is not known".to_owned(), tell)
}

impl fmt::Display for Clause {
    /// Writes it as in routes.yaml.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.key())?;
        match self {
            Self::PromptOver(limit)
            | Self::PromptUnder(limit)
            | Self::MaxTokensOver(limit)
            | Self::BusyOver(limit) => write!(f, "{limit}"),
            Self::Has(feature) => write!(f, "{feature}"),
            Self::Stream(wanted) => write!(f, "{wanted}"),
            Self::Header(name, pattern) => write!(f, "{{{name}: {pattern}}}"),
            Self::Caller(names) | Self::Tag(names) => match &**names {
                [only] => f.write_str(only),
                several => write!(f, "[{}]", several.join(", ")),
            },
            Self::Down(down) => f.write_str(&down.label),
            Self::Hours(hours) => write!(f, "{hours}"),
        }
    }
}

// === impl Seen ===

impl Seen<'_> {
    /// Counts what is in flight at the targets that get requests.
    fn in_flight(&self) -> u64 {
        let targets = self.target.targets.iter().filter(|target| target.share() > 0);
        targets.map(|target| self.loads.standing(target.backend).in_flight).sum()
    }

    fn tags(&self) -> Option<Vec<String>> {
        let values = self.facts.headers.values(&TAG)?;
        let tags = values.iter().flat_map(|value| value.split(',')).map(str::trim);
        Some(tags.filter(|tag| !tag.is_empty()).map(str::to_owned).collect())
    }
}

// === impl Down ===

impl Down {
    /// A backend that is out of service is down, whatever goes on.
    fn holds(&self, loads: &dyn Loads) -> bool {
        let is_out = |backend| loads.standing(backend).condition == Condition::Out;
        self.members.iter().all(|(backend, state)| !state.is_ready() || is_out(*backend))
    }
}

// === impl Feature ===

impl Feature {
    /// All of them, in the order in which messages name them.
    pub const ALL: [Self; 3] = [Self::Image, Self::Tools, Self::JsonSchema];

    /// Returns the word for it in routes.yaml.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Tools => "tools",
            Self::JsonSchema => "json_schema",
        }
    }

    /// Has a body ask for it.
    pub fn put_into(self, body: &mut super::BodyFacts) {
        match self {
            Self::Image => body.image = true,
            Self::Tools => body.tools = true,
            Self::JsonSchema => body.json_schema = true,
        }
    }

    /// Tells whether a body asks for it.
    #[must_use]
    pub fn is_in(self, body: &super::BodyFacts) -> bool {
        match self {
            Self::Image => body.image,
            Self::Tools => body.tools,
            Self::JsonSchema => body.json_schema,
        }
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// === impl Pattern ===

impl Pattern {
    /// Takes a value, which is a glob if it holds a star.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Glob::new(text).map_or_else(|| Self::Exact(text.into()), Self::Glob)
    }

    fn fits(&self, value: &str) -> bool {
        match self {
            Self::Exact(text) => **text == *value,
            Self::Glob(glob) => glob.matches(value),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(text) => f.write_str(text),
            Self::Glob(glob) => f.write_str(glob.as_str()),
        }
    }
}
