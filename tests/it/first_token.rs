//! A head is held until the answer has really begun: until then another backend may give it.

use std::time::Duration;

use crate::bench::{Bench, RunningBench};
use crate::fake::{Fake, Reply, chunk, event};
use crate::wait::until;

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const ROLE: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null},\"finish_reason\":null}]}\n\n";
const DBGPT_ERROR: &str =
    "data: {\"text\":\"**LLMServer Generate Error**\",\"error_code\":1,\"usage\":null}\n\ndata: [DONE]\n\n";

/// A stream that begins with these bytes, each a chunk of its own.
fn beginning(chunks: &[&str]) -> Reply {
    chunks.iter().fold(Reply::raw(HEAD), |reply, bytes| reply.then(chunk(bytes)))
}

fn ended(chunks: &[&str]) -> Reply {
    beginning(chunks).then("0\r\n\r\n")
}

/// `a` with `b` as its fallback.
async fn pair(first: Reply, timeouts: &str) -> RunningBench {
    let yaml = format!("models:\n  m: {{to: {{a}}, fallback: {{b}}, timeout: {{{timeouts}}}}}\n");
    let (a, b) = (Fake::always(first), Fake::streams(["from b"]));
    Bench::new().backend("a", a).backend("b", b).yaml(&yaml).start().await
}

#[tokio::test]
async fn what_fails_before_its_first_token_fails_over() {
    let comment = ": keep-alive\n\n";
    let failures = [
        ("an error as the first event", ended(&["data: {\"error\":{\"message\":\"oom\",\"code\":500}}\n\n"])),
        ("an error that is a text", ended(&["data: {\"error\":\"runner has stopped\"}\n\n"])),
        ("an error by its name", ended(&["event: error\ndata: overloaded\n\n"])),
        ("an error after a role", ended(&[ROLE, "data: {\"error\":{\"message\":\"oom\"}}\n\n"])),
        ("an error after a comment", ended(&[comment, "data: {\"error\":{\"message\":\"oom\"}}\n\n"])),
        ("an error in two pieces", ended(&["data: {\"err", "or\":{\"message\":\"oom\"}}\r\n\r\n"])),
        ("DB-GPT's failed model", ended(&[DBGPT_ERROR])),
        ("DB-GPT's failed model after its role", ended(&[ROLE, DBGPT_ERROR])),
        ("a role and FIN", beginning(&[ROLE]).then_fin()),
        ("a role and RST", beginning(&[ROLE]).then_reset()),
        ("half a token and FIN", beginning(&["data: {\"choices\":[{\"delta\":{\"content\":\"H"]).then_fin()),
        ("a comment and FIN", beginning(&[comment]).then_fin()),
        ("a role and silence", beginning(&[ROLE]).then_hold()),
        ("an error of 200", Reply::json(200, r#"{"error":{"message":"oom","type":"server_error"}}"#)),
        ("DB-GPT's error of 200", Reply::json(200, r#"{"text":"failed","error_code":1}"#)),
        ("FastChat's error of 200", Reply::json(200, r#"{"object":"error","message":"oom","code":50001}"#)),
    ];
    for (what, reply) in failures {
        let bench = pair(reply, "first_byte: 300ms").await;
        let stream = bench.chat("m").stream().await;
        assert_eq!(stream.header("x-patchbay-backend"), "b", "{what}");
        assert_eq!(stream.rest().await, "from b", "{what}");
        let attempts = bench.backend("a").count() + bench.backend("b").count();
        assert!((2..=3).contains(&attempts), "{what}: {attempts}");
    }
}

#[tokio::test]
async fn comments_do_not_keep_a_silent_queue_alive() {
    let heartbeat = (0..100).fold(beginning(&[ROLE]), |reply, _| {
        reply.then(chunk(": keep-alive\n\n")).then_sleep(Duration::from_millis(20))
    });
    let bench = pair(heartbeat.then_hold(), "first_byte: 300ms, idle: 100s").await;
    assert_eq!(bench.chat("m").stream().await.rest().await, "from b");
    assert_eq!(bench.backend("a").count(), 1, "asked again after silence");
}

#[tokio::test]
async fn a_head_goes_on_soon_and_its_first_byte_limit_goes_on_counting() {
    let bench = pair(beginning(&[": queued\n\n", ROLE]).then_hold(), "first_byte: 3s, idle: 100s").await;
    let stream = bench.chat("m").stream().await;
    assert_eq!(stream.header("x-patchbay-backend"), "a", "the sign of life was withheld");
    let (events, broken) = stream.raw_rest().await;
    assert!(broken && events.starts_with(&format!(": queued\n\n{ROLE}")), "{events}");
    assert!(events.contains("sent no first token within 3s"), "{events}");
    assert_eq!(bench.backend("b").count(), 0);
}

#[tokio::test]
async fn a_late_token_is_in_time_once_it_has_come() {
    let late = beginning(&[ROLE]).then_pause().then(chunk(event("late"))).then_sleep(Duration::from_secs(5));
    let late = late.then(chunk("data: [DONE]\n\n")).then("0\r\n\r\n");
    let bench = pair(late, "first_byte: 5s, idle: 100s").await;
    let mut stream = bench.chat("m").stream().await;
    assert_eq!(stream.next().await, "");
    bench.backend("a").resume();
    assert_eq!(stream.rest().await, "late");
}

#[tokio::test]
async fn what_was_held_comes_exactly_as_it_was_sent() {
    let noise =
        [": a\r\n\r\n", ROLE, "event: x\ndata: {\"choices\":[]}\n\n", "data: not JSON\n\ndata: {\"er"];
    let bench = pair(ended(&noise), "first_byte: 10s").await;
    let answer = bench.chat("m").send().await;
    assert_eq!(answer.header("x-patchbay-backend"), "a");
    assert_eq!(answer.lossy(), noise.concat());
}

#[tokio::test]
async fn a_stream_that_says_nothing_and_ends_has_ended() {
    for chunks in [&[ROLE][..], &[ROLE, "data: [DONE]\n\n"], &[": a\n\n"], &[]] {
        let bench = pair(ended(chunks), "first_byte: 10s").await;
        let answer = bench.chat("m").send().await;
        assert_eq!((answer.header("x-patchbay-backend"), answer.broken), ("a", false));
        assert_eq!(answer.lossy(), chunks.concat());
    }
}

#[tokio::test]
async fn an_error_that_nobody_can_mend_passes_as_it_came() {
    let event = "data: {\"error\":{\"message\":\"oom\"}}\n\n";
    let bench = Bench::new().backend("a", Fake::always(ended(&[ROLE, event]))).routes("m -> a").start().await;
    let answer = bench.chat("m").send().await;
    assert_eq!((answer.status, answer.broken), (200, false));
    assert_eq!(answer.lossy(), [ROLE, event].concat());
    assert_eq!(bench.backend("a").count(), 2, "a lone backend is asked once more");

    let body = r#"{"text":"failed","error_code":1}"#;
    let bench =
        Bench::new().backend("a", Fake::always(Reply::json(200, body))).routes("m -> a").start().await;
    let answer = bench.chat("m").send().await;
    assert_eq!((answer.status, answer.lossy().as_str()), (200, body));
}

#[tokio::test]
async fn a_large_answer_is_neither_held_nor_read() {
    let first = format!("{{\"error\":\"{}", "x".repeat(100_000));
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let reply = Reply::raw(head).then(chunk(&first)).then_pause().then(chunk("\"}")).then("0\r\n\r\n");
    let bench = pair(reply, "first_byte: 100s").await;
    let mut response = bench.chat("m").open().await;
    assert_eq!(response.headers()["x-patchbay-backend"], "a");
    assert!(response.chunk().await.unwrap().is_some(), "the first piece waits for the second");
    bench.backend("a").resume();
    let mut rest = 0;
    while let Some(piece) = response.chunk().await.unwrap() {
        rest += piece.len();
    }
    assert!(rest <= first.len() + 2);
}

#[tokio::test]
async fn a_crawling_stream_goes_on_and_counts_as_a_failure() {
    let crawl = (0..30).fold(beginning(&[ROLE]), |reply, _| {
        reply.then(chunk(event("x"))).then_sleep(Duration::from_millis(10))
    });
    let bench = pair(crawl.then("0\r\n\r\n"), "min_tokens_per_second: 1000").await;
    let answer = bench.chat("m").send().await;
    assert_eq!((answer.header("x-patchbay-backend"), answer.broken), ("a", false));
    assert_eq!(answer.lossy().matches("\"x\"").count(), 30);
    let failed =
        || bench.snapshot().upstreams().iter().map(|upstream| upstream.tally.read().failed).sum::<u64>();
    until("the failure to be counted", || failed() == 1).await;
}
