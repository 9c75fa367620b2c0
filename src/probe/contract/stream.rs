//! Whether events come as clients read them.

use serde_json::{Value, json};

use super::finding::{Finding, Point};
use super::report::{FURTHER, Subject};
use crate::probe::answer::Answer;
use crate::probe::asker::Question;
use crate::probe::{Service, sse};

const NO_STREAM: &str = "DB-GPT and most chat windows only ask for streams, and fail here";

/// The fields of an event that strict clients insist on.
const EVENT_FIELDS: [&str; 4] = ["id", "object", "created", "model"];

/// Makes a request for events.
pub(super) fn request(subject: &Subject<'_>, said: &str, most: u32, more: Value) -> Question {
    let mut body = json!({"model": subject.model, "messages": [{"role": "user", "content": said}],
        "max_tokens": most, "stream": true});
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    Question::post(Service::Chat.path(), &body)
}

pub(super) async fn stream(subject: &Subject<'_>) -> Finding {
    match subject.asker.ask(&request(subject, "Say hello", 16, json!({})), FURTHER).await {
        Ok(answer) => judged(&answer),
        Err(error) => Finding::fault(Point::Stream, error.to_string(), NO_STREAM),
    }
}

fn judged(answer: &Answer) -> Finding {
    let fault = |found: String| Finding::fault(Point::Stream, found, NO_STREAM);
    if !answer.status.is_success() {
        return fault(format!("status {}: {}", answer.status.as_u16(), answer.words()));
    }
    let events = Events::read(&answer.body);
    if let Some(error) = answer.error_in_band() {
        let means = "the status is 200 all the same, so no fallback is asked, and clients see an empty or a strange answer";
        return Finding::fault(Point::Stream, format!("an error within the events: {error}"), means);
    }
    if !answer.is_event_stream() && events.deltas().next().is_some() {
        let means = "clients that look at the type take it for a whole answer and fail";
        return Finding::fault(Point::Stream, format!("events of the type `{}`", answer.kind), means);
    }
    if !answer.is_event_stream() {
        return fault(format!("a whole answer of the type `{}` instead of events", answer.kind));
    }
    if events.deltas().next().is_none() {
        return fault(format!("{} and not one with a delta", count(events.total())));
    }
    let oddities = events.oddities();
    let found = format!("{}, {}", count(events.total()), if events.done { "[DONE]" } else { "no [DONE]" });
    if oddities.is_empty() {
        return Finding::ok(Point::Stream, found);
    }
    let (what, means): (Vec<&str>, Vec<&str>) = oddities.into_iter().unzip();
    Finding::warning(Point::Stream, format!("{found}; {}", what.join("; ")), means.join("; "))
}

fn count(events: usize) -> String {
    if events == 1 { "1 event".to_owned() } else { format!("{events} events") }
}

/// The events of one answer.
struct Events {
    parsed: Vec<Value>,
    /// How many are not JSON.
    broken: usize,
    done: bool,
}

// === impl Events ===

impl Events {
    fn read(body: &[u8]) -> Self {
        let mut events = Self { parsed: Vec::new(), broken: 0, done: false };
        for data in sse::payloads(body) {
            match serde_json::from_str(&data) {
                _ if data == "[DONE]" => events.done = true,
                Ok(event) => events.parsed.push(event),
                Err(_) => events.broken += 1,
            }
        }
        events
    }

    fn total(&self) -> usize {
        self.parsed.len() + self.broken
    }

    fn deltas(&self) -> impl Iterator<Item = &Value> {
        self.parsed.iter().map(|event| &event["choices"][0]["delta"]).filter(|delta| delta.is_object())
    }

    /// What is unusual, each with what it means.
    fn oddities(&self) -> Vec<(&'static str, &'static str)> {
        let with_choices = || self.parsed.iter().filter(|event| event["choices"][0].is_object());
        let finished = with_choices().any(|event| event["choices"][0]["finish_reason"].is_string());
        let complete =
            with_choices().all(|event| EVENT_FIELDS.iter().all(|field| event.get(field).is_some()));
        let role = self.deltas().next().is_some_and(|delta| delta["role"].is_string());
        [
            (self.broken == 0, "some events aren't JSON", "the OpenAI SDKs end with an exception there"),
            (finished, "no finish_reason", "clients can't tell a full answer from one cut by max_tokens"),
            (
                self.done,
                "no end mark",
                "clients that wait for [DONE] take the answer for cut; DB-GPT doesn't wait",
            ),
            (
                complete,
                "events without id, object, created or model",
                "strictly typed clients refuse them; the OpenAI SDKs and DB-GPT don't mind",
            ),
            (
                role,
                "no role in the first delta",
                "a few clients show a nameless speaker; the OpenAI SDKs and DB-GPT don't mind",
            ),
        ]
        .into_iter()
        .filter(|(fine, ..)| !fine)
        .map(|(_, what, means)| (what, means))
        .collect()
    }
}
