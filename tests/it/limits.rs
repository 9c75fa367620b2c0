//! Nobody makes the router hold much, and what is too much is refused in words.

use crate::bench::{Bench, RunningBench};
use crate::fake::{Fake, Reply, chunk};
use crate::wait::until_still;

const MEGABYTE: usize = 1 << 20;

async fn one() -> RunningBench {
    Bench::new().backend("a", Fake::answers("hello")).routes("m -> a").start().await
}

fn request(headers: &str) -> String {
    let body = "{\"model\":\"m\"}";
    format!("POST /v1/chat/completions HTTP/1.1\r\nhost: router\r\n{headers}content-length: 13\r\n\r\n{body}")
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_the_backend_back() {
    let endless = Reply::stream_open(["first"]).then_times(400, chunk(vec![b'x'; MEGABYTE]));
    let bench = Bench::new().backend("a", Fake::always(endless.then_hold())).routes("m -> a").start().await;
    let mut client = bench.connect().await;
    client.send(request("")).await;
    client.until(b"first").await;
    let held = until_still("the backend", || bench.backend("a").sent()).await;
    // The router's share is at most 16 MB; the rest is what the two sockets' buffers take.
    assert!(held < 48 * MEGABYTE, "{} MB were taken for a client that reads nothing", held / MEGABYTE);
    drop(client);
    bench.backend("a").until_closed(1).await;
}

#[tokio::test]
async fn a_backend_that_does_not_read_holds_the_router_not_up() {
    let stuck = Reply::silence().early();
    let bench = Bench::new().backend("a", Fake::in_turn([stuck, Reply::text("hello")])).routes("m -> a");
    let bench = bench.start().await;
    let large = format!("{{\"model\":\"m\",\"x\":\"{}\"}}", "x".repeat(20 * MEGABYTE));
    let waiting = tokio::spawn(bench.post("/v1/chat/completions", large).send());
    bench.backend("a").until_requests(1).await;
    assert_eq!(bench.chat("m").text().await, "hello");
    waiting.abort();
    bench.backend("a").until_closed(1).await;
}

#[tokio::test]
async fn a_twenty_megabyte_body_passes_whole() {
    let bench = one().await;
    let large = format!("{{\"x\":\"{}\",\"model\":\"m\"}}", "é".repeat(10 * MEGABYTE));
    assert_eq!(bench.post("/v1/chat/completions", large.clone()).send().await.status, 200);
    assert!(bench.backend("a").last().text() == large, "the body was changed");
}

#[tokio::test]
async fn large_heads_pass_or_are_refused() {
    let bench = one().await;
    let long = request(&format!("x-long: {}\r\n", "x".repeat(64 * 1024)));
    let many = request(&"x-a: 1\r\n".repeat(5000));
    let endless = request(&format!("x-long: {}\r\n", "x".repeat(4 * MEGABYTE)));
    for (what, bytes) in [("one of 64 KB", long), ("5000 lines", many), ("4 MB", endless)] {
        let mut raw = bench.connect().await;
        raw.send_while_taken(bytes).await;
        let status = raw.status().await;
        assert!([Some(200), Some(400), Some(431), None].contains(&status), "{what}: {status:?}");
        assert_eq!(bench.chat("m").text().await, "hello", "{what} broke the router for others");
    }
}

#[tokio::test]
async fn a_compressed_request_is_passed_through_or_refused_never_guessed() {
    let bench = one().await;
    let gzip =
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcbH\xcd\xc9\xc9\x07\x00\x86\xa6\x106\x05\x00\x00\x00";
    let ask = bench.post("/v1/chat/completions", gzip.to_vec()).header("content-encoding", "gzip");
    let answer = ask.send().await;
    match answer.status {
        200 => assert_eq!(&bench.backend("a").last().body[..], gzip),
        400 | 415 => drop(answer.error()),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn requests_sent_ahead_are_answered_in_order() {
    let fake = Fake::in_turn([Reply::text("one"), Reply::text("two"), Reply::text("three")]);
    let bench = Bench::new().backend("a", fake).routes("m -> a").start().await;
    let mut raw = bench.connect().await;
    raw.send(request("").repeat(3)).await;
    for text in ["one", "two", "three"] {
        let answer = raw.answer().await;
        assert!(answer.status == 200 && answer.lossy().contains(text), "{}", answer.lossy());
    }
}

#[tokio::test]
async fn a_backends_endless_head_is_a_failed_try() {
    let endless =
        Reply::raw("HTTP/1.1 200 OK\r\n").then_times(40, format!("x-a: {}\r\n", "x".repeat(MEGABYTE)));
    let bench = Bench::new().backend("a", Fake::always(endless)).backend("b", Fake::answers("from b"));
    let bench = bench.routes("m -> a else b").start().await;
    assert_eq!(bench.chat("m").text().await, "from b");
}
