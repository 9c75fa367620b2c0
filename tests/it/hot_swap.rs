//! The table changes under load; nothing is dropped, nothing is mixed.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_util::future::join_all;

use crate::bench::{Bench, RunningBench, Stream, chat_request};
use crate::fake::Fake;
use crate::wait::until;

/// Four sockets a stream add up, and some systems begin with 1,024 descriptors.
fn allow_many_sockets() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).unwrap();
}

/// Odd generations lead to `red`, even ones to `blue`.
fn backend_of(generation: u64) -> &'static str {
    if generation % 2 == 1 { "red" } else { "blue" }
}

async fn flip(bench: &RunningBench) {
    let next = bench.snapshot().generation + 1;
    bench.switch_to(&format!("m -> {}", backend_of(next))).await;
}

/// The backend that a stream says it comes from; its generation must lead there.
fn origin(stream: &Stream) -> &'static str {
    let generation: u64 = stream.header("x-patchbay-generation").parse().unwrap();
    assert_eq!(stream.header("x-patchbay-backend"), backend_of(generation), "generation {generation}");
    backend_of(generation)
}

#[tokio::test]
async fn a_stream_outlives_the_table_it_began_on() {
    let bench = Bench::new()
        .backend("old", Fake::streams(["a", "b", "c"]).pausing_after(1))
        .backend("new", Fake::answers("hello"))
        .routes("qwen -> old")
        .start()
        .await;

    let mut stream = bench.chat("qwen").stream().await;
    assert_eq!(stream.next().await, "a");

    bench.switch_to("qwen -> new").await;
    assert_eq!(bench.chat("qwen").text().await, "hello");
    bench.backend("old").resume();

    assert_eq!(stream.header("x-patchbay-generation"), "1");
    assert_eq!(stream.rest().await, "bc");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_streams_survive_a_table_that_keeps_flipping() {
    const FLIPS: usize = 20;
    const STREAMS_A_FLIP: usize = 15;
    allow_many_sockets();
    let bench = Bench::new()
        .backend("red", Fake::streams(["red", "red", "red"]).pausing_after(1))
        .backend("blue", Fake::streams(["blue", "blue", "blue"]).pausing_after(1))
        .routes("m -> red")
        .start()
        .await;

    let mut open = Vec::new();
    for _ in 0..FLIPS {
        open.extend(join_all((0..STREAMS_A_FLIP).map(|_| bench.chat("m").stream())).await);
        flip(&bench).await;
    }
    assert_eq!(bench.snapshot().generation, FLIPS as u64 + 1);
    bench.backend("red").resume();
    bench.backend("blue").resume();

    let mut answered = 0;
    for stream in open {
        let origin = origin(&stream);
        assert_eq!(stream.rest().await, origin.repeat(3), "an answer was mixed");
        answered += 1;
    }
    assert_eq!(answered, FLIPS * STREAMS_A_FLIP);
    let (red, blue) = (bench.backend("red").count(), bench.backend("blue").count());
    assert_eq!((red, blue), (answered / 2, answered / 2), "a request was sent twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_during_a_flip_is_answered_by_its_own_generation() {
    let bench = Bench::new()
        .backend("red", Fake::answers("red"))
        .backend("blue", Fake::answers("blue"))
        .routes("m -> red")
        .start()
        .await;
    let (answered, flipping) = (AtomicUsize::new(0), AtomicBool::new(true));
    let clients = join_all((0..6).map(|_| async {
        while flipping.load(Ordering::Relaxed) {
            let answer = bench.chat("m").send().await;
            let generation: u64 = answer.header("x-patchbay-generation").parse().unwrap();
            assert_eq!((answer.status, answer.broken), (200, false), "{}", answer.lossy());
            assert_eq!(answer.header("x-patchbay-backend"), backend_of(generation));
            assert_eq!(answer.json()["choices"][0]["message"]["content"], backend_of(generation));
            answered.fetch_add(1, Ordering::Relaxed);
        }
    }));
    let flips = async {
        for _ in 0..30 {
            let before = answered.load(Ordering::Relaxed);
            until("a few answers", || answered.load(Ordering::Relaxed) >= before + 3).await;
            flip(&bench).await;
        }
        flipping.store(false, Ordering::Relaxed);
    };
    tokio::join!(clients, flips);
    assert_eq!(bench.snapshot().generation, 31);
    assert_eq!(
        bench.backend("red").count() + bench.backend("blue").count(),
        answered.load(Ordering::Relaxed)
    );
}

#[tokio::test]
async fn the_list_of_models_switches_with_the_routes() {
    let bench = Bench::new().backend("a", Fake::answers("hello")).routes("one -> a").start().await;
    let ids = || async {
        let list = bench.get("/v1/models").send().await.json();
        let ids =
            list["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(ids().await, ["one"]);
    bench.switch_to("two -> a\nthree -> a").await;
    assert_eq!(ids().await, ["two", "three"]);
    assert_eq!(bench.chat("one").send().await.status, 404);
    assert_eq!(bench.chat("two").text().await, "hello");
}

#[tokio::test]
async fn an_old_table_is_freed_with_its_last_stream() {
    let bench =
        Bench::new().backend("a", Fake::streams(["a", "b"]).pausing_after(1)).routes("m -> a").start().await;
    let first = std::sync::Arc::downgrade(&bench.snapshot());
    let mut stream = bench.chat("m").stream().await;
    assert_eq!(stream.next().await, "a");
    bench.switch_to("m -> a\nn -> a").await;
    assert!(first.upgrade().is_some(), "a stream lost its table");
    bench.backend("a").resume();
    assert_eq!(stream.rest().await, "b");
    until("the first table to be freed", || first.upgrade().is_none()).await;
}

#[tokio::test]
async fn an_unchanged_backend_keeps_its_connections_over_a_switch() {
    let bench = Bench::new().backend("a", Fake::answers("a")).backend("b", Fake::answers("b"));
    let bench = bench.routes("m -> a").start().await;
    for round in 0..3 {
        assert_eq!(bench.chat("m").text().await, "a", "round {round}");
        bench.switch_to("m -> b").await;
        assert_eq!(bench.chat("m").text().await, "b", "round {round}");
        bench.switch_to("m -> a").await;
    }
    assert_eq!((bench.backend("a").connections(), bench.backend("b").connections()), (1, 1));
}

#[tokio::test]
async fn a_generation_is_not_over_while_a_request_to_it_is_still_on_its_way() {
    let bench = Bench::new().backend("a", Fake::answers("old")).backend("b", Fake::answers("new"));
    let bench = bench.routes("m -> a").start().await;
    let old = bench.snapshot();
    let body = r#"{"model":"m","messages":[]}"#;
    let request = chat_request(body);
    let (begun, rest) = request.split_at(request.len() - 9);
    let mut client = bench.connect().await;
    client.send(begun).await;
    until("the request to be counted", || old.in_flight.now() == 1).await;

    bench.switch_to("m -> b").await;
    assert_eq!(old.in_flight.now(), 1, "its backends might be stopped now");

    client.send(rest).await;
    assert!(client.answer().await.lossy().contains("old"));
    until("the old generation to end", || old.in_flight.now() == 0).await;
}
