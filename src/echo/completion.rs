//! Chat and text completions, whole or as events.

use std::time::Duration;

use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::table::EchoSpec;

use super::EchoBody;
use super::answer::{now, plain};
use super::ask::Ask;
use super::events::Events;
use super::refusal::Refusal;
use super::text::tokens;

/// The longest pauses that are kept, so that no sum of them overflows.
const LONGEST_GAP: Duration = Duration::from_secs(3600);
const LONGEST_TTFT: Duration = Duration::from_secs(24 * 3600);

/// The two forms of completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `/chat/completions`.
    Chat,
    /// `/completions`.
    Text,
}

/// An answer, before it is put into bytes.
#[derive(Debug)]
pub(super) struct Completion {
    pub(super) dialect: Dialect,
    pub(super) tokens: Vec<String>,
    pub(super) finish: &'static str,
    id: String,
    created: u64,
    model: String,
    prompt_tokens: usize,
}

/// Answers a completion request.
pub(super) async fn complete(
    spec: &EchoSpec,
    body: &Value,
    dialect: Dialect,
    number: u64,
) -> Result<Response<EchoBody>, Refusal> {
    let ask = Ask::read(body, dialect)?;
    let completion = Completion::new(spec, &ask, body, dialect, number);
    let gap = spec.tps.map_or(Duration::ZERO, |tps| {
        Duration::try_from_secs_f64(tps.recip()).map_or(LONGEST_GAP, |gap| gap.min(LONGEST_GAP))
    });
    let ttft = spec.ttft.min(LONGEST_TTFT);
    if ask.stream {
        let events = Events::new(completion, ask.include_usage, ttft, gap);
        return Ok(event_stream(EchoBody::paced(events)));
    }
    let gaps = u32::try_from(completion.tokens.len().saturating_sub(1)).unwrap_or(u32::MAX);
    tokio::time::sleep(ttft + gap * gaps).await;
    Ok(plain(StatusCode::OK, &completion.whole()))
}

fn event_stream(body: EchoBody) -> Response<EchoBody> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

// === impl Completion ===

impl Completion {
    fn new(spec: &EchoSpec, ask: &Ask, body: &Value, dialect: Dialect, number: u64) -> Self {
        let most = ask.most.unwrap_or(u64::MAX);
        let count = most.min(u64::from(spec.tokens));
        let prefix = if dialect == Dialect::Chat { "chatcmpl" } else { "cmpl" };
        Self {
            dialect,
            tokens: tokens(&spec.name, &ask.said, usize::try_from(count).unwrap_or(usize::MAX)),
            finish: if most < u64::from(spec.tokens) { "length" } else { "stop" },
            id: format!("{prefix}-{}-{number:08x}", spec.name),
            created: now(),
            model: body["model"].as_str().unwrap_or(&spec.name).to_owned(),
            prompt_tokens: ask.prompt_tokens,
        }
    }

    /// Returns what an answer and an event have in common.
    pub(super) fn envelope(&self, event: bool) -> Value {
        let object = match (self.dialect, event) {
            (Dialect::Chat, true) => "chat.completion.chunk",
            (Dialect::Chat, false) => "chat.completion",
            (Dialect::Text, _) => "text_completion",
        };
        json!({"id": self.id, "object": object, "created": self.created, "model": self.model})
    }

    /// Returns the counts that clients bill by.
    pub(super) fn usage(&self) -> Value {
        let (prompt, completion) = (self.prompt_tokens, self.tokens.len());
        json!({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion})
    }

    fn whole(&self) -> Value {
        let text = self.tokens.concat();
        let choice = match self.dialect {
            Dialect::Chat => {
                json!({"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": self.finish})
            }
            Dialect::Text => {
                json!({"index": 0, "text": text, "logprobs": null, "finish_reason": self.finish})
            }
        };
        let mut answer = self.envelope(false);
        answer["choices"] = json!([choice]);
        answer["usage"] = self.usage();
        answer
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Method;
    use http_body_util::BodyExt;
    use tokio::time::Instant;

    use super::*;
    use crate::echo::answer;
    use crate::echo::body::tests::read;

    async fn ask(url: &str, path: &str, body: Value) -> Response<EchoBody> {
        let spec = EchoSpec::parse(url).unwrap();
        answer(&spec, path, &Method::POST, &Bytes::from(body.to_string())).await
    }

    fn hi(more: &Value) -> Value {
        let mut body = json!({"model": "demo", "messages": [
            {"role": "system", "content": "be brief"},
            {"role": "user", "content": "hi"},
        ]});
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        body
    }

    fn events(bytes: &[u8]) -> Vec<String> {
        let text = std::str::from_utf8(bytes).unwrap();
        assert!(text.ends_with("\n\n"));
        text.trim_end().split("\n\n").map(|event| event.strip_prefix("data: ").unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn a_plain_answer_is_signed_and_carries_usage() {
        let response = ask("echo://blue", "/chat/completions", hi(&json!({"max_tokens": 2}))).await;
        assert_eq!(response.headers()["content-type"], "application/json");
        let answer: Value = serde_json::from_slice(&read(response.into_body()).await).unwrap();
        assert_eq!(answer["choices"][0]["message"], json!({"role": "assistant", "content": "blue: hi"}));
        assert_eq!(answer["choices"][0]["finish_reason"], "length");
        assert_eq!(answer["usage"], json!({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}));
        assert_eq!(answer["model"], "demo");
        assert_eq!(answer["object"], "chat.completion");
    }

    #[tokio::test]
    async fn a_stream_has_role_tokens_finish_usage_and_done() {
        let more = json!({"stream": true, "stream_options": {"include_usage": true}});
        let response = ask("echo://blue?tokens=2", "/chat/completions", hi(&more)).await;
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
        let events = events(&read(response.into_body()).await);
        let parsed: Vec<Value> = events[..5].iter().map(|e| serde_json::from_str(e).unwrap()).collect();
        assert_eq!(parsed[0]["choices"][0]["delta"]["role"], "assistant");
        assert_eq!(parsed[1]["choices"][0]["delta"]["content"], "blue:");
        assert_eq!(parsed[2]["choices"][0]["delta"]["content"], " hi");
        assert_eq!(parsed[3]["choices"][0]["finish_reason"], "stop");
        assert_eq!(parsed[4]["choices"], json!([]));
        assert_eq!(parsed[4]["usage"]["completion_tokens"], 2);
        assert_eq!(events[5..], ["[DONE]"]);
        assert!(parsed.iter().all(|event| event["id"] == parsed[0]["id"]));
    }

    #[tokio::test]
    async fn usage_comes_only_if_asked_for() {
        let response = ask("echo://blue?tokens=1", "/chat/completions", hi(&json!({"stream": true}))).await;
        let text = read(response.into_body()).await;
        assert_eq!(events(&text).len(), 4);
        assert!(!String::from_utf8_lossy(&text).contains("usage"));
    }

    #[tokio::test]
    async fn text_completions_speak_their_own_dialect() {
        let body = json!({"prompt": "hi", "max_tokens": 2});
        let answer = ask("echo://blue", "/completions", body).await;
        let answer: Value = serde_json::from_slice(&read(answer.into_body()).await).unwrap();
        assert_eq!(answer["choices"][0]["text"], "blue: hi");
        assert_eq!(answer["model"], "blue");

        let body = json!({"prompt": ["hi", "you"], "max_tokens": 2, "stream": true});
        let events = events(&read(ask("echo://blue", "/completions", body).await.into_body()).await);
        assert!(events[0].contains(r#""text":"blue:""#), "{}", events[0]);
        assert!(events[1].contains(r#""text":" you""#), "{}", events[1]);
    }

    #[tokio::test]
    async fn the_last_user_message_is_echoed_parts_and_all() {
        let body = json!({"messages": [
            {"role": "user", "content": [{"type": "text", "text": "look at"}, {"type": "image_url"}, {"type": "text", "text": "this"}]},
            {"role": "assistant", "content": null},
        ], "max_completion_tokens": 4});
        let answer = ask("echo://blue", "/chat/completions", body).await;
        let answer: Value = serde_json::from_slice(&read(answer.into_body()).await).unwrap();
        assert_eq!(answer["choices"][0]["message"]["content"], "blue: look at this");
    }

    #[tokio::test(start_paused = true)]
    async fn events_come_at_the_pace_asked_for_one_a_frame() {
        let began = Instant::now();
        let url = "echo://blue?tokens=3&tps=10&ttft=200ms";
        let mut body = ask(url, "/chat/completions", hi(&json!({"stream": true}))).await.into_body();
        assert_eq!(began.elapsed(), Duration::ZERO, "the head comes at once");
        let mut times = Vec::new();
        while let Some(frame) = body.frame().await {
            let data = frame.unwrap().into_data().unwrap();
            assert_eq!(data.windows(6).filter(|w| w == b"data: ").count(), 1);
            times.push(began.elapsed().as_millis());
        }
        assert_eq!(times, [200, 200, 300, 400, 400, 400]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_plain_answer_takes_as_long_as_its_tokens() {
        let began = Instant::now();
        ask("echo://blue?tokens=3&tps=10&ttft=200ms", "/chat/completions", hi(&json!({}))).await;
        assert!((400..=402).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    }
}
