//! A stop ends nothing that is in flight, within its grace time.

use tokio::net::TcpStream;

use crate::bench::{Bench, RunningBench};
use crate::fake::Fake;
use crate::wait::within;

async fn until_nobody_listens(bench: &RunningBench) {
    let refused = async { while TcpStream::connect(bench.address()).await.is_ok() {} };
    within("new connections to be refused", refused).await;
}

#[tokio::test]
async fn a_stop_lets_streams_finish_and_takes_nothing_new() {
    let fake = Fake::streams(["a", "b"]).pausing_after(1);
    let bench = Bench::new().backend("a", fake).routes("m -> a").start().await;
    let mut stream = bench.chat("m").stream().await;
    assert_eq!(stream.next().await, "a");
    let finishing = async {
        until_nobody_listens(&bench).await;
        bench.backend("a").resume();
        stream.rest().await
    };
    let (report, rest) = tokio::join!(bench.stop(), finishing);
    assert_eq!((report.cut, rest.as_str()), (0, "b"));
}

#[tokio::test]
async fn a_stop_cuts_visibly_what_outlasts_its_grace_time() {
    let yaml = "models:\n  m: {a}\nserver: {grace: 150ms}\n";
    let bench =
        Bench::new().backend("a", Fake::streams(["a", "b"]).pausing_after(1)).yaml(yaml).start().await;
    let mut stream = bench.chat("m").stream().await;
    assert_eq!(stream.next().await, "a");
    let report = bench.stop().await;
    assert_eq!(report.cut, 1);
    let (_, broken) = stream.raw_rest().await;
    assert!(broken, "a cut answer looked whole");
    bench.backend("a").until_closed(1).await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_idle_connections() {
    let bench = Bench::new().backend("a", Fake::answers("hello")).routes("m -> a").start().await;
    let mut idle = bench.connect().await;
    assert_eq!(bench.chat("m").text().await, "hello");
    assert_eq!(bench.stop().await.cut, 0);
    assert!(idle.until_end().await.is_empty());
}
