//! A mirror gets copies of requests, and no client ever notices it.

use patchbay::load::MirrorReading;

use crate::bench::{Bench, RunningBench};
use crate::fake::{Fake, Reply};
use crate::wait::until;

const TABLE: &str = "\
backends:
  main: {main}
  next: {url: {next}, model: org/Next, params: {set: {seed: 1}}}
models:
  m: {to: main, mirror: {to: next, share: SHARE}}
";

async fn running(share: &str, main: Fake, next: Fake) -> RunningBench {
    let yaml = TABLE.replace("SHARE", share);
    Bench::new().backend("main", main).backend("next", next).yaml(&yaml).start().await
}

fn counted(bench: &RunningBench) -> MirrorReading {
    let snapshot = bench.snapshot();
    let index = snapshot.table.find(Some("m")).unwrap().index;
    snapshot.route_load(index, None).mirror().read()
}

async fn until_counted(bench: &RunningBench, what: &str, counter: impl Fn(&MirrorReading) -> bool) {
    until(what, || counter(&counted(bench))).await;
}

#[tokio::test]
async fn a_copy_is_the_request_as_the_mirror_knows_it() {
    let bench = running("1", Fake::answers("main"), Fake::answers("next")).await;
    let body = r#"{"z": 1.0,"model":"m","messages":[]}"#;
    let answer =
        bench.post("/v1/chat/completions?x=1", body).header("authorization", "Bearer mine").send().await;
    assert_eq!(answer.json()["choices"][0]["message"]["content"], "main");
    assert_eq!((answer.header("x-patchbay-backend"), answer.header("x-patchbay-attempts")), ("main", "1"));
    bench.backend("next").until_requests(1).await;
    let copy = bench.backend("next").last();
    assert_eq!(copy.text(), r#"{"z": 1.0,"model":"org/Next","messages":[],"seed":1}"#);
    assert_eq!((copy.path.as_str(), copy.header("authorization")), ("/v1/chat/completions?x=1", None));
    assert_eq!(bench.backend("main").last().text(), body);
}

#[tokio::test]
async fn the_share_is_exact() {
    let bench = running("25%", Fake::answers("main"), Fake::answers("next")).await;
    for _ in 0..12 {
        assert_eq!(bench.chat("m").text().await, "main");
    }
    until_counted(&bench, "three pairs", |reading| reading.compared == 3).await;
    assert_eq!(bench.backend("next").count(), 3);
    assert_eq!(counted(&bench).sent, 3);
}

#[tokio::test]
async fn a_silent_mirror_holds_nobody_up_and_its_copies_are_bounded() {
    let bench = running("100%", Fake::answers("main"), Fake::always(Reply::silence())).await;
    for _ in 0..70 {
        assert_eq!(bench.chat("m").text().await, "main");
    }
    let reading = counted(&bench);
    assert_eq!((reading.sent, reading.dropped, reading.compared), (64, 6, 0));
    bench.backend("next").until_requests(64).await;
    // A stop ends them, and waits for none of them.
    bench.stop().await;
    bench.backend("next").until_closed(64).await;
}

#[tokio::test]
async fn a_pair_is_compared_in_status_time_and_tokens() {
    let main = Reply::json(200, r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5}}"#);
    let next = Reply::json(200, r#"{"choices":[],"usage":{"prompt_tokens":4,"completion_tokens":9}}"#);
    let next = Fake::in_turn([next, Reply::error(500, "no"), Reply::reset()]);
    let bench = running("1", Fake::always(main), next).await;
    for pairs in 1..=2 {
        assert_eq!(bench.chat("m").send().await.status, 200);
        until_counted(&bench, "a pair", |reading| reading.compared == pairs).await;
    }
    assert_eq!(bench.chat("m").send().await.status, 200);
    until_counted(&bench, "a failure", |reading| reading.failed == 1).await;
    let status = bench.admin("/admin/v1/status").send().await.json();
    let mirror = &status["models"][0]["mirror"];
    assert_eq!((&mirror["to"], &mirror["share"]), (&"next".into(), &1.0.into()));
    assert_eq!((mirror["compared"].as_u64(), mirror["same_status"].as_u64()), (Some(2), Some(1)));
    assert_eq!(mirror["main"]["output_tokens"], 10);
    assert_eq!(mirror["copy"]["output_tokens"], 9);
    assert_eq!(mirror["copy"]["total_ms"]["samples"], 2);
    let of = |name: &str| {
        status["backends"].as_array().unwrap().iter().find(|b| b["name"] == name).unwrap().clone()
    };
    assert_eq!((&of("main")["answered"], &of("next")["answered"]), (&3.into(), &0.into()));
    assert_eq!(of("next")["failed"], 0, "a copy counted as traffic");
}

#[tokio::test]
async fn a_mirror_out_of_service_gets_nothing() {
    let yaml = TABLE.replace("SHARE", "1").replace("model: org/Next", "state: drain");
    let bench = Bench::new().backend("main", Fake::answers("main")).backend("next", Fake::answers("next"));
    let bench = bench.yaml(&yaml).start().await;
    assert_eq!(bench.chat("m").text().await, "main");
    assert_eq!(counted(&bench).sent + counted(&bench).dropped, 0);
}
