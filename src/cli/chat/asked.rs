//! What became of one request.

use std::fmt;
use std::time::Duration;

use reqwest::header::HeaderMap;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::Value;

use crate::cli::exit::Exit;

/// What became of one request.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// What was said.
    pub(super) text: String,
    /// Who said it.
    pub(super) backend: Option<String>,
    pub(super) generation: Option<u64>,
    attempts: Option<u64>,
    request_id: Option<String>,
    /// Until the first piece of text, be it of a model's reasoning.
    pub(super) first: Option<Duration>,
    /// Until the end.
    pub(super) took: Duration,
    /// As the backend counted.
    tokens: Option<u64>,
    /// How many events had text, which are nearly as many where the backend doesn't count.
    pieces: u64,
    pub(super) fault: Option<Fault>,
}

/// Why there is no whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nobody listens there.
    NotReachable(String),
    /// The router or the backend says no, or the answer broke off.
    Failed(String),
}

// === impl Asked ===

impl Asked {
    pub(super) fn take_headers(&mut self, headers: &HeaderMap) {
        let text = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
        self.backend = text("x-patchbay-backend");
        self.request_id = text("x-request-id");
        self.generation = text("x-patchbay-generation").and_then(|number| number.parse().ok());
        self.attempts = text("x-patchbay-attempts").and_then(|number| number.parse().ok());
    }

    /// Takes an event; its text is shown. An error within the stream is one.
    pub(super) fn take_event(
        &mut self,
        data: &str,
        at: Duration,
        show: &mut impl FnMut(&str),
    ) -> Result<(), Fault> {
        let Ok(event) = serde_json::from_str::<Value>(data) else { return Ok(()) };
        if let Some(error) = event["error"]["message"].as_str() {
            return Err(Fault::Failed(error.to_owned()));
        }
        self.tokens = event["usage"]["completion_tokens"].as_u64().or(self.tokens);
        let delta = &event["choices"][0]["delta"];
        let text = |name: &str| delta[name].as_str().filter(|text| !text.is_empty());
        if ["content", "reasoning_content", "reasoning"].into_iter().any(|name| text(name).is_some()) {
            self.pieces += 1;
            self.first.get_or_insert(at);
        }
        if let Some(text) = text("content") {
            // A model's words must not steer the terminal.
            let harmless: String =
                text.chars().filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\t')).collect();
            show(&harmless);
            self.text.push_str(text);
        }
        Ok(())
    }

    pub(super) fn exit(&self) -> Exit {
        match &self.fault {
            None => Exit::Done,
            Some(Fault::NotReachable(_)) => Exit::NotReachable,
            Some(Fault::Failed(_)) => Exit::Refused,
        }
    }

    fn count(&self) -> u64 {
        self.tokens.unwrap_or(self.pieces)
    }

    /// Tokens a second after the first.
    fn pace(&self) -> Option<f64> {
        let rest = self.took.checked_sub(self.first?)?.as_secs_f64();
        let tokens = u32::try_from(self.count().saturating_sub(1)).ok().filter(|tokens| *tokens > 0)?;
        (rest > 0.0).then(|| f64::from(tokens) / rest)
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(fault) = &self.fault {
            writeln!(f, "error: {fault}")?;
        }
        let Some(backend) = &self.backend else { return Ok(()) };
        write!(f, "{backend}")?;
        if let Some(generation) = self.generation {
            write!(f, "   generation {generation}")?;
        }
        if let Some(attempts) = self.attempts.filter(|attempts| *attempts > 1) {
            write!(f, "   {attempts} attempts")?;
        }
        if let Some(first) = self.first {
            write!(f, "   first token after {} ms", first.as_millis())?;
        }
        if self.fault.is_none() {
            let about = if self.tokens.is_none() { "about " } else { "" };
            write!(f, "   {about}{} tokens in {:.1} s", self.count(), self.took.as_secs_f64())?;
            if let Some(pace) = self.pace() {
                write!(f, ", {pace:.0} tokens/s")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReachable(why) => write!(f, "no router answers: {why}"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl Serialize for Asked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let milliseconds = |time: Duration| (time.as_secs_f64() * 1e5).round() / 100.0;
        let mut object = serializer.serialize_struct("Asked", 11)?;
        object.serialize_field("schema", &1)?;
        object.serialize_field("text", &self.text)?;
        object.serialize_field("backend", &self.backend)?;
        object.serialize_field("generation", &self.generation)?;
        object.serialize_field("attempts", &self.attempts)?;
        object.serialize_field("request_id", &self.request_id)?;
        object.serialize_field("ttft_ms", &self.first.map(milliseconds))?;
        object.serialize_field("took_ms", &milliseconds(self.took))?;
        object.serialize_field("tokens", &self.tokens)?;
        object.serialize_field("tokens_per_s", &self.pace().map(|pace| (pace * 10.0).round() / 10.0))?;
        object.serialize_field("error", &self.fault.as_ref().map(ToString::to_string))?;
        object.end()
    }
}
