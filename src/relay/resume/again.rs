//! The request for the backend that takes over.

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
        let members = members(body).ok()?.collect::<Result<_, _>>().ok()?;
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

    /// Returns the text of a member's value. Of two with the same name nobody knows which one
    /// counts, so the first that isn't `null` does.
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
