//! A resumed stream, and what else a table may ask for.

use super::{WORDS, begun, text, whole};
use crate::bench::{Bench, RunningBench};
use crate::fake::Fake;
use crate::wait::until;

const TABLE: &str = "\
backends:
  a: {url: '{a}', on_disconnect: finish}
  b: {url: '{b}', on_disconnect: finish}
  c: {c}
models:
  m: {to: [a, b], strategy: first, resume: true, mirror: {to: c}}
";

async fn running() -> RunningBench {
    let (a, b, c) = (Fake::always(begun().then_fin()), Fake::always(whole()), Fake::always(whole()));
    Bench::new().backend("a", a).backend("b", b).backend("c", c).yaml(TABLE).start().await
}

#[tokio::test]
async fn a_mirror_gets_one_copy_and_is_compared_with_all_that_the_answer_cost() {
    let bench = running().await;
    let stream = bench.chat("m").stream().await;
    bench.backend("a").resume();
    let (wire, broken) = stream.raw_rest().await;
    assert!(!broken, "{wire}");
    assert_eq!(text(&wire), WORDS.concat());
    let snapshot = bench.snapshot();
    let index = snapshot.table.find(Some("m")).unwrap().index;
    let reading = || snapshot.route_load(index, None).mirror().read();
    until("the pair", || reading().compared == 1).await;
    let (main, copy) = (reading().main, reading().copy);
    assert_eq!((main.output, copy.output), (6, 4), "what both backends have counted");
    assert_eq!((bench.backend("c").count(), reading().sent), (1, 1));
}

#[tokio::test]
async fn a_stream_whose_client_has_left_goes_on_on_a_twin_to_its_end() {
    let bench = running().await;
    let mut stream = bench.chat("m").stream().await;
    assert_eq!(stream.next().await, WORDS[0]);
    drop(stream);
    bench.backend("a").resume();
    bench.backend("b").until_requests(1).await;
    until("nothing to be in flight", || bench.snapshot().in_flight.now() == 0).await;
    let readings: Vec<_> =
        bench.snapshot().upstreams().iter().map(|upstream| upstream.tally.read()).collect();
    assert_eq!((readings[0].failed, readings[1].answered), (1, 1), "{readings:?}");
    assert_eq!(bench.backend("b").closed_by_peer(), 0);
}
