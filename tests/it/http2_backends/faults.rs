//! What goes wrong on one stream is told of that one, and no other notices.

use h2::Reason;

use crate::fake::event;
use crate::fake_http2::{FakeHttp2, Manners, Turn};
use crate::wait::{until, until_still, within};

#[tokio::test]
async fn a_client_that_leaves_while_waiting_resets_its_stream() {
    let turn = |nth| if nth == 1 { Turn::silence() } else { Turn::text("hello") };
    let fake = FakeHttp2::choosing(turn).await;
    let bench = fake.bench().await;
    let client = bench.begin_stream("m").await;
    fake.until_requests(1).await;
    drop(client);
    fake.until_resets(1).await;
    assert_eq!(fake.resets(), [Reason::CANCEL]);
    assert_eq!(bench.chat("m").text().await, "hello");
    assert_eq!((fake.begun(), fake.connections()), (2, 1), "the connection is as good as before");
}

#[tokio::test]
async fn a_client_that_leaves_mid_stream_stops_its_own_stream_only() {
    let fake = FakeHttp2::always(Turn::events(["a"]).pause().done()).await;
    let bench = fake.bench().await;
    let mut stays = bench.chat("m").stream().await;
    assert_eq!(stays.next().await, "a");
    let mut leaves = bench.begin_stream("m").await;
    leaves.until(b"\"content\":\"a\"").await;
    drop(leaves);
    fake.until_resets(1).await;
    until("one request to be in flight", || bench.snapshot().in_flight.now() == 1).await;
    fake.resume();
    assert_eq!(stays.rest().await, "");
    assert_eq!((fake.resets(), fake.connections()), (vec![Reason::CANCEL], 1));
}

#[tokio::test]
async fn a_stream_that_is_reset_for_a_reason_is_a_failed_try() {
    let turn = |nth| if nth == 2 { Turn::reset(Reason::INTERNAL_ERROR) } else { Turn::text("hello") };
    let fake = FakeHttp2::choosing(turn).await;
    let bench = fake.bench().await;
    assert_eq!(bench.chat("m").text().await, "hello");
    let answer = bench.chat("m").send().await;
    assert_eq!((answer.status, answer.header("x-patchbay-attempts")), (502, "1"));
    assert!(answer.error().contains("the backend gave the request up"), "{}", answer.lossy());
    assert_eq!((fake.begun(), fake.connections()), (2, 1), "a request was repeated on its own");
}

#[tokio::test]
async fn a_fresh_connection_that_refuses_is_a_failed_try() {
    let fake = FakeHttp2::always(Turn::reset(Reason::REFUSED_STREAM)).await;
    let bench = fake.bench().await;
    let answer = bench.chat("m").send().await;
    assert_eq!((answer.status, fake.begun()), (502, 1));
    assert!(answer.error().contains("refused the request before looking at it"), "{}", answer.lossy());
}

#[tokio::test]
async fn a_fresh_connection_that_dies_is_a_failed_try() {
    let fake = FakeHttp2::always(Turn::die()).await;
    let bench = fake.bench().await;
    let answer = bench.chat("m").send().await;
    assert_eq!((answer.status, fake.begun()), (502, 1));
    assert!(answer.error().contains("closed the connection before answering"), "{}", answer.lossy());
}

#[tokio::test]
async fn a_stream_that_is_reset_in_the_middle_never_looks_whole() {
    for reason in [Reason::INTERNAL_ERROR, Reason::CANCEL, Reason::NO_ERROR] {
        let fake = FakeHttp2::always(Turn::events(["a", "b"]).pause().then_reset(reason)).await;
        let bench = fake.bench().await;
        let mut stream = bench.chat("m").stream().await;
        assert_eq!((stream.next().await, stream.next().await), ("a".to_owned(), "b".to_owned()));
        fake.resume();
        let end = stream.end().await;
        assert!(end.error.is_some() && end.broken && !end.done, "{reason:?}: {end:?}");
    }
}

#[tokio::test]
async fn a_connection_that_dies_in_the_middle_of_answers_never_makes_them_look_whole() {
    let fake = FakeHttp2::always(Turn::events(["a"]).hold()).await;
    let bench = fake.bench().await;
    let mut streams = [bench.chat("m").stream().await, bench.chat("m").stream().await];
    for stream in &mut streams {
        assert_eq!(stream.next().await, "a");
    }
    fake.die();
    for stream in streams {
        let end = stream.end().await;
        assert!(end.error.is_some() && end.broken && !end.done, "{end:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_shorter_than_it_says_never_looks_whole() {
    let turn = Turn::head(200, "application/octet-stream").header("content-length", "100");
    let fake = FakeHttp2::always(turn.data("short").pause().end()).await;
    let bench = fake.bench().await;
    let mut answer = bench.post("/v1/embeddings", r#"{"model":"m"}"#).open().await;
    assert_eq!(within("the beginning", answer.chunk()).await.unwrap().unwrap(), "short");
    fake.resume();
    assert!(within("the end", answer.chunk()).await.is_err(), "a cut answer looks whole");
}

#[tokio::test]
async fn an_answer_that_is_longer_than_it_says_is_refused() {
    let turn = Turn::head(200, "application/octet-stream").header("content-length", "3");
    let fake = FakeHttp2::always(turn.data("much longer").end()).await;
    let answer = fake.bench().await.post("/v1/embeddings", r#"{"model":"m"}"#).send().await;
    assert_eq!(answer.status, 502, "{}", answer.lossy());
}

#[tokio::test]
async fn a_backend_that_opens_no_window_is_silent_and_is_told_so() {
    let manners = Manners { window: Some(0), ..Manners::default() };
    let fake = FakeHttp2::with(manners, |_| Turn::text("hello")).await;
    let bench = fake.bench_with(", timeout: {first_byte: 500ms}").await;
    // The first request goes out before the backend could say how little it takes.
    assert_eq!(bench.chat("m").text().await, "hello");
    let answer = bench.chat("m").send().await;
    assert_eq!(answer.status, 504, "{}", answer.lossy());
    assert!(answer.error().contains("no first byte within 500ms"), "{}", answer.lossy());
    fake.until_resets(1).await;
    assert_eq!((fake.begun(), fake.received().len()), (2, 1));
}

#[tokio::test]
async fn who_reads_slowly_holds_back_its_own_answer_and_nobody_elses() {
    let flood = || Turn::head(200, "text/event-stream").data(event("a")).flood(64 * 1024 * 1024).done();
    let turn = move |nth| if nth == 1 { flood() } else { Turn::text("hello") };
    let fake = FakeHttp2::choosing(turn).await;
    let bench = fake.bench().await;
    let mut slow = bench.begin_stream("m").await;
    slow.until(b"\"content\":\"a\"").await;
    let taken = until_still("what the backend can send", || fake.flooded()).await;
    assert!(
        (1..16 * 1024 * 1024).contains(&taken),
        "{taken} bytes were taken for a client that reads nothing"
    );
    for _ in 0..10 {
        assert_eq!(bench.chat("m").text().await, "hello");
    }
    assert_eq!(fake.connections(), 1);
}

#[tokio::test]
async fn what_nobody_reads_any_more_uses_up_no_window() {
    // Together more than the window of a connection.
    let flood = || Turn::head(200, "text/event-stream").data(event("a")).flood(64 * 1024 * 1024);
    let turn = move |nth| if nth <= 120 { flood() } else { Turn::text("hello") };
    let fake = FakeHttp2::choosing(turn).await;
    let bench = fake.bench().await;
    for nth in 1..=120 {
        let mut client = bench.begin_stream("m").await;
        client.until(b"\"content\":\"a\"").await;
        until("a stream's window to be full", || fake.flooded() >= nth * 256 * 1024).await;
        drop(client);
    }
    until("all of them to have left", || bench.snapshot().in_flight.now() == 0).await;
    assert_eq!(bench.chat("m").text().await, "hello");
    assert_eq!(fake.connections(), 1);
}
