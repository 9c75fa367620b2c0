//! One connection serves many requests, and its end is nobody's failure.

use futures_util::future::join_all;
use h2::Reason;

use crate::bench::RunningBench;
use crate::fake::Fake;
use crate::fake_http2::{FakeHttp2, Manners, Turn};
use crate::wait::until;

async fn asks_well(bench: &RunningBench) {
    let answer = bench.chat("m").send().await;
    assert_eq!((answer.status, answer.header("x-patchbay-attempts")), (200, "1"), "{}", answer.lossy());
}

#[tokio::test]
async fn three_hundred_requests_share_one_connection() {
    let fake = FakeHttp2::always(Turn::text("hello")).await;
    let bench = fake.bench().await;
    asks_well(&bench).await;
    for _ in 0..10 {
        join_all((0..30).map(|_| asks_well(&bench))).await;
    }
    assert_eq!((fake.received().len(), fake.connections()), (301, 1));
    assert_eq!(fake.resets(), [], "an answer that was taken whole needs no reset");
}

#[tokio::test]
async fn a_further_connection_opens_where_the_backend_allows_no_more_streams() {
    let manners = Manners { most_streams: Some(1), ..Manners::default() };
    let fake = FakeHttp2::with(manners, |_| Turn::events(["a"]).pause().done()).await;
    let bench = fake.bench().await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = bench.chat("m").stream().await;
        assert_eq!(stream.next().await, "a");
        streams.push(stream);
    }
    assert_eq!(fake.connections(), 3);
    fake.resume();
    for stream in streams {
        assert_eq!(stream.rest().await, "");
    }
}

#[tokio::test]
async fn requests_at_once_wait_for_no_connection_but_their_own_and_one_is_kept() {
    let fake = FakeHttp2::always(Turn::text("hello")).await;
    let bench = fake.bench().await;
    join_all((0..20).map(|_| asks_well(&bench))).await;
    assert!(fake.connections() <= 20);
    until("the surplus connections to be closed", || fake.open() == 1).await;
    let before = fake.connections();
    asks_well(&bench).await;
    assert_eq!(fake.connections(), before, "the connection that is left is used");
}

#[tokio::test]
async fn after_a_goodbye_streams_finish_and_new_requests_go_elsewhere() {
    let turn = |nth| if nth == 1 { Turn::events(["a"]).pause().done() } else { Turn::text("hello") };
    let fake = FakeHttp2::choosing(turn).await;
    let bench = fake.bench().await;
    let mut stream = bench.chat("m").stream().await;
    assert_eq!(stream.next().await, "a");
    fake.leave();
    for _ in 0..20 {
        asks_well(&bench).await;
    }
    fake.resume();
    assert_eq!(stream.rest().await, "");
    assert!(fake.connections() >= 2, "a request went to who had said goodbye");
    until("the connection that said goodbye to be closed", || fake.open() == 1).await;
}

#[tokio::test]
async fn goodbyes_in_the_middle_of_three_hundred_requests_fail_none() {
    let turn = |nth| if nth % 10 == 0 { Turn::text("hello").then_leave() } else { Turn::text("hello") };
    let fake = FakeHttp2::choosing(turn).await;
    let bench = fake.bench().await;
    for _ in 0..30 {
        join_all((0..10).map(|_| asks_well(&bench))).await;
    }
    assert!(fake.connections() >= 10, "{} connections", fake.connections());
}

#[tokio::test]
async fn a_connection_that_died_between_two_requests_is_nobodys_failure() {
    let fake = FakeHttp2::always(Turn::text("hello")).await;
    let bench = fake.bench().await;
    for round in 1..=5 {
        asks_well(&bench).await;
        assert_eq!(fake.received().len(), round);
        fake.die();
        until("the connection to be closed", || fake.open() == 0).await;
    }
}

#[tokio::test]
async fn a_shared_connection_that_dies_before_an_answer_is_asked_again_on_a_fresh_one() {
    let turn = |nth| if nth == 2 { Turn::die() } else { Turn::text("hello") };
    let fake = FakeHttp2::choosing(turn).await;
    let bench = fake.bench().await;
    asks_well(&bench).await;
    asks_well(&bench).await;
    assert_eq!((fake.begun(), fake.connections()), (3, 2));
    let received = fake.received();
    assert_eq!((&received[1].uri, &received[1].body), (&received[2].uri, &received[2].body));
}

#[tokio::test]
async fn a_refused_stream_is_asked_again_on_a_fresh_connection() {
    let turn = |nth| if nth == 2 { Turn::reset(Reason::REFUSED_STREAM) } else { Turn::text("hello") };
    let fake = FakeHttp2::choosing(turn).await;
    let bench = fake.bench().await;
    asks_well(&bench).await;
    asks_well(&bench).await;
    assert_eq!((fake.begun(), fake.connections()), (3, 2));
}

#[tokio::test]
async fn a_table_that_lets_a_backend_go_leaves_its_streams_alone() {
    let fake = FakeHttp2::always(Turn::events(["a"]).pause().done()).await;
    let bench = fake.bench().await;
    let mut stream = bench.chat("m").stream().await;
    assert_eq!(stream.next().await, "a");
    let other = Fake::answers("from the other");
    bench.save_and_wait(&format!("models: {{m: {}}}\n", other.url())).await;
    assert_eq!(bench.chat("m").text().await, "from the other");
    fake.resume();
    assert_eq!(stream.rest().await, "");
    until("the connection to be closed", || fake.open() == 0).await;
}
