//! A stream that loses its backend in the middle goes on on a twin, or breaks off visibly.

mod beside;

use serde_json::{Value, json};

use crate::bench::{Bench, RunningBench};
use crate::fake::{Fake, Received, Reply, chunk, event};
use crate::wait::until;

const WORDS: [&str; 4] = ["one ", "two ", "thr\u{e9}e \u{1F600}", " four"];
const RESUMES: &str = "    resume: true\n";

/// Two backends in the order of the file, and short limits.
async fn twins(a: Fake, b: Fake, more: &str) -> RunningBench {
    let yaml = format!(
        "models:\n  m:\n    to: [{{a}}, {{b}}]\n    strategy: first\n    timeout: {{idle: 150ms, first_byte: 10s}}\n{more}"
    );
    Bench::new().backend("a", a).backend("b", b).yaml(&yaml).start().await
}

/// The beginning of the answer; then add what happens.
fn begun() -> Reply {
    Reply::stream_open(WORDS[..2].iter().copied()).then_pause()
}

/// The whole answer in other pieces and under another id.
fn whole() -> Reply {
    let mut reply = Reply::stream_open([]).then(chunk(other_event(&json!({"role": "assistant"}))));
    for piece in ["one t", "wo thr\u{e9}", "e \u{1F600} fo", "ur"] {
        reply = reply.then(chunk(other_event(&json!({"content": piece}))));
    }
    reply.then(chunk(last_events())).then(b"0\r\n\r\n")
}

fn other_event(delta: &Value) -> String {
    let choice = json!({"index": 0, "delta": delta});
    format!("data: {}\n\n", json!({"id": "other", "created": 2, "model": "other", "choices": [choice]}))
}

fn last_events() -> String {
    let finish = json!({"id": "other", "created": 2, "model": "other",
        "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
    let usage = json!({"id": "other", "created": 2, "model": "other", "choices": [],
        "usage": {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14}});
    format!("data: {finish}\n\ndata: {usage}\n\ndata: [DONE]\n\n")
}

/// Asks, lets the first two words through, and returns the wire's text with whether it broke.
async fn asked(bench: &RunningBench) -> (String, bool) {
    let mut stream = bench.chat("m").stream().await;
    assert_eq!(stream.header("x-patchbay-backend"), "a");
    assert_eq!(stream.next().await, WORDS[0]);
    assert_eq!(stream.next().await, WORDS[1]);
    bench.backend("a").resume();
    stream.raw_rest().await
}

fn events(wire: &str) -> Vec<Value> {
    let data = wire.split("\n\n").filter_map(|event| event.trim_start().strip_prefix("data: "));
    data.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).unwrap()).collect()
}

fn text(wire: &str) -> String {
    events(wire)
        .iter()
        .filter_map(|event| event["choices"][0]["delta"]["content"].as_str().map(str::to_owned))
        .collect()
}

/// The message of the error that a broken answer ends with.
fn error(wire: &str) -> String {
    let last = events(wire).pop().expect("an event");
    last["error"]["message"].as_str().unwrap_or_else(|| panic!("no error at the end: {wire}")).to_owned()
}

#[tokio::test]
async fn the_client_reads_one_answer_however_the_first_backend_failed() {
    let half_an_event = &chunk(event(WORDS[2]))[..90];
    let failed = event("x").replace("\"choices\"", "\"error\":{\"message\":\"out of memory\"},\"choices\"");
    let cuts = [
        ("FIN", begun().then_fin()),
        ("RST", begun().then_reset()),
        ("FIN inside of an event", begun().then(half_an_event).then_fin()),
        ("an event without its blank line", begun().then(chunk(event(WORDS[2]).trim_end())).then_fin()),
        ("silence", begun().then_hold()),
        ("silence inside of an event", begun().then(half_an_event).then_hold()),
        ("a broken chunk", begun().then("zz\r\nnonsense\r\n").then_hold()),
        ("an error event", begun().then(chunk(failed)).then_hold()),
    ];
    for (how, reply) in cuts {
        let bench = twins(Fake::always(reply), Fake::always(whole()), RESUMES).await;
        let (wire, broken) = asked(&bench).await;
        assert!(!broken, "{how}: {wire}");
        assert_eq!(text(&wire), WORDS[2..].concat(), "{how}: {wire}");
        assert!(wire.ends_with("data: [DONE]\n\n"), "{how}: {wire}");
        assert!(wire.starts_with(": patchbay resumed on `b` after 8 characters\n\n"), "{how}: {wire}");
        assert_eq!(wire.matches("\"finish_reason\":\"stop\"").count(), 1, "{how}: {wire}");
        assert!(!wire.contains("other"), "{how}: the ids are not those of the first backend: {wire}");
        assert_eq!((bench.backend("a").count(), bench.backend("b").count()), (1, 1), "{how}");
        until("the first connection's end", || bench.backend("a").open() == 0).await;
        let (first, second) = (bench.backend("a").last(), bench.backend("b").last());
        assert_eq!(first.body, second.body, "{how}");
    }
}

#[tokio::test]
async fn nothing_is_resumed_unless_the_model_says_so() {
    let bench = twins(Fake::always(begun().then_fin()), Fake::always(whole()), "").await;
    let (wire, broken) = asked(&bench).await;
    assert!(broken && error(&wire).contains("backend `a` cut its answer off"), "{wire}");
    assert_eq!(bench.backend("b").count(), 0);
}

#[tokio::test]
async fn another_text_is_never_joined() {
    let other = ["one ", "more thing"];
    let endings = [
        Reply::stream(other),
        Reply::stream(["one "]),
        Reply::stream_open(["one t"]).then(b"0\r\n\r\n"),
        Reply::stream_open(["one "])
            .then(chunk("data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"x\"}}]}\n\n")),
    ];
    for ending in endings {
        let bench = twins(Fake::always(begun().then_fin()), Fake::always(ending), RESUMES).await;
        let (wire, broken) = asked(&bench).await;
        assert!(broken, "{wire}");
        assert_eq!(text(&wire), "", "{wire}");
        let message = error(&wire);
        assert!(message.contains("backend `a` cut its answer off, and `b` could not take over"), "{message}");
        assert!(message.ends_with("the answer is incomplete"), "{message}");
        bench.backend("b").until_closed(1).await;
    }
}

#[tokio::test]
async fn what_may_call_tools_is_never_asked_twice() {
    let tool = json!({"type": "function", "function": {"name": "pay"}});
    for field in [json!({"tools": [tool]}), json!({"functions": [tool]}), json!({"n": 2})] {
        let bench = twins(Fake::always(begun().then_fin()), Fake::always(whole()), RESUMES).await;
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
        body.as_object_mut().unwrap().extend(field.as_object().unwrap().clone());
        let stream = bench.chat("m").body(body.to_string()).stream().await;
        bench.backend("a").resume();
        let end = stream.end().await;
        assert!(end.broken && end.error.is_some() && end.text == "one two ", "{end:?}");
        assert_eq!(bench.backend("b").count(), 0);
    }
}

#[tokio::test]
async fn a_stream_that_calls_a_tool_unasked_is_not_resumed() {
    let call = other_event(&json!({"tool_calls": [{"index": 0, "function": {"name": "pay"}}]}));
    let bench =
        twins(Fake::always(begun().then(chunk(&call)).then_fin()), Fake::always(whole()), RESUMES).await;
    let (wire, broken) = asked(&bench).await;
    assert!(broken && wire.starts_with(&call), "{wire}");
    assert!(error(&wire).contains("`a`"), "{wire}");
    assert_eq!(bench.backend("b").count(), 0);
}

#[tokio::test]
async fn a_twin_that_cannot_answer_is_named() {
    let cases = [
        (Fake::always(Reply::close()), "closed the connection"),
        (Fake::always(Reply::error(500, "no")), "status 500"),
        (Fake::answers("one two"), "no stream of events"),
    ];
    for (twin, why) in cases {
        let bench = twins(Fake::always(begun().then_fin()), twin, RESUMES).await;
        let (wire, broken) = asked(&bench).await;
        assert!(broken, "{wire}");
        let message = error(&wire);
        assert!(
            message.contains("`a` cut") && message.contains("`b` could not") && message.contains(why),
            "{message}"
        );
    }
}

#[tokio::test]
async fn usage_is_the_sum_of_both() {
    let bench = twins(Fake::always(begun().then_fin()), Fake::always(whole()), RESUMES).await;
    let (wire, _) = asked(&bench).await;
    let usage = events(&wire).pop().unwrap()["usage"].clone();
    assert_eq!(usage, json!({"prompt_tokens": 20, "completion_tokens": 6, "total_tokens": 26}));
}

#[tokio::test]
async fn a_backend_that_continues_is_given_the_text_so_far() {
    let rest = |received: &Received| {
        let body = received.json();
        let messages = body["messages"].as_array().unwrap();
        assert_eq!(messages.last().unwrap(), &json!({"role": "assistant", "content": "one two"}));
        assert_eq!(body["continue_final_message"], json!(true));
        assert_eq!(body["add_generation_prompt"], json!(false));
        assert_eq!(body["max_tokens"], json!(8), "two pieces of ten were said: {body}");
        assert_eq!(body["model"], json!("m"));
        let mut reply = Reply::stream_open([]);
        for piece in [" ", WORDS[2], WORDS[3]] {
            reply = reply.then(chunk(other_event(&json!({"content": piece}))));
        }
        reply.then(chunk(last_events())).then(b"0\r\n\r\n")
    };
    let yaml = "backends:\n  a: {a}\n  b: {url: \"{b}\", continues: continue_final_message}\n\
        models:\n  m: {to: [a, b], strategy: first, resume: true}\n";
    let a = Fake::always(begun().then_fin());
    let bench = Bench::new().backend("a", a).backend("b", Fake::choosing(rest)).yaml(yaml).start().await;
    let body = json!({"model": "m", "max_tokens": 10, "messages": [{"role": "user", "content": "hi"}]});
    let stream = bench.chat("m").body(body.to_string()).stream().await;
    bench.backend("a").resume();
    let end = stream.end().await;
    assert!(end.done && !end.broken, "{end:?}");
    assert_eq!(end.text, WORDS.concat());
}

#[tokio::test]
async fn a_lone_backend_that_came_back_is_asked_once() {
    let yaml = "models:\n  m: {to: {a}, resume: true, timeout: {idle: 150ms}}\n";
    for (second, whole) in [(whole(), true), (begun().then_fin(), false)] {
        let a = Fake::in_turn([begun().then_fin(), second, self::whole()]);
        let bench = Bench::new().backend("a", a).yaml(yaml).start().await;
        let stream = bench.chat("m").stream().await;
        bench.backend("a").resume();
        bench.backend("a").until_requests(2).await;
        bench.backend("a").resume();
        let end = stream.end().await;
        assert_eq!((end.done, end.broken), (whole, !whole), "{end:?}");
        assert_eq!(bench.backend("a").count(), 2);
    }
    let bench = Bench::new().backend("a", Fake::always(begun().then_hold())).yaml(yaml).start().await;
    assert!(asked(&bench).await.1);
    assert_eq!(bench.backend("a").count(), 1, "asked again after silence");
}

#[tokio::test]
async fn a_third_takes_over_where_the_second_breaks_too() {
    let yaml = "models:\n  m: {to: [{a}, {b}, {c}], strategy: first, resume: true}\n";
    let further = Reply::stream_open(WORDS[..3].iter().copied()).then_fin();
    let bench = Bench::new()
        .backend("a", Fake::always(begun().then_fin()))
        .backend("b", Fake::always(further))
        .backend("c", Fake::always(whole()))
        .yaml(yaml)
        .start()
        .await;
    let (wire, broken) = asked(&bench).await;
    assert!(!broken, "{wire}");
    assert_eq!(text(&wire), WORDS[2..].concat(), "{wire}");
    assert!(wire.contains("resumed on `b` after 8 ") && wire.contains("resumed on `c` after 15 "), "{wire}");
}

#[tokio::test]
async fn another_model_is_no_twin() {
    let yaml = "backends:\n  a: {url: \"{a}\", model: large}\n  b: {url: \"{b}\", model: small}\n\
        models:\n  m: {to: [a, b], strategy: first, fallback: b, resume: true}\n";
    let a = Fake::in_turn([begun().then_fin(), Reply::close()]);
    let bench = Bench::new().backend("a", a).backend("b", Fake::always(whole())).yaml(yaml).start().await;
    let (_, broken) = asked(&bench).await;
    assert!(broken);
    assert_eq!((bench.backend("a").count(), bench.backend("b").count()), (2, 0));
}

#[tokio::test]
async fn the_older_completions_are_resumed_too() {
    let piece = |text: &str, finish: Option<&str>| {
        let choice = json!({"index": 0, "text": text, "finish_reason": finish, "logprobs": null});
        chunk(format!("data: {}\n\n", json!({"id": "x", "choices": [choice]})))
    };
    let a = Reply::stream_open([]).then(piece("one ", None)).then_fin();
    let b = Reply::stream_open([]).then(piece("one two", Some("length"))).then(chunk("data: [DONE]\n\n"));
    let bench = twins(Fake::always(a), Fake::always(b.then(b"0\r\n\r\n")), RESUMES).await;
    let answer = bench
        .post("/v1/completions", json!({"model": "m", "prompt": "count", "stream": true}).to_string())
        .send()
        .await;
    assert!(!answer.broken);
    let texts: Vec<Value> =
        events(&answer.lossy()).iter().map(|event| event["choices"][0]["text"].clone()).collect();
    assert_eq!(texts, [json!("one "), json!("two")]);
}

#[tokio::test]
async fn a_client_that_leaves_during_the_change_leaves_nothing_behind() {
    let bench = twins(Fake::always(begun().then_fin()), Fake::always(Reply::silence()), RESUMES).await;
    let mut stream = bench.chat("m").stream().await;
    assert_eq!(stream.next().await, WORDS[0]);
    bench.backend("a").resume();
    bench.backend("b").until_requests(1).await;
    drop(stream);
    bench.backend("b").until_closed(1).await;
    until("no open connection", || bench.backend("b").open() == 0).await;
}
