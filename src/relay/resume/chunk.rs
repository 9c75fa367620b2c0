//! One event of a streamed completion, as far as a resumption has to understand it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::rewrite::place;

/// What one event says.
#[derive(Debug)]
pub(super) enum Reading<'e> {
    /// Comments and the like: nothing of the answer.
    Silent,
    /// `[DONE]`.
    Done,
    /// A piece of the answer.
    Chunk(Chunk<'e>),
    /// The backend says that it failed.
    Error,
    /// Something whose text can't be followed with certainty, and what.
    Strange(&'static str),
}

/// A piece of the only choice, or what stands behind the last one.
#[derive(Debug, Default)]
pub(super) struct Chunk<'e> {
    /// Its texts, empty ones left out, in the order in which they are read.
    pub(super) texts: Vec<Text<'e>>,
    /// Why the answer ends, if it does.
    pub(super) finish: Option<Cow<'e, str>>,
    /// Where `id`, `created` and `model` stand.
    pub(super) identity: [Option<Range<usize>>; 3],
    /// What the answer has cost so far.
    pub(super) usage: Option<Usage>,
    /// Whether it has a choice.
    pub(super) has_choice: bool,
}

/// A piece of text.
#[derive(Debug)]
pub(super) struct Text<'e> {
    pub(super) channel: Channel,
    pub(super) said: Cow<'e, str>,
    /// Where its JSON string stands, quotes included.
    pub(super) at: Range<usize>,
}

/// Which of a completion's texts a piece belongs to. The thoughts come before what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    ReasoningContent,
    Reasoning,
    Content,
    Refusal,
    /// Of the older `/completions`.
    Text,
}

/// Tokens, and where their numbers stand.
#[derive(Debug, Clone)]
pub(super) struct Usage {
    pub(super) input: Count,
    pub(super) output: Count,
    pub(super) total: Option<Range<usize>>,
}

/// A number and its place.
pub(super) type Count = (u64, Range<usize>);

#[derive(Deserialize)]
struct RawChunk<'e> {
    #[serde(borrow, default)]
    id: Option<&'e RawValue>,
    #[serde(borrow, default)]
    created: Option<&'e RawValue>,
    #[serde(borrow, default)]
    model: Option<&'e RawValue>,
    #[serde(borrow, default)]
    choices: Option<Vec<RawChoice<'e>>>,
    #[serde(borrow, default)]
    usage: Option<RawUsage<'e>>,
    #[serde(borrow, default)]
    error: Option<&'e RawValue>,
}

#[derive(Deserialize)]
struct RawChoice<'e> {
    #[serde(default)]
    index: Option<u64>,
    #[serde(borrow, default)]
    delta: Option<BTreeMap<String, &'e RawValue>>,
    #[serde(borrow, default)]
    text: Option<&'e RawValue>,
    #[serde(borrow, default)]
    finish_reason: Option<Cow<'e, str>>,
    #[serde(borrow, default)]
    logprobs: Option<&'e RawValue>,
    #[serde(borrow, default)]
    message: Option<&'e RawValue>,
    #[serde(borrow, default)]
    usage: Option<RawUsage<'e>>,
}

#[derive(Deserialize)]
struct RawUsage<'e> {
    #[serde(borrow, default, rename = "prompt_tokens")]
    input: Option<&'e RawValue>,
    #[serde(borrow, default, rename = "completion_tokens")]
    output: Option<&'e RawValue>,
    #[serde(borrow, default, rename = "total_tokens")]
    total: Option<&'e RawValue>,
}

const NOT_A_CHUNK: &str = "an event that is no completion chunk";

// === impl Reading ===

impl<'e> Reading<'e> {
    /// Reads the bytes of one event.
    pub(super) fn of(event: &'e [u8]) -> Self {
        let mut data = None;
        for line in event.split(|byte| matches!(byte, b'\n' | b'\r')) {
            let is_silent = line.is_empty()
                || [&b":"[..], b"event:", b"id:", b"retry:"].iter().any(|field| line.starts_with(field));
            match line.strip_prefix(b"data:") {
                Some(value) if data.is_none() => data = Some(value.trim_ascii()),
                None if is_silent => {}
                _ => return Self::Strange(NOT_A_CHUNK),
            }
        }
        match data {
            None => Self::Silent,
            Some(b"[DONE]") => Self::Done,
            Some(json) => match serde_json::from_slice(json) {
                Ok(raw) => Self::chunk(raw, event),
                Err(_) => Self::Strange(NOT_A_CHUNK),
            },
        }
    }

    fn chunk(raw: RawChunk<'e>, event: &[u8]) -> Self {
        if raw.error.is_some() {
            return Self::Error;
        }
        let at = |value: Option<&RawValue>| value.map(|value| place(value.get(), event));
        let mut chunk = Chunk {
            identity: [at(raw.id), at(raw.created), at(raw.model)],
            usage: raw.usage.and_then(|usage| usage.placed(event)),
            ..Chunk::default()
        };
        // Who has no list of choices has its text somewhere else.
        let Some(choices) = raw.choices else { return Self::Strange(NOT_A_CHUNK) };
        let mut choices = choices.into_iter();
        if let Some(choice) = choices.next() {
            chunk.has_choice = true;
            if let Err(what) = choice.add_to(&mut chunk, event) {
                return Self::Strange(what);
            }
        }
        if choices.next().is_some() {
            return Self::Strange("several choices");
        }
        Self::Chunk(chunk)
    }
}

// === impl RawChoice ===

impl<'e> RawChoice<'e> {
    fn add_to(self, chunk: &mut Chunk<'e>, event: &[u8]) -> Result<(), &'static str> {
        if self.index.is_some_and(|index| index > 0) {
            return Err("several choices");
        }
        if self.message.is_some() {
            return Err(NOT_A_CHUNK);
        }
        if self.logprobs.is_some() {
            return Err("log probabilities");
        }
        for (name, value) in self.delta.into_iter().flatten() {
            let is_empty = matches!(value.get(), "null" | "[]" | "{}" | "\"\"");
            match Channel::named(&name) {
                _ if is_empty || name == "role" => {}
                Some(channel) => chunk.texts.push(Text::read(channel, value, event)?),
                None if name.ends_with("_calls") || name.ends_with("_call") => return Err("a tool call"),
                None => return Err("more than text"),
            }
        }
        if let Some(text) = self.text.filter(|text| text.get() != "\"\"") {
            chunk.texts.push(Text::read(Channel::Text, text, event)?);
        }
        chunk.texts.sort_by_key(|text| text.channel as usize);
        chunk.finish = self.finish_reason;
        chunk.usage = chunk.usage.take().or_else(|| self.usage.and_then(|usage| usage.placed(event)));
        Ok(())
    }
}

// === impl Text ===

impl<'e> Text<'e> {
    fn read(channel: Channel, value: &'e RawValue, event: &[u8]) -> Result<Self, &'static str> {
        let said = serde_json::from_str(value.get()).map_err(|_| "a text that is no text")?;
        Ok(Self { channel, said: Cow::Owned(said), at: place(value.get(), event) })
    }
}

// === impl Channel ===

impl Channel {
    /// How many there are.
    pub(super) const COUNT: usize = 5;

    fn named(name: &str) -> Option<Self> {
        match name {
            "reasoning_content" => Some(Self::ReasoningContent),
            "reasoning" => Some(Self::Reasoning),
            "content" => Some(Self::Content),
            "refusal" => Some(Self::Refusal),
            _ => None,
        }
    }
}

// === impl RawUsage ===

impl RawUsage<'_> {
    fn placed(&self, event: &[u8]) -> Option<Usage> {
        let count = |value: Option<&RawValue>| {
            let number = value?.get();
            Some((number.parse().ok()?, place(number, event)))
        };
        Some(Usage {
            input: count(self.input)?,
            output: count(self.output)?,
            total: self.total.map(|total| place(total.get(), event)),
        })
    }
}
