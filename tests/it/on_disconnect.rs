//! `on_disconnect: finish` reads an answer to its end though its client has left.

use crate::bench::{Bench, RunningBench};
use crate::fake::{Fake, Reply};
use crate::wait::until;

const TABLE: &str = "\
backends:
  a: {url: {a}, on_disconnect: finish}
  b: {b}
models:
  m: {to: a, fallback: b}
";

async fn running(a: Fake) -> RunningBench {
    let bench = Bench::new().backend("a", a).backend("b", Fake::always(Reply::silence()));
    bench.yaml(TABLE).start().await
}

fn answered(bench: &RunningBench) -> (u64, u64) {
    let reading = bench.snapshot().upstreams()[0].tally.read();
    (reading.answered, reading.left)
}

async fn until_over(bench: &RunningBench) {
    until("nothing to be in flight", || bench.snapshot().in_flight.now() == 0).await;
}

#[tokio::test]
async fn a_stream_goes_on_to_its_end() {
    let bench = running(Fake::streams(["a", "b", "c"]).pausing_after(1)).await;
    let mut client = bench.begin_stream("m").await;
    client.until(b"\"content\":\"a\"").await;
    client.leave().await;
    bench.backend("a").resume();
    until_over(&bench).await;
    assert_eq!(answered(&bench), (1, 0));
    assert_eq!(bench.backend("a").closed_by_peer(), 0);
}

#[tokio::test]
async fn an_answer_that_has_not_begun_is_read_as_well() {
    let bench = running(Fake::always(Reply::stream(["a"]).held())).await;
    let client = bench.begin_stream("m").await;
    bench.backend("a").until_requests(1).await;
    client.leave().await;
    bench.backend("a").let_go(1);
    until_over(&bench).await;
    assert_eq!(answered(&bench), (1, 0));
}

#[tokio::test]
async fn nobody_else_is_asked_for_a_client_that_left() {
    let busy = Reply::error(503, "busy").held();
    let bench = running(Fake::always(busy)).await;
    let client = bench.begin_stream("m").await;
    bench.backend("a").until_requests(1).await;
    client.leave().await;
    bench.backend("a").let_go(1);
    until_over(&bench).await;
    assert_eq!(bench.backend("b").count(), 0);
}

#[tokio::test]
async fn a_fallback_that_does_not_finish_is_stopped() {
    let bench = running(Fake::always(Reply::error(503, "busy"))).await;
    let client = bench.begin_stream("m").await;
    bench.backend("b").until_requests(1).await;
    client.leave().await;
    bench.backend("b").until_closed(1).await;
    until_over(&bench).await;
}

#[tokio::test]
async fn a_stop_ends_what_goes_on_for_nobody() {
    let bench = running(Fake::streams(["a", "b"]).pausing_after(1)).await;
    let mut client = bench.begin_stream("m").await;
    client.until(b"\"content\":\"a\"").await;
    client.leave().await;
    bench.stop().await;
    bench.backend("a").until_closed(1).await;
}
