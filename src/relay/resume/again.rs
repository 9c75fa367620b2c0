//! The request for the backend that takes over.

use std::collections::HashSet;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::chunk::Channel;
use super::rewrite::{Edit, place, quoted, rewritten};
use super::seam::Seam;
use crate::relay::scan::{Member, members};
use crate::table::Continuation;

/// Settings of vLLM and SGLang that say whether the last message is finished.
const LEFT_OPEN: [&str; 2] = ["continue_final_message", "add_generation_prompt"];

/// What ties the answer to a grammar, which a backend would begin anew in the middle of the text.
const GRAMMARS: [&str; 10] = [
    "response_format",
    "structured_outputs",
    "grammar",
    "json_schema",
    "guided_json",
    "guided_regex",
    "guided_choice",
    "guided_grammar",
    "regex",
    "ebnf",
];

/// A request's body, as far as a resumption has to understand it.
pub(super) struct Asked<'b> {
    body: &'b Bytes,
    text: &'b str,
    members: Vec<Member<'b>>,
}

/// What a backend is sent that takes over.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Again {
    pub(super) body: Bytes,
    /// The text that it goes on from, and after how many bytes; `None` if it begins at the start.
    pub(super) from: Option<(Channel, usize)>,
}

#[derive(Deserialize)]
struct Message {
    role: String,
}

// === impl Asked ===

impl<'b> Asked<'b> {
    /// Reads a body; `None` if its answer must not be resumed: it may call tools, which would be
    /// called twice, or has several choices.
    pub(super) fn read(body: &'b Bytes) -> Option<Self> {
        let members: Vec<Member<'_>> = members(body).ok()?.collect::<Result<_, _>>().ok()?;
        // Of two with the same name nobody knows which one counts.
        let names: HashSet<&str> = members.iter().map(|member| &*member.name).collect();
        if names.len() < members.len() {
            return None;
        }
        let asked = Self { body, text: std::str::from_utf8(body).ok()?, members };
        let calls_nothing = asked.given("tool_choice") == Some("\"none\"")
            || ["tools", "functions"].iter().all(|key| matches!(asked.given(key), None | Some("[]")));
        let has_one_choice = ["n", "best_of"].iter().all(|key| matches!(asked.given(key), None | Some("1")));
        (calls_nothing && has_one_choice).then_some(asked)
    }

    /// Words the request anew: to go on from what the client has where the backend can do that,
    /// else as it was.
    pub(super) fn again(&self, seam: &Seam, continuation: Option<Continuation>) -> Again {
        match continuation.and_then(|continuation| self.going_on(seam, continuation)) {
            Some((from, edits)) => Again { body: rewritten(self.body, edits), from: Some(from) },
            None => Again { body: self.body.clone(), from: None },
        }
    }

    /// Returns the text of a member's value, if it stands there and is not `null`.
    fn given(&self, name: &str) -> Option<&'b str> {
        let named = self.members.iter().filter(|member| member.name == name);
        named.map(|member| &self.text[member.value_at.clone()]).find(|value| *value != "null")
    }

    /// Returns what the request goes on from, and how it says so.
    fn going_on(&self, seam: &Seam, continuation: Continuation) -> Option<((Channel, usize), Vec<Edit>)> {
        let has_grammar = GRAMMARS.iter().any(|key| self.given(key).is_some());
        let has_other_texts = [Channel::ReasoningContent, Channel::Reasoning, Channel::Refusal]
            .iter()
            .any(|channel| !seam.said(*channel).is_empty());
        if has_grammar || has_other_texts || seam.is_finished() {
            return None;
        }
        let (from, mut edits) = match self.given("messages") {
            Some(messages) => self.longer_talk(messages, seam.said(Channel::Content), continuation)?,
            None => self.longer_prompt(self.given("prompt")?, seam.said(Channel::Text))?,
        };
        for key in ["max_tokens", "max_completion_tokens"] {
            if let Some(most) = self.given(key) {
                let left = most.parse::<u64>().ok()?.saturating_sub(seam.spent.tokens());
                if left == 0 {
                    return None;
                }
                edits.push((place(most, self.body), left.to_string().into_bytes()));
            }
        }
        Some((from, edits))
    }

    /// Appends the answer so far as the assistant's message. Its last white space is left for the
    /// backend to say again: the templates of many models would cut it off unseen.
    fn longer_talk(
        &self,
        messages: &str,
        said: &str,
        continuation: Continuation,
    ) -> Option<((Channel, usize), Vec<Edit>)> {
        let said = said.trim_end();
        let last: Vec<&RawValue> = serde_json::from_str(messages).ok()?;
        let last: Message = serde_json::from_str(last.last()?.get()).ok()?;
        let is_open = LEFT_OPEN.iter().any(|key| self.given(key).is_some());
        if said.is_empty() || last.role == "assistant" || is_open {
            return None;
        }
        let mark: &[u8] = match continuation {
            Continuation::LastMessage | Continuation::ContinueFinalMessage => b"}",
            Continuation::Prefix => b",\"prefix\":true}",
            Continuation::Partial => b",\"partial\":true}",
        };
        let message = [b",{\"role\":\"assistant\",\"content\":", &*quoted(said), mark].concat();
        let end = place(messages, self.body).end - 1;
        let mut edits = vec![(end..end, message)];
        if continuation == Continuation::ContinueFinalMessage {
            let start = memchr::memchr(b'{', self.body)? + 1;
            let settings = b"\"continue_final_message\":true,\"add_generation_prompt\":false,";
            edits.push((start..start, settings.to_vec()));
        }
        Some(((Channel::Content, said.len()), edits))
    }

    /// Appends the answer so far to the prompt.
    fn longer_prompt(&self, prompt: &str, said: &str) -> Option<((Channel, usize), Vec<Edit>)> {
        let is_text = prompt.starts_with('"') && !said.is_empty();
        let is_echoed = self.given("echo").is_some_and(|echo| echo != "false");
        if !is_text || is_echoed || self.given("suffix").is_some() {
            return None;
        }
        let end = place(prompt, self.body).end - 1;
        let json = quoted(said);
        Some(((Channel::Text, said.len()), vec![(end..end, json[1..json.len() - 1].to_vec())]))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// What a client has after these deltas.
    fn after(deltas: &[Value]) -> Seam {
        let mut seam = Seam::default();
        for delta in deltas {
            let choice = if delta.is_string() { json!({"text": delta}) } else { json!({"delta": delta}) };
            seam.take(&format!("data: {}\n\n", json!({"choices": [choice]})).into());
        }
        seam
    }

    /// The body sent to a backend that continues by `how`, if it is to go on.
    fn going_on(body: &str, seam: &Seam, how: Continuation) -> Option<(Channel, usize, String)> {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let again = Asked::read(&body)?.again(seam, Some(how));
        let Some((channel, length)) = again.from else {
            assert_eq!(again.body, body, "whoever begins at the start is asked as before");
            return None;
        };
        Some((channel, length, String::from_utf8(again.body.to_vec()).unwrap()))
    }

    #[test]
    fn each_dialect_is_told_to_go_on_in_its_own_words_and_no_other_byte_changes() {
        let said = after(&[json!({"content": "so \"far\" \u{e9}"}), json!({"content": " \n"})]);
        let body = r#"{ "model":"m","messages":[ {"role":"user","content":"a\/b"} ] , "max_tokens" : 10,"seed":1.50}"#;
        let cases = [
            (
                Continuation::LastMessage,
                r#"{ "model":"m","messages":[ {"role":"user","content":"a\/b"} ,{"role":"assistant","content":"so \"far\" é"}] , "max_tokens" : 8,"seed":1.50}"#,
            ),
            (
                Continuation::ContinueFinalMessage,
                r#"{"continue_final_message":true,"add_generation_prompt":false, "model":"m","messages":[ {"role":"user","content":"a\/b"} ,{"role":"assistant","content":"so \"far\" é"}] , "max_tokens" : 8,"seed":1.50}"#,
            ),
            (
                Continuation::Prefix,
                r#"{ "model":"m","messages":[ {"role":"user","content":"a\/b"} ,{"role":"assistant","content":"so \"far\" é","prefix":true}] , "max_tokens" : 8,"seed":1.50}"#,
            ),
            (
                Continuation::Partial,
                r#"{ "model":"m","messages":[ {"role":"user","content":"a\/b"} ,{"role":"assistant","content":"so \"far\" é","partial":true}] , "max_tokens" : 8,"seed":1.50}"#,
            ),
        ];
        for (how, expected) in cases {
            let (channel, length, sent) = going_on(body, &said, how).unwrap();
            assert_eq!((channel, length), (Channel::Content, "so \"far\" \u{e9}".len()));
            assert_eq!(sent, expected);
            serde_json::from_str::<Value>(&sent).unwrap();
        }
    }

    #[test]
    fn a_prompt_is_made_longer() {
        let said = after(&[json!(" \"so\" "), json!("far ")]);
        let (channel, length, sent) =
            going_on(r#"{"prompt":"Say\n","n":1}"#, &said, Continuation::LastMessage).unwrap();
        assert_eq!((channel, length), (Channel::Text, 10));
        assert_eq!(sent, r#"{"prompt":"Say\n \"so\" far ","n":1}"#);
    }

    #[test]
    fn what_can_only_be_begun_anew_is() {
        let said = || after(&[json!({"content": "so"}), json!({"content": " far"})]);
        let cases = [
            (said(), r#"{"messages":[{"role":"user"},{"role":"assistant","content":"I"}]}"#),
            (said(), r#"{"messages":[{"role":"user"}],"add_generation_prompt":true}"#),
            (said(), r#"{"messages":[{"role":"user"}],"response_format":{"type":"json_object"}}"#),
            (said(), r#"{"messages":[{"role":"user"}],"grammar":"root ::= \"a\""}"#),
            (said(), r#"{"messages":[{"role":"user"}],"max_tokens":2}"#),
            (said(), r#"{"messages":[]}"#),
            (said(), r#"{"messages":"hi"}"#),
            (after(&[]), r#"{"messages":[{"role":"user"}]}"#),
            (after(&[json!({"content": " \n"})]), r#"{"messages":[{"role":"user"}]}"#),
            (
                after(&[json!({"reasoning_content": "hm"}), json!({"content": "so"})]),
                r#"{"messages":[{"role":"user"}]}"#,
            ),
            (after(&[json!("so")]), r#"{"prompt":["a","b"]}"#),
            (after(&[json!("so")]), r#"{"prompt":"a","echo":true}"#),
            (after(&[json!("so")]), r#"{"prompt":"a","suffix":"z"}"#),
        ];
        for (seam, body) in cases {
            assert_eq!(going_on(body, &seam, Continuation::LastMessage), None, "{body}");
        }
        let body = Bytes::from_static(b"{\"messages\":[{\"role\":\"user\"}]}");
        assert_eq!(
            Asked::read(&body).unwrap().again(&said(), None),
            Again { body: body.clone(), from: None }
        );
    }

    #[test]
    fn what_may_call_something_or_answers_twice_is_not_asked_again() {
        let is_open = |body: &'static str| Asked::read(&Bytes::from_static(body.as_bytes())).is_some();
        for body in [
            r"{}",
            r#"{"tools":[],"functions":null,"n":1}"#,
            r#"{"tools":[{"type":"function"}],"tool_choice":"none"}"#,
        ] {
            assert!(is_open(body), "{body}");
        }
        for body in [
            r#"{"tools":[{"type":"function"}]}"#,
            r#"{"tools":[],"tools":[{"type":"function"}]}"#,
            r#"{"functions":[{}],"tool_choice":"auto"}"#,
            r#"{"n":2}"#,
            r#"{"n":1,"best_of":3}"#,
            r#"{"n":1"#,
            "",
        ] {
            assert!(!is_open(body), "{body}");
        }
    }
}
