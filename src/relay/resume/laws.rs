//! Never a doubled, lost or invented byte: whatever the text, however servers and networks cut it,
//! wherever a backend breaks off.

use bytes::Bytes;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use super::any_bytes::passes_untouched;
use super::chunk::Channel;
use super::follower::{Follower, Trouble};

/// How a server words its events.
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
#[derive(Debug, Clone)]
struct Dialect {
    id: u8,
    /// `None`: no event for the role; else what its content is.
    role: Option<Value>,
    escapes: bool,
    crlf: bool,
    comments: bool,
    finish_with_text: bool,
    usage: bool,
    done: bool,
}

/// An answer: thoughts, then words.
#[derive(Debug, Clone, PartialEq, Default)]
struct Answer {
    thoughts: String,
    words: String,
}

/// What a client makes of a stream.
#[derive(Debug, Default, PartialEq)]
struct Client {
    answer: Answer,
    finish: Vec<String>,
    usage: Vec<(u64, u64, u64)>,
    ids: Vec<(Value, Value, Value)>,
    done: usize,
}

// === impl Client ===

impl Client {
    /// Reads as a client does: whole events only.
    fn reading(stream: &[u8]) -> Self {
        let stream = std::str::from_utf8(stream).unwrap().replace("\r\n", "\n");
        let mut client = Self::default();
        for event in stream.split_inclusive("\n\n").filter_map(|event| event.strip_suffix("\n\n")) {
            let Some(data) = event.strip_prefix("data: ") else {
                assert!(event.starts_with(':'), "not an event: {event:?}");
                continue;
            };
            if data == "[DONE]" {
                client.done += 1;
                continue;
            }
            let json: Value = serde_json::from_str(data).expect("well-formed JSON");
            let ids = (json["id"].clone(), json["created"].clone(), json["model"].clone());
            if !client.ids.contains(&ids) {
                client.ids.push(ids);
            }
            let delta = &json["choices"][0]["delta"];
            client.answer.thoughts += delta["reasoning_content"].as_str().unwrap_or_default();
            client.answer.words += delta["content"].as_str().unwrap_or_default();
            client.finish.extend(json["choices"][0]["finish_reason"].as_str().map(str::to_owned));
            let count = |key: &str| json["usage"][key].as_u64();
            client.usage.extend(
                count("prompt_tokens").map(|input| {
                    (input, count("completion_tokens").unwrap(), count("total_tokens").unwrap())
                }),
            );
        }
        client
    }
}

// === impl Dialect ===

impl Dialect {
    fn json(&self, value: &Value) -> String {
        let plain = value.to_string();
        if !self.escapes {
            return plain;
        }
        // As Python's json.dumps writes it: surrogate pairs for everything beyond U+FFFF.
        let mut escaped = String::new();
        for c in plain.chars() {
            if c.is_ascii() {
                escaped.push(c);
            } else {
                let mut units = [0; 2];
                escaped.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
            }
        }
        escaped
    }

    fn event(&self, delta: &Value, finish: Option<&str>) -> String {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
        self.sent(&json!({"id": format!("id-{}", self.id), "object": "chat.completion.chunk",
            "created": 1000 + u64::from(self.id), "model": format!("m{}", self.id), "choices": [choice]}))
    }

    fn sent(&self, event: &Value) -> String {
        let end = if self.crlf { "\r\n\r\n" } else { "\n\n" };
        let comment = if self.comments { format!(": keep-alive{end}") } else { String::new() };
        format!("{comment}data: {}{end}", self.json(event))
    }

    /// The stream of an answer whose texts are cut at these places; `skip` leaves out the first
    /// bytes of the words, as a server does that goes on from them.
    fn stream(&self, answer: &Answer, cuts: &[Index], skip: usize) -> (Vec<u8>, u64) {
        let mut out = String::new();
        if let Some(content) = &self.role {
            out += &self.event(&json!({"role": "assistant", "content": content}), None);
        }
        let thoughts = if skip > 0 { "" } else { &*answer.thoughts };
        let mut pieces: Vec<Value> =
            pieces(thoughts, cuts).map(|text| json!({"reasoning_content": text})).collect();
        pieces.extend(self::pieces(&answer.words[skip..], cuts).map(|text| json!({"content": text})));
        let tokens = pieces.len() as u64;
        let last = if self.finish_with_text { pieces.pop() } else { None };
        for piece in pieces {
            out += &self.event(&piece, None);
        }
        out += &self.event(&last.unwrap_or(json!({})), Some("stop"));
        if self.usage {
            let usage = json!({"prompt_tokens": 7, "completion_tokens": tokens, "total_tokens": 7 + tokens});
            out += &self.sent(&json!({"id": format!("id-{}", self.id), "object": "chat.completion.chunk",
                "created": 1000 + u64::from(self.id), "model": format!("m{}", self.id), "choices": [],
                "usage": usage}));
        }
        if self.done {
            out += if self.crlf { "data: [DONE]\r\n\r\n" } else { "data: [DONE]\n\n" };
        }
        (out.into_bytes(), tokens)
    }
}

/// A text in pieces, none of them empty.
fn pieces<'t>(text: &'t str, cuts: &[Index]) -> impl Iterator<Item = &'t str> {
    let mut bounds: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let mut at: Vec<usize> =
        cuts.iter().filter(|_| !bounds.is_empty()).map(|cut| *cut.get(&bounds)).collect();
    bounds.clear();
    at.extend([0, text.len()]);
    at.sort_unstable();
    at.dedup();
    at.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect::<Vec<_>>().into_iter()
}

/// Feeds bytes as a network cuts them.
fn feed(follower: &mut Follower, stream: &[u8], cuts: &[Index], out: &mut Vec<u8>) {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    at.extend([0, stream.len()]);
    at.sort_unstable();
    for pair in at.windows(2) {
        out.extend_from_slice(&follower.pass(Bytes::copy_from_slice(&stream[pair[0]..pair[1]])));
        if follower.is_in_trouble() {
            return;
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof![
        4 => "[a-c ]{1,3}", 1 => Just("\"\\/\u{8}\n\t".to_owned()), 1 => "[é世\u{1F600}\u{7f}\u{2028}]{1,2}", 1 => "\\PC",
    ], 0..8).prop_map(|parts| parts.concat())
}

fn answer() -> impl Strategy<Value = Answer> {
    (prop_oneof![2 => Just(String::new()), 1 => text()], text())
        .prop_map(|(thoughts, words)| Answer { thoughts, words })
}

fn dialect(id: u8) -> impl Strategy<Value = Dialect> {
    let role = prop_oneof![Just(None), Just(Some(json!(null))), Just(Some(json!("")))];
    (role, any::<[bool; 6]>()).prop_map(move |(role, flags)| {
        let [escapes, crlf, comments, finish_with_text, usage, done] = flags;
        Dialect { id, role, escapes, crlf, comments, finish_with_text, usage, done }
    })
}

fn cuts() -> impl Strategy<Value = Vec<Index>> {
    prop::collection::vec(any::<Index>(), 0..6)
}

proptest! {
    /// Two backends break off somewhere, the third goes through.
    #[test]
    fn the_client_reads_one_undisturbed_answer(
        answer in answer(),
        dialects in (dialect(1), dialect(2), dialect(3)),
        wordings in [cuts(), cuts(), cuts()],
        network in cuts(),
        breaks in [any::<Index>(), any::<Index>()],
        goes_on in any::<[bool; 2]>(),
    ) {
        let dialects = [dialects.0, dialects.1, dialects.2];
        let mut follower = Follower::default();
        let mut out = Vec::new();
        for turn in 0..3 {
            let mut from = None;
            if turn > 0 {
                let seam = &follower.seam;
                let words = seam.said(Channel::Content).trim_end().len();
                if goes_on[turn - 1] && words > 0 && !seam.is_finished() && answer.thoughts.is_empty() {
                    from = Some((Channel::Content, words));
                }
                follower.resume(from, Bytes::from_static(b": resumed\n\n"));
            }
            let skip = from.map_or(0, |(_, length)| length);
            let (stream, _) = dialects[turn].stream(&answer, &wordings[turn], skip);
            let Some(end) = breaks.get(turn) else {
                feed(&mut follower, &stream, &network, &mut out);
                out.extend_from_slice(&follower.end());
                break;
            };
            feed(&mut follower, &stream[..end.index(stream.len())], &network, &mut out);
            let so_far = Client::reading(&out);
            prop_assert_eq!(out.is_empty() || out.ends_with(b"\n"), true, "half an event: {:?}", String::from_utf8_lossy(&out));
            prop_assert!(answer.words.starts_with(&so_far.answer.words));
            if !follower.is_open() {
                return Ok(());
            }
        }
        prop_assert_eq!(follower.trouble(), None);
        let client = Client::reading(&out);
        prop_assert_eq!(&client.answer, &answer);
        prop_assert_eq!(&client.finish, &["stop".to_owned()]);
        prop_assert_eq!(client.ids.len(), 1, "{:?}", client.ids);
        prop_assert!(client.usage.len() <= 1 && client.done <= 1, "{:?}", client);
        prop_assert_eq!(client.done == 1, dialects[2].done);
    }

    /// What differs is never joined.
    #[test]
    fn another_answer_is_seen_and_never_joined(
        first in answer(),
        second in answer(),
        dialects in (dialect(1), dialect(2)),
        wordings in [cuts(), cuts()],
        network in cuts(),
        at in any::<Index>(),
    ) {
        let mut follower = Follower::default();
        let mut out = Vec::new();
        let (stream, _) = dialects.0.stream(&first, &wordings[0], 0);
        feed(&mut follower, &stream[..at.index(stream.len())], &network, &mut out);
        let before = Client::reading(&out);
        if !follower.is_open() {
            return Ok(());
        }
        follower.resume(None, Bytes::new());
        let (stream, _) = dialects.1.stream(&second, &wordings[1], 0);
        feed(&mut follower, &stream, &network, &mut out);
        if !follower.is_in_trouble() {
            out.extend_from_slice(&follower.end());
        }
        let after = Client::reading(&out);
        let fits = second.words.starts_with(&before.answer.words)
            && second.thoughts.starts_with(&before.answer.thoughts)
            && (before.answer.words.is_empty() || before.answer.thoughts == second.thoughts)
            && (before.finish.is_empty() || before.answer == second);
        if fits {
            prop_assert_eq!(follower.trouble(), None);
            prop_assert_eq!(&after.answer, &second);
        } else {
            prop_assert!(matches!(follower.trouble(), Some(Trouble::Differs(_))));
            prop_assert_eq!(&after.answer, &before.answer);
            prop_assert_eq!((after.finish.len(), after.done), (before.finish.len(), 0));
        }
    }

    /// As long as nothing fails, no byte is touched.
    #[test]
    fn an_undisturbed_stream_passes_byte_for_byte(
        stream in prop_oneof![
            (answer(), dialect(1), cuts()).prop_map(|(answer, dialect, cuts)| dialect.stream(&answer, &cuts, 0).0),
            prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'{'), Just(b':'), any::<u8>()], 0..60),
            prop::collection::vec(prop::sample::select(vec![
                "data: {\"choices\":[", "{\"delta\":{\"tool_calls\":[{}]}}", "{\"index\":1}", "]}\n\n", "data: ", "\n\n",
                "{\"error\":1}", "[DONE]", "\r", "{\"delta\":{\"content\":\"\\ud800\"}}", "\u{feff}",
            ]), 0..10).prop_map(|parts| parts.concat().into_bytes()),
        ],
        network in cuts(),
    ) {
        let mut at: Vec<usize> = network.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        at.extend([0, stream.len()]);
        at.sort_unstable();
        let pieces: Vec<&[u8]> = at.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect();
        passes_untouched(&stream, &pieces);
    }

    /// The sum of what all backends have worked, as far as pieces tell.
    #[test]
    fn usage_is_the_sum(
        answer in answer(),
        dialects in (dialect(1), dialect(2)),
        wordings in [cuts(), cuts()],
        at in any::<Index>(),
    ) {
        let mut follower = Follower::default();
        let mut out = Vec::new();
        let (stream, _) = dialects.0.stream(&answer, &wordings[0], 0);
        let stream = &stream[..at.index(stream.len())];
        feed(&mut follower, stream, &[], &mut out);
        let whole = String::from_utf8_lossy(&out).into_owned();
        let is_text = |event: &&str| event.contains("content\":\"") && !event.contains("content\":\"\"");
        let sent = whole.split('\n').filter(is_text).count() as u64;
        let has_usage = !Client::reading(&out).usage.is_empty();
        if !follower.is_open() || has_usage {
            return Ok(());
        }
        follower.resume(None, Bytes::new());
        let (stream, tokens) = Dialect { usage: true, ..dialects.1 }.stream(&answer, &wordings[1], 0);
        feed(&mut follower, &stream, &[], &mut out);
        let sums = (14, sent + tokens, 14 + sent + tokens);
        prop_assert_eq!(&Client::reading(&out).usage, &[sums]);
    }
}
