//! `repair` and `params.answers` change of an answer what they name, and no other byte.

use serde_json::{Value, json};

use crate::bench::{Answer, Ask, Bench, RunningBench};
use crate::fake::{Fake, Reply, chunk, event};
use crate::wait::until;

const TABLE: &str = "\
backends:
  a: {url: '{a}', params: {answers: {thinking: reasoning}}}
  b: {url: '{b}', on_disconnect: finish}
models:
  plain: b
  named: {to: a, params: {answers: {reasoning: reasoning_content}}}
  m: {to: b, repair: [bad_events, usage]}
  twins: {to: [a, b], strategy: first, resume: true, repair: [bad_events, usage], timeout: {idle: 150ms}}
";

const BABBLE: &str = "data: warming up...\n\n";
const ZEROS: &str = r#"{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#;

async fn running(a: Reply, b: Reply) -> RunningBench {
    let (a, b) = (Fake::always(a), Fake::always(b));
    Bench::new().backend("a", a).backend("b", b).yaml(TABLE).start().await
}

/// One backend behind all models.
async fn only(b: Reply) -> RunningBench {
    running(b.clone(), b).await
}

/// A stream of these events, each of which comes in two pieces.
fn halves(events: &[&str]) -> Reply {
    let mut reply = Reply::stream_open([]);
    for event in events {
        let (front, back) = event.split_at(event.len() / 2);
        reply = reply.then(chunk(front)).then(chunk(back));
    }
    reply.then(b"0\r\n\r\n")
}

fn asking(bench: &RunningBench, model: &str) -> Ask {
    let body =
        json!({"model": model, "messages": [], "stream": true, "stream_options": {"include_usage": true}});
    bench.post("/v1/chat/completions", body.to_string())
}

async fn repairs(bench: &RunningBench, name: &str) -> Value {
    let status = bench.admin("/admin/v1/status").send().await.json();
    let backends = status["backends"].as_array().unwrap().clone();
    backends.into_iter().find(|backend| backend["name"] == name).unwrap()["repairs"].take()
}

fn length(answer: &Answer) -> usize {
    answer.header("content-length").parse().unwrap()
}

#[tokio::test]
async fn a_backend_that_babbles_and_gives_no_usage_is_read_by_a_strict_client() {
    let (one, two) = (event("one"), event("two"));
    let bench = only(halves(&[&one, BABBLE, ": comment\n\n", &two, "data: [DONE]\n\n"])).await;
    let answer = asking(&bench, "m").header("accept-encoding", "gzip").send().await;
    let usage = format!(
        "data: {{\"id\":\"chatcmpl-fake\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"fake\",\"choices\":[],\"usage\":{ZEROS}}}\n\n"
    );
    assert_eq!(answer.lossy(), [&*one, ": comment\n\n", &two, &usage, "data: [DONE]\n\n"].concat());
    assert_eq!(bench.backend("b").last().header("accept-encoding"), Some("identity"));
    assert_eq!(repairs(&bench, "b").await, json!({"bad_events": 1, "usage": 1, "unmended": 0}));
    let unasked = bench.post("/v1/chat/completions", r#"{"model":"m","stream":true}"#).send().await;
    assert_eq!(unasked.lossy(), [&*one, ": comment\n\n", &two, "data: [DONE]\n\n"].concat());
}

#[tokio::test]
async fn a_broken_event_is_no_first_token_where_it_is_left_out() {
    let table = "\
models:
  m: {to: '{a}', fallback: '{b}', repair: [bad_events], timeout: {first_byte: 300ms}}
  as_it_is: {to: '{a}', fallback: '{b}'}
";
    let error = "data: {\"error\":{\"message\":\"oom\"}}\n\n";
    for reply in [
        Reply::stream_open([]).then(chunk(BABBLE)).then(chunk(error)).then("0\r\n\r\n"),
        Reply::stream_open([]).then(chunk(BABBLE)).then_fin(),
        Reply::stream_open([]).then(chunk(BABBLE)).then_hold(),
    ] {
        let bench = Bench::new().backend("a", Fake::always(reply)).backend("b", Fake::streams(["from b"]));
        let bench = bench.yaml(table).start().await;
        let stream = bench.chat("m").stream().await;
        assert_eq!(stream.header("x-patchbay-backend"), "b");
        assert_eq!(stream.rest().await, "from b");
        let stream = bench.chat("as_it_is").stream().await;
        assert_eq!(stream.header("x-patchbay-backend"), "a", "the client sees it, so it is too late");
    }
}

#[tokio::test]
async fn without_repair_all_of_it_passes() {
    let wire = [&*event("one"), BABBLE, "data: {\"half\":"];
    let bench = only(halves(&wire)).await;
    let answer = asking(&bench, "plain").header("accept-encoding", "gzip").send().await;
    assert_eq!(answer.lossy(), wire.concat());
    assert_eq!(bench.backend("b").last().header("accept-encoding"), Some("gzip"));
    assert_eq!(repairs(&bench, "b").await, json!(null));
}

#[tokio::test]
async fn a_whole_answer_gets_its_usage_and_a_length_that_is_right() {
    let bench = only(Reply::json(200, r#"{"choices":[], "x" : 1e0}"#)).await;
    let answer = bench.chat("m").send().await;
    assert_eq!(answer.lossy(), format!(r#"{{"choices":[], "x" : 1e0,"usage":{ZEROS}}}"#));
    assert_eq!(length(&answer), answer.body.len());
    let embedded = bench.post("/v1/embeddings", r#"{"model":"m","input":"a"}"#).send().await;
    assert_eq!(embedded.lossy(), r#"{"choices":[], "x" : 1e0}"#, "no completion");
}

#[tokio::test]
async fn names_of_the_backend_and_then_of_the_model_are_given_back() {
    let bench =
        only(Reply::json(200, r#"{"choices":[{"message": {"thinking" :"so", "content":"x"}}]}"#)).await;
    let answer = bench.chat("named").send().await;
    assert_eq!(answer.lossy(), r#"{"choices":[{"message": {"reasoning_content" :"so", "content":"x"}}]}"#);
    assert_eq!(length(&answer), answer.body.len());
    let delta = "data: {\"choices\":[{\"delta\":{\"thinking\":\"so\"}}]}\r\n\r\n";
    bench.backend("a").next(halves(&[delta, BABBLE]));
    let answer = asking(&bench, "named").send().await;
    assert_eq!(answer.lossy(), [&delta.replace("thinking", "reasoning_content"), BABBLE].concat());
    assert_eq!(repairs(&bench, "a").await, json!(null), "a name is no repair");
}

#[tokio::test]
async fn what_is_compressed_or_too_large_passes_and_is_counted() {
    let gzip = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let bench = only(Reply::whole(200, &gzip, b"\x1f\x8b{\"choices\":[]}")).await;
    assert_eq!(&bench.chat("m").send().await.body[..], b"\x1f\x8b{\"choices\":[]}");
    let large = format!(r#"{{"choices":[],"x":"{}"}}"#, "y".repeat(4 << 20));
    bench.backend("b").next(Reply::json(200, &large));
    let answer = bench.chat("m").send().await;
    assert!(answer.lossy() == large && length(&answer) == large.len());
    let chunked = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    bench.backend("b").next(Reply::raw(chunked).then(chunk(&large)).then(b"0\r\n\r\n"));
    assert!(bench.chat("m").send().await.lossy() == large);
    assert_eq!(repairs(&bench, "b").await, json!({"bad_events": 0, "usage": 0, "unmended": 3}));
}

#[tokio::test]
async fn an_error_passes_as_it_is() {
    let bench = only(Reply::error(400, "no such field")).await;
    assert_eq!(bench.chat("m").send().await.error(), "no such field");
}

#[tokio::test]
async fn an_event_that_is_whole_never_waits_for_the_next() {
    let bench = only(Reply::stream_open(["one"]).then(chunk("data: {\"cho")).then_pause().then_fin()).await;
    let mut stream = bench.chat("m").stream().await;
    assert_eq!(stream.next().await, "one");
    bench.backend("b").resume();
    let end = stream.end().await;
    assert!(end.broken && end.error.is_some(), "{end:?}");
}

#[tokio::test]
async fn a_stream_that_breaks_off_gets_its_error_and_no_usage() {
    let bench = only(Reply::stream_open(["one"]).then_fin()).await;
    let answer = asking(&bench, "m").send().await;
    assert!(answer.broken && answer.lossy().contains("cut its answer off"), "{}", answer.lossy());
    assert!(!answer.lossy().contains("usage"), "{}", answer.lossy());
}

#[tokio::test]
async fn a_resumed_stream_is_mended_over_both_of_its_backends() {
    let first = Reply::stream_open([]).then(chunk(BABBLE)).then(chunk(event("one "))).then_pause().then_fin();
    let second =
        Reply::stream_open([]).then(chunk(event("one "))).then(chunk(BABBLE)).then(chunk(event("two")));
    let bench = running(first, second.then(chunk("data: [DONE]\n\n")).then(b"0\r\n\r\n")).await;
    let body = json!({"model": "twins", "messages": [], "stream_options": {"include_usage": true}});
    let mut stream = bench.post("/v1/chat/completions", body.to_string()).stream().await;
    assert_eq!(stream.next().await, "one ");
    bench.backend("a").resume();
    let (wire, broken) = stream.raw_rest().await;
    assert!(!broken && !wire.contains("warming"), "{wire}");
    assert!(wire.contains("resumed on `b`") && wire.contains("\"content\":\"two\""), "{wire}");
    assert!(wire.ends_with(&format!("\"usage\":{ZEROS}}}\n\ndata: [DONE]\n\n")), "{wire}");
}

#[tokio::test]
async fn a_mended_answer_is_finished_for_a_client_that_left() {
    let bench = only(Reply::stream_open(["one"]).then(chunk(BABBLE)).then_pause().then(b"0\r\n\r\n")).await;
    let mut stream = bench.chat("m").stream().await;
    assert_eq!(stream.next().await, "one");
    drop(stream);
    bench.backend("b").resume();
    let answered = || bench.snapshot().upstreams()[1].tally.read().answered;
    until("the answer's end", || answered() == 1).await;
    assert_eq!(bench.backend("b").closed_by_peer(), 0);
}
