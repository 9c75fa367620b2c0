//! What a chunk of a streamed answer, or a whole small answer, means to who waits for it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::filled::Filled;

/// The value of a `data:` line, sorted by what may still be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing yet that a client waits for: a role, an empty delta, usage, a ping.
    Prelude,
    /// A part of the answer, or something in a shape that isn't known: when in doubt it is useful.
    Token,
    /// The backend says that it failed.
    Error,
    /// `[DONE]`.
    Done,
}

/// Events of other protocols than chat completions that come before the first token: Anthropic's
/// messages and OpenAI's responses.
const PRELUDES: [&str; 8] = [
    "ping",
    "message_start",
    "content_block_start",
    "response.created",
    "response.queued",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
];

/// Tells what a chunk means. Builds no tree and copies no text.
#[must_use]
pub fn meaning(data: &[u8]) -> Meaning {
    let data = data.trim_ascii();
    if data.is_empty() {
        return Meaning::Prelude;
    }
    if data == b"[DONE]" {
        return Meaning::Done;
    }
    match serde_json::from_slice::<Chunk>(data) {
        Ok(chunk) => chunk.meaning(),
        Err(_) => Meaning::Token,
    }
}

/// What of a chunk's outermost level is looked at.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Chunk<'a> {
    error: Filled,
    error_code: Filled,
    choices: Option<Vec<Choice>>,
    #[serde(borrow)]
    object: Option<Name<'a>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Name<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Choice {
    delta: Option<Delta>,
    message: Option<Delta>,
    text: Option<Filled>,
    finish_reason: Filled,
}

/// Whether a delta or a message holds more than a role.
struct Delta(bool);

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

// === impl Chunk ===

impl Chunk<'_> {
    fn meaning(&self) -> Meaning {
        let is = |name: &Option<Name<'_>>, texts: &[&str]| {
            name.as_ref().is_some_and(|Name(name)| texts.contains(&&**name))
        };
        let failed = is(&self.object, &["error"]) || is(&self.kind, &["error", "response.failed"]);
        match &self.choices {
            _ if self.error.0 => Meaning::Error,
            Some(choices) if choices.iter().any(Choice::is_useful) => Meaning::Token,
            Some(_) => Meaning::Prelude,
            // DB-GPT's own server: a failed model is a 200 with a code.
            None if failed || self.error_code.0 => Meaning::Error,
            None if is(&self.kind, &PRELUDES) => Meaning::Prelude,
            None => Meaning::Token,
        }
    }
}

// === impl Choice ===

impl Choice {
    /// A choice in a shape that isn't known is useful, and so is an end without a word.
    fn is_useful(&self) -> bool {
        let holds = |delta: &Option<Delta>| delta.as_ref().is_some_and(|Delta(holds)| *holds);
        let is_known = self.delta.is_some() || self.message.is_some() || self.text.is_some();
        !is_known
            || self.finish_reason.0
            || self.text.is_some_and(|text| text.0)
            || holds(&self.delta)
            || holds(&self.message)
    }
}

// === impl Delta ===

impl<'de> Deserialize<'de> for Delta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Look;
        impl<'de> Visitor<'de> for Look {
            type Value = Delta;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a delta")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Delta, A::Error> {
                let mut holds = false;
                while let Some(Name(name)) = map.next_key()? {
                    if name == "role" {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        holds |= map.next_value::<Filled>()?.0;
                    }
                }
                Ok(Delta(holds))
            }
        }
        deserializer.deserialize_map(Look)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Chunks as real servers send them.
    #[test]
    fn each_dialect_is_understood() {
        use Meaning::{Done, Error, Prelude, Token};
        let cases = [
            (
                Prelude,
                r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":null},"finish_reason":null}]}"#,
            ),
            (Prelude, r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}],"error":null}"#),
            (
                Prelude,
                r#"{"choices":[{"delta":{"role":"assistant"},"finish_reason":null}],"error_code":0,"usage":{}}"#,
            ),
            (Prelude, r#"{"choices":[],"prompt_filter_results":[{"prompt_index":0}]}"#),
            (Prelude, r#"{"choices":[],"usage":{"total_tokens":3}}"#),
            (Prelude, r#"{"choices":[{"text":"","finish_reason":null}]}"#),
            (Prelude, r#"{"type":"message_start","message":{"role":"assistant","content":[]}}"#),
            (Prelude, r#"{"type":"response.created","response":{"error":null}}"#),
            (Prelude, ""),
            (Token, r#"{"choices":[{"delta":{"content":"H"},"finish_reason":null}]}"#),
            (Token, r#"{"choices":[{"delta":{"reasoning_content":"H","content":null}}]}"#),
            (Token, r#"{"choices":[{"delta":{"reasoning":"H"}}]}"#),
            (Token, r#"{"choices":[{"delta":{"role":"assistant","tool_calls":[{"index":0}]}}]}"#),
            (Token, r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#),
            (Token, r#"{"choices":[{"delta":{"content":""}},{"delta":{"content":"b"}}]}"#),
            (Token, r#"{"choices":[{"text":"H"}]}"#),
            (Token, r#"{"choices":[{"token":17}]}"#),
            (Token, r#"{"type":"content_block_delta","delta":{"text":"H"}}"#),
            (Token, r#"{"response":"H"}"#),
            (Token, r#"{"choices":[{"delta":{"content":"H"}"#),
            (Token, "thinking"),
            (Token, "3"),
            (Error, r#"{"error":{"message":"CUDA out of memory"}}"#),
            (Error, r#"{"error":"model runner has stopped"}"#),
            (Error, r#"{"choices":[{"delta":{"content":"H"}}],"error":{"code":500}}"#),
            (Error, r#"{"text":"**LLMServer Generate Error**","error_code":1,"usage":null}"#),
            (Error, r#"{"object":"error","message":"Only a allowed now","code":40301}"#),
            (Error, r#"{"type":"error","error":{"type":"overloaded_error"}}"#),
            (Error, r#"{"type":"response.failed","response":{}}"#),
            (Done, " [DONE]"),
        ];
        for (expected, data) in cases {
            assert_eq!(meaning(data.as_bytes()), expected, "{data}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_stumble(data in prop::collection::vec(any::<u8>(), 0..64)) {
            let _meaning = meaning(&data);
        }

        #[test]
        fn a_delta_with_a_text_is_a_token_wherever_it_stands(text in "\\PC{1,8}", name in "[a-z_]{1,12}", at in 0_usize..3) {
            prop_assume!(name != "role");
            let mut choices = vec![serde_json::json!({"index": 0, "delta": {"role": "assistant"}}); 3];
            choices[at]["delta"][name] = text.into();
            let chunk = serde_json::json!({"id": "x", "choices": choices}).to_string();
            prop_assert_eq!(meaning(chunk.as_bytes()), Meaning::Token);
        }
    }
}
