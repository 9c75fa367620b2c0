//! Reads what conditions ask of a body: how long the prompt is, what it needs, how it is answered.
//!
//! It is read without a tree being built, and only where a rule of the model looks into the body.
//! Whatever is no request as OpenAI and Anthropic describe it has none of these facts: it is the
//! backend's task to refuse it.

use std::ops::Range;

use super::scan::{items_of, members, members_of};
use crate::table::BodyFacts;

/// How deep texts may lie within each other: a list of messages with lists of parts that are tool
/// results with lists of parts lies in 7.
const DEEPEST: usize = 12;

/// Reads the facts of a body; what can't be read has none.
#[must_use]
pub fn facts(body: &[u8]) -> BodyFacts {
    let mut reading = Reading { body, facts: BodyFacts::default() };
    for member in members(body).into_iter().flatten() {
        let Ok(member) = member else { break };
        reading.member(&member.name, member.value_at);
    }
    reading.facts
}

struct Reading<'b> {
    body: &'b [u8],
    facts: BodyFacts,
}

// === impl Reading ===

impl Reading<'_> {
    /// Reads a member of the request itself.
    fn member(&mut self, name: &str, at: Range<usize>) {
        let value = &self.body[at.clone()];
        match name {
            "messages" | "prompt" | "input" | "system" | "instructions" => self.texts(at, 0),
            // The older name and the newer one, and that of the Responses API.
            "max_tokens" | "max_completion_tokens" | "max_output_tokens" => {
                let tokens = std::str::from_utf8(value).ok().and_then(|number| number.parse().ok());
                self.facts.max_tokens = self.facts.max_tokens.max(tokens);
            }
            "stream" => self.facts.stream = value == b"true",
            "tools" | "functions" => {
                self.facts.tools |= items_of(self.body, at).is_ok_and(|mut items| items.next().is_some());
            }
            "response_format" => self.facts.json_schema |= self.is_schema(at),
            "text" => {
                let format = self.get(at, "format");
                self.facts.json_schema |= format.is_some_and(|format| self.is_schema(format));
            }
            _ => {}
        }
    }

    /// Counts the texts of a prompt: strings, and whatever is called `content` or `text` within it.
    fn texts(&mut self, at: Range<usize>, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        match self.body[at.start] {
            b'"' => self.facts.prompt_chars += characters(&self.body[at]),
            b'[' => {
                for item in items_of(self.body, at).into_iter().flatten() {
                    let Ok(item) = item else { break };
                    self.texts(item, depth + 1);
                }
            }
            b'{' => {
                for member in members_of(self.body, at).into_iter().flatten() {
                    let Ok(member) = member else { break };
                    match &*member.name {
                        "content" | "text" => self.texts(member.value_at, depth + 1),
                        "type" => self.facts.image |= is_image(&self.body[member.value_at]),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn is_schema(&self, format: Range<usize>) -> bool {
        self.get(format, "type").is_some_and(|kind| &self.body[kind] == br#""json_schema""#)
    }

    /// Returns where a member of an object stands.
    fn get(&self, object: Range<usize>, name: &str) -> Option<Range<usize>> {
        let mut members = members_of(self.body, object).ok()?.map_while(Result::ok);
        members.find(|member| member.name == name).map(|member| member.value_at)
    }
}

fn is_image(kind: &[u8]) -> bool {
    matches!(kind, br#""image_url""# | br#""input_image""# | br#""image""#)
}

/// Counts the characters of a JSON string, quotes included. An escape is one; a pair of surrogates
/// is one together.
fn characters(quoted: &[u8]) -> u64 {
    let mut inner = &quoted[1..quoted.len().max(2) - 1];
    let mut count = 0;
    while let Some(at) = memchr::memchr(b'\\', inner) {
        count += begun(&inner[..at]);
        let escape = &inner[at..];
        let is_long = escape.get(1) == Some(&b'u');
        let length = if is_long { 6 } else { 2 }.min(escape.len());
        // The second half of a pair is `\uDC00` to `\uDFFF`.
        let is_second_half = is_long
            && matches!(escape.get(2), Some(b'd' | b'D'))
            && matches!(escape.get(3), Some(b'c'..=b'f' | b'C'..=b'F'));
        count += u64::from(!is_second_half);
        inner = &escape[length..];
    }
    count + begun(inner)
}

/// Counts the characters that begin in a piece of UTF-8.
fn begun(piece: &[u8]) -> u64 {
    piece.iter().filter(|byte| (**byte & 0xc0) != 0x80).count() as u64
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn of(body: &Value) -> BodyFacts {
        facts(body.to_string().as_bytes())
    }

    /// Writes a string as clients do that keep to ASCII.
    fn in_ascii(text: &str) -> String {
        let mut quoted = "\"".to_owned();
        for unit in text.encode_utf16() {
            write!(quoted, "\\u{unit:04x}").expect("writing to a String can't fail");
        }
        quoted + "\""
    }

    #[test]
    fn all_texts_of_a_prompt_count_and_nothing_else_does() {
        let chat = json!({"model": "m", "user": "nobody", "messages": [
            {"role": "system", "content": "four"},
            {"role": "user", "name": "ann", "content": [
                {"type": "text", "text": "zwölf"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAAAAAA"}},
            ]},
            {"role": "assistant", "content": null, "tool_calls": [{"function": {"arguments": "{}"}}]},
            {"role": "tool", "content": "数字"},
        ]});
        assert_eq!((of(&chat).prompt_chars, of(&chat).image), (11, true));
        assert_eq!(of(&json!({"prompt": ["ab", "c"], "suffix": "no"})).prompt_chars, 3);
        assert_eq!(of(&json!({"input": "ab", "instructions": "c"})).prompt_chars, 3);
        assert_eq!(of(&json!({"prompt": [1, 2, 3]})).prompt_chars, 0);
        let anthropic = json!({"system": [{"type": "text", "text": "ab"}], "messages": [{"role": "user", "content": [
            {"type": "tool_result", "content": [{"type": "image", "source": {}}, {"type": "text", "text": "c"}]},
        ]}]});
        assert_eq!((of(&anthropic).prompt_chars, of(&anthropic).image), (3, true));
    }

    #[test]
    fn what_a_request_needs_is_seen_in_each_dialect() {
        assert!(of(&json!({"tools": [{}]})).tools && of(&json!({"functions": [1]})).tools);
        assert!(!of(&json!({"tools": [], "functions": null})).tools);
        let schema = json!({"type": "json_schema", "json_schema": {}});
        assert!(of(&json!({"response_format": schema})).json_schema);
        assert!(of(&json!({"text": {"verbosity": "low", "format": schema}})).json_schema);
        assert!(!of(&json!({"response_format": {"type": "json_object"}})).json_schema);
        assert!(of(&json!({"stream": true})).stream && !of(&json!({"stream": "true"})).stream);
        let most = |body: Value| of(&body).max_tokens;
        assert_eq!(most(json!({"max_tokens": 5, "max_completion_tokens": 9})), Some(9));
        assert_eq!((most(json!({"max_tokens": null})), most(json!({"max_tokens": 1.5}))), (None, None));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _any = facts(&bytes);
        }

        #[test]
        fn no_almost_request_makes_it_panic(text in "[{}\\[\\]\":,\\\\ ua-f0-9]{0,60}", key in "(messages|prompt|text|tools|stream|max_tokens|response_format)") {
            let _any = facts(format!("{{\"{key}\":{text}}}").as_bytes());
            let _any = facts(format!("{{\"{key}\":[{{\"content\":{text}").as_bytes());
        }

        #[test]
        fn characters_are_counted_as_they_are_read(text: String) {
            let plain = json!({"prompt": text}).to_string();
            prop_assert_eq!(facts(plain.as_bytes()).prompt_chars, text.chars().count() as u64);
            let ascii = format!("{{\"prompt\":{}}}", in_ascii(&text));
            prop_assert_eq!(facts(ascii.as_bytes()).prompt_chars, text.chars().count() as u64);
        }
    }

    #[test]
    fn a_thousand_brackets_are_passed_over() {
        let body = format!("{{\"prompt\":{}\"x\"{},\"stream\":true}}", "[".repeat(100), "]".repeat(100));
        assert_eq!(facts(body.as_bytes()), BodyFacts { stream: true, ..BodyFacts::default() });
        let _any = facts(format!("{{\"prompt\":{}", "[".repeat(100_000)).as_bytes());
    }
}
