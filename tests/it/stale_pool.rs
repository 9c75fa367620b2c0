//! Backends close connections whenever they like; no client may notice.

use std::time::Duration;

use futures_util::future::join_all;

use crate::bench::{Bench, RunningBench};
use crate::fake::{Fake, Reply};
use crate::wait::until;

/// Without any retry, so that only the pool's own replay can help.
async fn without_retries(fake: Fake) -> RunningBench {
    Bench::new().backend("a", fake).yaml("models:\n  m: {to: {a}, retry: 0}\n").start().await
}

#[tokio::test]
async fn three_hundred_requests_survive_a_backend_that_closes_every_third_connection() {
    let bench = without_retries(Fake::answers("hello").closing_after(3)).await;
    for _ in 0..300 {
        let answer = bench.chat("m").send().await;
        assert_eq!((answer.status, answer.header("x-patchbay-attempts")), (200, "1"), "{}", answer.lossy());
    }
    assert!(bench.backend("a").connections() >= 100);
}

#[tokio::test]
async fn three_hundred_requests_survive_connections_that_die_in_use() {
    let bench = without_retries(Fake::answers("hello").dying_on_request(3)).await;
    for _ in 0..300 {
        let answer = bench.chat("m").send().await;
        assert_eq!((answer.status, answer.header("x-patchbay-attempts")), (200, "1"), "{}", answer.lossy());
    }
    assert_eq!(bench.backend("a").count(), 300 + 149, "each died request is replayed exactly once");
}

#[tokio::test]
async fn requests_side_by_side_survive_as_well() {
    let bench = without_retries(Fake::answers("hello").dying_on_request(4)).await;
    let clients = (0..8).map(|_| async {
        for _ in 0..40 {
            assert_eq!(bench.chat("m").text().await, "hello");
        }
    });
    join_all(clients).await;
}

#[tokio::test]
async fn streams_survive_as_well() {
    let bench = without_retries(Fake::streams(["a", "b"]).dying_on_request(3)).await;
    for _ in 0..50 {
        assert_eq!(bench.chat("m").stream().await.rest().await, "ab");
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_is_noticed() {
    let bench = without_retries(Fake::answers("hello").closing_when_idle(Duration::from_millis(20))).await;
    for round in 1..=5 {
        assert_eq!(bench.chat("m").text().await, "hello");
        assert_eq!(bench.backend("a").count(), round);
        until("the idle connection to be closed", || bench.backend("a").open() == 0).await;
    }
}

#[tokio::test]
async fn a_replay_goes_to_a_fresh_connection_not_to_another_stale_one() {
    let bench = without_retries(Fake::answers("hello").dying_on_request(2)).await;
    bench.backend("a").next(Reply::text("hello").after(Duration::from_millis(100)));
    join_all((0..6).map(|_| bench.chat("m").text())).await;
    assert!(bench.backend("a").connections() >= 2, "the requests did not overlap");
    let (count, connections) = (bench.backend("a").count(), bench.backend("a").connections());
    assert_eq!(bench.chat("m").text().await, "hello");
    assert_eq!(bench.backend("a").count(), count + 2);
    assert_eq!(bench.backend("a").connections(), connections + 1);
}

#[tokio::test]
async fn a_replay_sends_the_same_request() {
    let bench = without_retries(Fake::answers("hello").dying_on_request(2)).await;
    bench.chat("m").text().await;
    bench.chat("m").header("x-trace", "7").text().await;
    let received = bench.backend("a").received();
    assert_eq!(received.len(), 3);
    assert_eq!((&received[1].path, &received[1].headers), (&received[2].path, &received[2].headers));
    assert_eq!(received[1].body, received[2].body);
    assert_ne!(received[1].connection, received[2].connection);
}

#[tokio::test]
async fn a_fresh_connection_that_dies_is_a_failed_try() {
    let bench = without_retries(Fake::always(Reply::close())).await;
    let answer = bench.chat("m").send().await;
    assert_eq!((answer.status, answer.header("x-patchbay-attempts")), (502, "1"));
    assert_eq!(bench.backend("a").count(), 1, "a request was repeated on its own");
}

#[tokio::test]
async fn nothing_is_replayed_once_a_byte_has_come() {
    let half = Reply::raw("HTTP/1.1 200 OK\r\n").then_fin();
    let bench = without_retries(Fake::in_turn([Reply::text("hello"), half])).await;
    assert_eq!(bench.chat("m").text().await, "hello");
    let answer = bench.chat("m").send().await;
    assert_eq!(answer.status, 502, "{}", answer.lossy());
    assert_eq!(bench.backend("a").count(), 2, "a request was repeated after its answer had begun");
}

#[tokio::test]
async fn connections_are_reused() {
    let bench = without_retries(Fake::answers("hello")).await;
    for _ in 0..20 {
        assert_eq!(bench.chat("m").text().await, "hello");
    }
    assert_eq!(bench.backend("a").connections(), 1);
}
