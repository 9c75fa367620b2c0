//! A client that leaves takes its request along, in every phase.

use std::time::{Duration, Instant};

use crate::bench::{Bench, RunningBench};
use crate::fake::{Fake, Reply};
use crate::wait::until;

/// The promise is 100 ms; a busy machine may take longer, a leak takes for ever.
const SOON: Duration = Duration::from_secs(2);

async fn until_nothing_is_in_flight(bench: &RunningBench) {
    until("nothing to be in flight", || bench.snapshot().in_flight.now() == 0).await;
}

#[tokio::test]
async fn a_client_that_leaves_while_waiting_frees_the_backend() {
    let bench = Bench::new().backend("a", Fake::always(Reply::silence())).routes("m -> a").start().await;
    let client = bench.begin_stream("m").await;
    bench.backend("a").until_requests(1).await;
    assert_eq!(bench.snapshot().in_flight.now(), 1);
    let left = Instant::now();
    drop(client);
    bench.backend("a").until_closed(1).await;
    assert!(left.elapsed() < SOON, "the backend worked on for {:?}", left.elapsed());
    until_nothing_is_in_flight(&bench).await;
    assert_eq!(bench.backend("a").count(), 1, "a client that left was taken for a failure");
}

#[tokio::test]
async fn a_client_that_leaves_mid_stream_frees_the_backend() {
    let fake = Fake::streams(["a", "b", "c"]).pausing_after(1);
    let bench = Bench::new().backend("a", fake).routes("m -> a").start().await;
    let mut client = bench.begin_stream("m").await;
    client.until(b"\"content\":\"a\"").await;
    let left = Instant::now();
    drop(client);
    bench.backend("a").until_closed(1).await;
    assert!(left.elapsed() < SOON, "the backend worked on for {:?}", left.elapsed());
    until_nothing_is_in_flight(&bench).await;
}

#[tokio::test]
async fn a_client_that_leaves_between_two_tries_is_not_asked_for_again() {
    let busy = Reply::whole(429, &[("retry-after", "2")], "busy");
    let bench =
        Bench::new().backend("a", Fake::in_turn([busy, Reply::text("late")])).routes("m -> a").start().await;
    let client = bench.begin_stream("m").await;
    bench.backend("a").until_requests(1).await;
    drop(client);
    until_nothing_is_in_flight(&bench).await;
    assert_eq!(bench.backend("a").count(), 1);
}

#[tokio::test]
async fn a_client_that_leaves_before_its_body_is_whole_reaches_no_backend() {
    let bench = Bench::new().backend("a", Fake::answers("hello")).routes("m -> a").start().await;
    let mut client = bench.connect().await;
    client
        .send("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\n{\"model\":\"m\",")
        .await;
    drop(client);
    assert_eq!(bench.chat("m").text().await, "hello");
    assert_eq!(bench.backend("a").count(), 1);
    until_nothing_is_in_flight(&bench).await;
}

#[tokio::test]
async fn an_echo_backend_stops_as_well() {
    let yaml = "models:\n  m: echo://slow?tps=1&tokens=1000\n";
    let bench = Bench::new().yaml(yaml).start().await;
    let mut client = bench.begin_stream("m").await;
    client.until(b"slow:").await;
    assert_eq!(bench.snapshot().in_flight.now(), 1);
    drop(client);
    until_nothing_is_in_flight(&bench).await;
}

#[tokio::test]
async fn a_connection_whose_answer_was_left_unread_serves_nobody_else() {
    let fake =
        Fake::in_turn([Reply::stream(["secret", "of", "another"]).pausing_after(1), Reply::text("hello")]);
    let bench = Bench::new().backend("a", fake).routes("m -> a").start().await;
    let mut client = bench.begin_stream("m").await;
    client.until(b"secret").await;
    drop(client);
    bench.backend("a").until_closed(1).await;
    bench.backend("a").resume();
    assert_eq!(bench.chat("m").text().await, "hello");
    assert_eq!(bench.backend("a").connections(), 2);
}
