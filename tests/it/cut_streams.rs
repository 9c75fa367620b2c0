//! An answer that was cut never looks whole.

use std::time::Duration;

use serde_json::Value;

use crate::bench::{Bench, RunningBench};
use crate::fake::{Fake, Reply, chunk, event};

/// A router whose limits are short enough to be met in a test.
async fn impatient(fake: Fake) -> RunningBench {
    let yaml = "models:\n  m:\n    to: {a}\n    fallback: {b}\n    timeout: {idle: 150ms, first_byte: 10s}\n";
    Bench::new().backend("a", fake).backend("b", Fake::answers("other")).yaml(yaml).start().await
}

fn a_begun_stream() -> Reply {
    Reply::stream_open(["one", "two"])
}

#[tokio::test]
async fn a_cut_stream_ends_with_an_error_event_and_a_broken_body() {
    let half_an_event = &chunk(event("three"))[..30];
    let cuts = [
        ("FIN", a_begun_stream().then_pause().then_fin()),
        ("RST", a_begun_stream().then_pause().then_reset()),
        ("FIN inside of an event", a_begun_stream().then_pause().then(half_an_event).then_fin()),
        ("silence", a_begun_stream().then_hold()),
        ("a broken chunk", a_begun_stream().then_pause().then("zz\r\nnonsense\r\n").then_hold()),
    ];
    for (how, reply) in cuts {
        let bench = impatient(Fake::always(reply)).await;
        let mut stream = bench.chat("m").stream().await;
        assert_eq!(stream.header("x-patchbay-backend"), "a");
        assert_eq!(stream.next().await, "one");
        assert_eq!(stream.next().await, "two");
        bench.backend("a").resume();
        let (events, broken) = stream.raw_rest().await;
        assert!(broken, "{how}: the body ended as if it were whole: {events:?}");
        assert!(!events.contains("[DONE]") && !events.contains("finish_reason\":\"stop"), "{how}: {events}");
        let last = events.trim_end().rsplit("\n\n").next().unwrap().strip_prefix("data: ").unwrap();
        let error: Value = serde_json::from_str(last).unwrap();
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains("`a`"), "{how}: the message names no backend: {message}");
        assert!(!message.contains("127.0.0.1"), "{how}: the message holds an address: {message}");
        assert!(error["error"]["type"].is_string() && error["error"]["code"].is_string(), "{how}: {error}");
        assert_eq!(bench.backend("b").count(), 0, "{how}: another backend was asked after the first byte");
        let received = bench.backend("a").received();
        assert_eq!(received.len(), 1, "{how}: asked again after the first byte: {received:?}");
    }
}

#[tokio::test]
async fn the_error_event_is_on_the_wire_before_the_break() {
    let bench = impatient(Fake::always(a_begun_stream().then_fin())).await;
    let body = r#"{"model":"m","stream":true}"#;
    let length = body.len();
    let request =
        format!("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}");
    let answer = bench.exchange(request).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.whole, "the body was ended properly");
    assert!(answer.lossy().contains("data: {\"error\":"), "{}", answer.lossy());
}

#[tokio::test]
async fn what_came_of_a_plain_answer_is_on_the_wire_before_the_break() {
    let half = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 10\r\n\r\nhalf";
    let cutting = Fake::always(Reply::raw(half).then_fin());
    let bench = Bench::new().backend("a", cutting).yaml("models: {m: \"{a}\"}\n").start().await;
    let body = r#"{"model":"m"}"#;
    let length = body.len();
    for _ in 0..20 {
        let request = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        let answer = bench.exchange(request).await;
        let (status, text) = (answer.status, answer.lossy());
        assert!(status == 200 && text.ends_with("half"), "{status} {text}");
    }
}

#[tokio::test]
async fn a_cut_plain_answer_is_a_broken_body() {
    let json = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let cuts = [
        (
            "too few bytes",
            Reply::raw(format!("{json}content-length: 100\r\n\r\n{{\"choices\":[")).then_pause().then_fin(),
        ),
        (
            "too few bytes, RST",
            Reply::raw(format!("{json}content-length: 100\r\n\r\n{{\"ch")).then_pause().then_reset(),
        ),
        (
            "no last chunk",
            Reply::raw(format!("{json}transfer-encoding: chunked\r\n\r\n"))
                .then(chunk("{\"choices\":["))
                .then_pause()
                .then_fin(),
        ),
        ("silence", Reply::raw(format!("{json}content-length: 100\r\n\r\n{{\"choices\":[")).then_hold()),
    ];
    for (how, reply) in cuts {
        let bench = impatient(Fake::always(reply)).await;
        let asked = bench.chat("m").open().await;
        assert_eq!(asked.status(), 200, "{how}");
        bench.backend("a").resume();
        let body = crate::wait::within("the body to break", asked.bytes()).await;
        assert!(body.is_err(), "{how}: a cut answer looked whole: {body:?}");
        assert_eq!(bench.backend("b").count(), 0, "{how}");
    }
}

#[tokio::test]
async fn a_stream_that_takes_longer_than_its_total_is_cut_visibly() {
    let mut reply = Reply::stream_open(["first"]);
    for _ in 0..200 {
        reply = reply.then_sleep(Duration::from_millis(50)).then(chunk(event("x")));
    }
    let yaml = "models:\n  m: {to: {a}, timeout: {total: 300ms, idle: 10s}}\n";
    let bench = Bench::new().backend("a", Fake::always(reply.then_hold())).yaml(yaml).start().await;
    let end = bench.chat("m").stream().await.end().await;
    assert!(end.broken && end.error.is_some() && !end.done, "{end:?}");
    assert!(end.text.starts_with("first"), "{end:?}");
    bench.backend("a").until_closed(1).await;
}

#[tokio::test]
async fn comments_count_as_signs_of_life() {
    let mut reply = Reply::stream_open(["first"]);
    for _ in 0..8 {
        reply = reply.then_sleep(Duration::from_millis(200)).then(chunk(": keep-alive\n\n"));
    }
    let reply = reply.then(chunk(event("last"))).then(chunk("data: [DONE]\n\n")).then(b"0\r\n\r\n");
    let yaml = "models:\n  m: {to: {a}, timeout: {idle: 1s}}\n";
    let bench = Bench::new().backend("a", Fake::always(reply)).yaml(yaml).start().await;
    let answer = bench.chat("m").send().await;
    assert!(!answer.broken && answer.lossy().contains("last"), "{}", answer.lossy());
}

#[tokio::test]
async fn an_end_without_done_is_an_end() {
    let bench = impatient(Fake::always(a_begun_stream().then(b"0\r\n\r\n"))).await;
    let answer = bench.chat("m").send().await;
    assert!(!answer.broken);
    assert!(!answer.lossy().contains("[DONE]"), "an end was made up: {}", answer.lossy());
    assert_eq!(answer.lossy(), event("one") + &event("two"));
}

#[tokio::test]
async fn an_answer_that_ends_with_its_connection_is_whole() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
    let bench = impatient(Fake::always(Reply::raw(head).then("{\"a\":").then("1}").then_fin())).await;
    let answer = bench.chat("m").send().await;
    assert!(!answer.broken);
    assert_eq!(answer.lossy(), "{\"a\":1}");
    assert_eq!(answer.header("connection"), "");
}

#[tokio::test]
async fn bytes_after_the_end_never_reach_another_client() {
    let first =
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret";
    let bench = impatient(Fake::in_turn([Reply::raw(first), Reply::text("hello")])).await;
    assert_eq!(bench.chat("m").send().await.lossy(), "{}");
    for _ in 0..5 {
        assert_eq!(bench.chat("m").text().await, "hello");
    }
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_a_failed_try() {
    for raw in [
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}x",
        "HTTP/1.1 200 OK\r\ncontent-length: two\r\n\r\n{}",
        "SSH-2.0-OpenSSH_9.6\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
        "\x16\x03\x01\x02\r\n\r\n",
    ] {
        let bench = impatient(Fake::always(Reply::raw(raw).then_hold())).await;
        let answer = bench.chat("m").send().await;
        assert_eq!(answer.status, 200, "{raw:?}: {}", answer.lossy());
        assert_eq!(answer.header("x-patchbay-backend"), "b", "{raw:?}");
    }
}

#[tokio::test]
async fn interim_answers_are_not_the_answer() {
    let interim = "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
    let whole = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
    let bench = impatient(Fake::always(Reply::raw(interim).then(whole))).await;
    let answer = bench.chat("m").send().await;
    assert_eq!((answer.status, answer.lossy().as_str()), (200, "{}"));
    assert_eq!(answer.header("x-patchbay-backend"), "a");
    assert_eq!(answer.header("link"), "");
}

#[tokio::test]
async fn an_answer_without_a_body_is_whole() {
    let bench = impatient(Fake::always(Reply::raw("HTTP/1.1 204 No Content\r\n\r\n"))).await;
    let answer = bench.chat("m").send().await;
    assert_eq!((answer.status, answer.broken, answer.body.len()), (204, false, 0));
}
