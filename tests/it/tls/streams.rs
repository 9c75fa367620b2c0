//! Streams share a connection and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinSet;

use super::client::{Http2, piece};
use super::{Authority, client, encrypted, table};
use crate::fake::{Fake, Reply, chunk};
use crate::wait::{until, until_still};

const MEGABYTE: usize = 1024 * 1024;

fn twin(http2: &Http2) -> Http2 {
    Http2 { requests: http2.requests.clone(), driver: tokio::spawn(async { Ok(()) }) }
}

#[tokio::test]
async fn a_hundred_streams_are_answered_on_one_connection() {
    let authority = Authority::new("ports");
    let bench = encrypted(&authority, "m: echo://m\n  n: echo://n").start().await;
    let http2 = client(&authority, &bench).http2().await;
    let mut asked = JoinSet::new();
    for number in 0..100 {
        let mut http2 = twin(&http2);
        asked.spawn(async move {
            let model = if number % 2 == 0 { "m" } else { "n" };
            let answer = http2.says(model).await;
            assert_eq!(answer.status, 200);
            assert!(answer.text.contains(&format!("\"{model}: ")), "{}", answer.text);
        });
    }
    asked.join_all().await;
}

#[tokio::test]
async fn events_come_one_by_one() {
    let authority = Authority::new("ports");
    let fake = Fake::streams(["a", "b", "c"]).pausing_after(1);
    let bench = encrypted(&authority, "m: {a}").backend("a", fake).start().await;
    let mut http2 = client(&authority, &bench).http2().await;
    let mut body = http2.chat("m").await.into_body();
    let first = piece(&mut body).await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains("\"a\""));
    bench.backend("a").resume();
    let mut rest = String::new();
    while let Some(piece) = piece(&mut body).await {
        rest.push_str(&String::from_utf8_lossy(&piece.unwrap()));
    }
    assert!(rest.contains("\"b\"") && rest.ends_with("data: [DONE]\n\n"), "{rest}");
}

#[tokio::test]
async fn who_leaves_a_stream_stops_its_backend_and_no_other() {
    let authority = Authority::new("ports");
    let streams = || Fake::streams(["a", "b"]).pausing_after(1);
    let bench = encrypted(&authority, "m: {a}\n  n: {b}").backend("a", streams()).backend("b", streams());
    let bench = bench.start().await;
    let mut http2 = client(&authority, &bench).http2().await;
    let left = http2.chat("m").await;
    let mut stays = http2.chat("n").await.into_body();
    drop(left);
    bench.backend("a").until_closed(1).await;
    piece(&mut stays).await.unwrap().unwrap();
    bench.backend("b").resume();
    let mut rest = String::new();
    while let Some(piece) = piece(&mut stays).await {
        rest.push_str(&String::from_utf8_lossy(&piece.unwrap()));
    }
    assert!(rest.contains("[DONE]"), "{rest}");
}

#[tokio::test]
async fn who_leaves_the_connection_stops_all_of_its_backends() {
    let authority = Authority::new("ports");
    let fake = Fake::streams(["a", "b"]).pausing_after(1);
    let bench = encrypted(&authority, "m: {a}").backend("a", fake).start().await;
    let mut http2 = client(&authority, &bench).http2().await;
    let _one = http2.chat("m").await;
    let _two = http2.chat("m").await;
    drop(http2);
    bench.backend("a").until_closed(2).await;
    until("nothing in flight", || bench.snapshot().in_flight.now() == 0).await;
}

#[tokio::test]
async fn a_stream_that_is_not_read_holds_its_backend_back_and_no_other_stream() {
    let authority = Authority::new("ports");
    let endless = Reply::stream_open(["first"]).then_times(400, chunk(vec![b'x'; MEGABYTE]));
    let bench = encrypted(&authority, "m: {a}\n  n: {b}").backend("a", Fake::always(endless.then_hold()));
    let bench = bench.backend("b", Fake::answers("hello")).start().await;
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(1 << 20).initial_connection_window_size(1 << 24);
    let mut http2 = client(&authority, &bench).http2_with(builder).await;
    let unread = http2.chat("m").await;
    let held = until_still("the backend", || bench.backend("a").sent()).await;
    // A window of 1 MB is the client's; the rest is the router's and the two sockets' buffers.
    assert!(held < 48 * MEGABYTE, "{} MB were taken for a client that reads nothing", held / MEGABYTE);
    assert!(http2.says("n").await.text.contains("hello"));
    drop(unread);
    bench.backend("a").until_closed(1).await;
}

#[tokio::test]
async fn a_switch_under_load_fails_no_stream() {
    let authority = Authority::new("ports");
    let bench = encrypted(&authority, "m: {a}").backend("a", Fake::answers("old"));
    let bench = bench.backend("b", Fake::answers("new")).start().await;
    let http2 = client(&authority, &bench).http2().await;
    let is_over = Arc::new(AtomicBool::new(false));
    let mut askers = JoinSet::new();
    for _ in 0..8 {
        let (mut http2, is_over) = (twin(&http2), Arc::clone(&is_over));
        askers.spawn(async move {
            let mut answered = 0;
            while !is_over.load(Ordering::SeqCst) {
                let answer = http2.says("m").await;
                assert_eq!(answer.status, 200, "{}", answer.text);
                answered += 1;
            }
            answered
        });
    }
    for round in 0..6 {
        let count = |name| bench.backend(name).count();
        let (name, before) = if round % 2 == 0 { ("b", count("b")) } else { ("a", count("a")) };
        bench.save_and_wait(&table(&format!("m: {{{name}}}"))).await;
        until("the new backend to be asked", || count(name) > before).await;
    }
    is_over.store(true, Ordering::SeqCst);
    let answered: usize = askers.join_all().await.into_iter().sum();
    assert!(answered >= 6, "{answered}");
}
