//! What a completion request asks for.

use serde_json::Value;

use super::completion::Dialect;
use super::refusal::Refusal;

/// The parts of a completion request that an echo heeds.
#[derive(Debug)]
pub(super) struct Ask {
    /// What to echo.
    pub(super) said: String,
    /// How many words the whole prompt has; they count as its tokens.
    pub(super) prompt_tokens: usize,
    /// The most tokens that the client wants.
    pub(super) most: Option<u64>,
    /// Whether events are wanted.
    pub(super) stream: bool,
    /// Whether the events end with the usage.
    pub(super) include_usage: bool,
}

impl Ask {
    pub(super) fn read(body: &Value, dialect: Dialect) -> Result<Self, Refusal> {
        let (said, prompt_tokens) = match dialect {
            Dialect::Chat => of_messages(body)?,
            Dialect::Text => of_prompt(body)?,
        };
        let most = body.get("max_completion_tokens").or_else(|| body.get("max_tokens"));
        Ok(Self {
            said,
            prompt_tokens,
            most: most.and_then(Value::as_u64),
            stream: body["stream"].as_bool().unwrap_or(false),
            include_usage: body["stream_options"]["include_usage"].as_bool().unwrap_or(false),
        })
    }
}

fn of_messages(body: &Value) -> Result<(String, usize), Refusal> {
    let messages =
        body["messages"].as_array().ok_or(Refusal::Field { field: "messages", wanted: "a list" })?;
    let prompt_tokens = messages.iter().map(|message| words(&content(message))).sum();
    let last = messages.iter().rev().find(|message| message["role"] == "user").or(messages.last());
    Ok((last.map(content).unwrap_or_default(), prompt_tokens))
}

/// A prompt is a text, a list of texts, token numbers, or lists of those.
fn of_prompt(body: &Value) -> Result<(String, usize), Refusal> {
    match &body["prompt"] {
        Value::String(text) => Ok((text.clone(), words(text))),
        Value::Array(parts) => {
            let said = parts.iter().filter_map(Value::as_str).next_back().unwrap_or_default();
            let texts: usize = parts.iter().filter_map(Value::as_str).map(words).sum();
            Ok((said.to_owned(), texts.max(parts.len())))
        }
        _ => Err(Refusal::Field { field: "prompt", wanted: "a text or a list" }),
    }
}

/// A message's content is a text, or parts of which some have a text.
fn content(message: &Value) -> String {
    match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts: Vec<&str> = parts.iter().filter_map(|part| part["text"].as_str()).collect();
            texts.join(" ")
        }
        _ => String::new(),
    }
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}
