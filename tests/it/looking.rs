//! What became of requests can be looked at: `ls`, `ps`, `top` and the status.

use serde_json::{Value, json};

use crate::bench::{Bench, RunningBench};
use crate::binary::Home;
use crate::fake::{Fake, Reply};
use crate::wait::{until, within};

const TABLE: &str = "models:\n  demo: {to: echo://blue, fallback: other}\n  other: echo://other\n";

const ONE_TRY: &str = "models:\n  m: {to: '{a}', retry: 0}\n";

async fn told(bench: &RunningBench, part: &str) -> Value {
    bench.admin("/admin/v1/status").send().await.json()[part].clone()
}

async fn counts(bench: &RunningBench) -> Value {
    let backend = told(bench, "backends").await[0].clone();
    json!([backend["in_flight"], backend["answered"], backend["failed"], backend["left"]])
}

/// An exchange is counted when its last piece has gone, which its client may see first.
async fn until_counts(bench: &RunningBench, wanted: Value) {
    within(&format!("the counts {wanted}"), async { while counts(bench).await != wanted {} }).await;
}

#[tokio::test]
async fn a_backend_is_counted_by_how_its_answers_end() {
    let bench = Bench::new().backend("a", Fake::answers("fine")).yaml(ONE_TRY).start().await;
    bench.chat("m").send().await;
    until_counts(&bench, json!([0, 1, 0, 0])).await;
    bench.backend("a").next(Reply::error(500, "out of memory"));
    bench.chat("m").send().await;
    until_counts(&bench, json!([0, 1, 1, 0])).await;
    bench.backend("a").next(Reply::stream_open(["one"]).then_pause().then_reset());
    let mut cut = bench.chat("m").stream().await;
    assert_eq!(cut.next().await, "one");
    assert_eq!(counts(&bench).await, json!([1, 1, 1, 0]));
    bench.backend("a").resume();
    cut.raw_rest().await;
    until_counts(&bench, json!([0, 1, 2, 0])).await;
    bench.backend("a").next(Reply::stream_open(["one"]).then_hold());
    let mut left = bench.chat("m").stream().await;
    left.next().await;
    drop(left);
    until_counts(&bench, json!([0, 1, 2, 1])).await;
}

#[tokio::test]
async fn first_bytes_and_gaps_are_spread_over_answers_that_did_not_fail() {
    let bench = Bench::new().backend("a", Fake::streams(["one", "two", "three"])).yaml(ONE_TRY).start().await;
    bench.chat("m").stream().await.raw_rest().await;
    until_counts(&bench, json!([0, 1, 0, 0])).await;
    bench.backend("a").next(Reply::error(503, "busy"));
    bench.chat("m").send().await;
    until_counts(&bench, json!([0, 1, 1, 0])).await;
    let backend = told(&bench, "backends").await[0].clone();
    assert_eq!(backend["first_byte_ms"]["samples"], 1, "{backend}");
    assert!(backend["first_byte_ms"]["p95"].as_f64().unwrap() > 0.0, "{backend}");
}

#[tokio::test]
async fn a_generation_is_shown_until_its_last_stream_ends() {
    let slow = Fake::streams(["one", "two"]).pausing_after(1);
    let bench =
        Bench::new().backend("a", slow).backend("b", Fake::answers("b")).routes("m -> a").start().await;
    let mut stream = bench.chat("m").stream().await;
    stream.next().await;
    bench.switch_to("m -> b").await;
    assert_eq!(told(&bench, "finishing").await, json!([{"generation": 1, "in_flight": 1}]));
    bench.backend("a").resume();
    stream.raw_rest().await;
    within("the end of generation 1", async { while told(&bench, "finishing").await != json!([]) {} }).await;
}

#[tokio::test]
async fn limits_and_who_waits_are_shown() {
    let yaml = "backends: {slow: {url: 'echo://slow?ttft=600s', max_in_flight: {limit: 1, queue: 5, wait: 10m}}}\n\
        models: {m: slow}\nkeys: {app: {key: key-of-app, requests_per_minute: 60}}\n";
    let home = Home::new().with("routes.yaml", yaml);
    let served = home.serve(&[]).await;
    let body = r#"{"model":"m","messages":[]}"#;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = || {
        client.post(format!("{}/v1/chat/completions", served.api)).header("api-key", "key-of-app").body(body)
    };
    let asking: Vec<_> = (0..3).map(|_| tokio::spawn(ask().send())).collect();
    let run = |verb: &str| {
        let run = home.run(&[verb, "--admin", &served.admin]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{verb}");
        run.stdout
    };
    until("two to wait", || run("ps").contains("slow     ready  1/1, 2 waiting  0")).await;
    let status = run("status");
    assert!(status.contains("\nbackend slow is full: 1/1, 2 waiting\n"), "{status}");
    assert!(status.contains("\ncaller app: 3 in flight, 5"), "{status}");
    assert!(status.contains(" of 60 requests a minute left\n"), "{status}");
    asking.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn models_and_backends_are_listed_for_people_and_scripts() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    served.says("demo").await;
    let admin = ["--admin", &served.admin];
    let run = |verb: &[&str]| {
        let run = home.run(&[verb, &admin].concat());
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{verb:?}");
        run.stdout
    };
    assert_eq!(run(&["ls"]), "MODEL  TO     FALLBACK\ndemo   demo   other\nother  other\n");
    let listed: Value = serde_json::from_str(&run(&["ls", "--json"])).unwrap();
    assert_eq!(listed["models"][0]["name"], "demo");
    assert_eq!((&listed["schema"], &listed["generation"]), (&json!(1), &json!(1)));
    until("the count", || run(&["ps"]).contains("demo     ready  0          1         0")).await;
    let shown: Value = serde_json::from_str(&run(&["ps", "--json"])).unwrap();
    assert_eq!((&shown["schema"], &shown["backends"][0]["answered"]), (&json!(1), &json!(1)));
    let top = run(&["top", "--every", "100ms", "--number", "2"]);
    assert_eq!(top.matches("generation 1, 0 requests in flight\n").count(), 2, "{top}");
    assert!(top.contains("ANSWERED/s"), "{top}");
    let nobody = home.run(&["ps", "--admin", "127.0.0.1:1"]);
    assert_eq!(nobody.code, 6);
    assert_eq!(home.run(&["top", "--every", "1ms"]).code, 2);
}
