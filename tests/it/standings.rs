//! What a pick knows of backends beside the router's own counts: what engines say, and who is cold.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use patchbay::load::Cause;
use patchbay::upstream::Upstream;

use crate::bench::{Bench, RunningBench};
use crate::binary::Home;
use crate::fake::{Fake, Reply};
use crate::probe::backend;
use crate::wait::until;

/// A backend that answers to this path with a text, and otherwise to chats.
fn engine(name: &'static str, path: &'static str, says: &'static str) -> Fake {
    Fake::choosing(move |received| match &*received.path {
        asked if asked == path => Reply::whole(200, &[("content-type", "text/plain")], says),
        "/v1/chat/completions" => Reply::text(name),
        _ => Reply::error(404, "no such path"),
    })
}

/// What the first backend's engine has said.
fn said(bench: &RunningBench) -> Option<u64> {
    let snapshot = bench.snapshot();
    let first = snapshot.table.backend_indices().next().unwrap();
    snapshot.upstream(first).engine.now(Instant::now())
}

#[tokio::test]
async fn an_engine_that_says_it_is_busy_is_passed_over() {
    let metrics =
        "vllm:num_requests_running{engine=\"0\"} 40.0\nvllm:num_requests_waiting{engine=\"0\"} 2.0\n";
    for (kind, path, says, expected) in [
        ("vllm", "/metrics", metrics, 42),
        ("llama.cpp", "/metrics", "llamacpp:requests_processing 4\nllamacpp:requests_deferred 3\n", 7),
        ("llama.cpp", "/slots", r#"[{"is_processing": true}, {"is_processing": true}]"#, 2),
        ("sglang", "/v1/loads", r#"{"loads": [{"num_running_reqs": 9, "num_waiting_reqs": 1}]}"#, 10),
    ] {
        let bench = Bench::new()
            .backend("a", engine("a", path, says))
            .backend("b", Fake::answers("b"))
            .yaml(&format!(
                "backends:\n  a: {{url: {{a}}, key: sk-a, load: {kind}}}\n  b: {{b}}\nmodels:\n  m: {{to: [a, b], strategy: least_busy}}\n"
            ))
            .start()
            .await;
        until(&format!("the load of {kind}"), || said(&bench) == Some(expected)).await;
        for _ in 0..8 {
            assert_eq!(bench.chat("m").text().await, "b", "{kind} by {path}");
        }
        let asked = bench.backend("a").received();
        assert!(asked.iter().all(|question| question.header("authorization") == Some("Bearer sk-a")));
    }
}

#[tokio::test]
async fn an_engine_that_does_not_say_is_asked_for_no_less() {
    let yaml = "backends:\n  a: {url: {a}, load: vllm}\nmodels:\n  m: a\n";
    let bench = Bench::new().backend("a", Fake::answers("a")).yaml(yaml).start().await;
    bench.backend("a").until_requests(1).await;
    assert_eq!(bench.chat("m").text().await, "a");
    assert_eq!(said(&bench), None);
}

async fn shares(bench: &RunningBench) -> HashMap<String, usize> {
    let mut shares = HashMap::new();
    for _ in 0..60 {
        *shares.entry(bench.chat("m").text().await).or_default() += 1;
    }
    shares
}

#[tokio::test]
async fn who_joins_a_running_table_starts_slowly_if_it_is_to() {
    let table = |members: &str| {
        let defaults = "backends:\n  a: {a}\n  b: {b}\n  c: {url: {c}, slow_start: none}\n";
        format!("{defaults}defaults: {{slow_start: 1h}}\nmodels:\n  m: {{to: [{members}]}}\n")
    };
    let without_b = table("a").replace("  b: {b}\n", "").replace("  c: {url: {c}, slow_start: none}\n", "");
    let bench =
        ["a", "b", "c"].iter().fold(Bench::new(), |bench, name| bench.backend(name, Fake::answers(name)));
    let bench = bench.yaml(&without_b).start().await;
    bench.save_and_wait(&table("a, b, c")).await;
    let had = shares(&bench).await;
    let b = had.get("b").copied().unwrap_or_default();
    assert!(b < 10 && had["a"] > 20 && had["c"] > 20, "{had:?}");
}

#[tokio::test]
async fn nobody_is_cold_when_the_router_starts() {
    let yaml = "backends:\n  a: {a}\n  b: {b}\ndefaults: {slow_start: 1h}\nmodels:\n  m: {to: [a, b]}\n";
    let bench = Bench::new().backend("a", Fake::answers("a")).backend("b", Fake::answers("b"));
    let bench = bench.yaml(yaml).start().await;
    assert_eq!(shares(&bench).await, HashMap::from([("a".to_owned(), 30), ("b".to_owned(), 30)]));
}

#[test]
fn who_has_recovered_starts_slowly() {
    let upstream = Upstream::new(&backend("echo://a"));
    let (began, takes) = (Instant::now(), Duration::from_secs(30));
    let after = |seconds| began + Duration::from_secs(seconds);
    for _ in 0..5 {
        upstream.tally.begin(began).fail(Cause::Unreachable, began);
    }
    let mut answered = upstream.tally.begin(after(60));
    answered.begun(after(60));
    answered.complete();
    drop(answered);
    let parts = [60, 75, 90].map(|seconds| format!("{:.1}", upstream.warmth(after(seconds), takes)));
    assert_eq!(parts, ["0.1", "0.5", "1.0"]);
}

#[tokio::test]
async fn the_looking_verbs_tell_of_warmth_and_of_what_engines_say() {
    let yaml = "backends:\n  a: {url: {a}, load: llama.cpp, slow_start: 10m}\n  b: {url: {b}, slow_start: 10m}\nmodels:\n  m: MEMBERS\n";
    let bench = Bench::new()
        .backend("a", engine("a", "/slots", r#"[{"is_processing": true}, {"is_processing": true}]"#))
        .backend("b", Fake::answers("b"))
        .yaml(&yaml.replace("  b: {url: {b}, slow_start: 10m}\n", "").replace("MEMBERS", "a"))
        .start()
        .await;
    bench.save_and_wait(&yaml.replace("MEMBERS", "[a, b]")).await;
    until("the load", || said(&bench) == Some(2)).await;
    let status = bench.admin("/admin/v1/status").send().await.json();
    let of = |part: &str| [0, 1].map(|at| status["backends"][at][part].clone());
    assert_eq!(of("engine_in_flight"), [2.into(), serde_json::Value::Null]);
    assert_eq!(of("warmth").map(|warmth| warmth.as_f64()), [Some(1.0), Some(0.1)]);
    for verb in ["status", "ps"] {
        let admin = bench.admin_url();
        let run = move || Home::new().run(&[verb, "--admin", &admin]).stdout;
        let shown = tokio::task::spawn_blocking(run).await.unwrap();
        let lines = ["a says that it works on 2 requests\n", "b starts slowly: 10% of its share\n"];
        assert!(lines.iter().all(|line| shown.contains(line)), "{verb}: {shown}");
        assert!(!shown.contains("a starts slowly"), "{verb}: {shown}");
    }
}
