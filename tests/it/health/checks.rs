//! Active checks: what is asked, how, and what follows from the answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use patchbay::load::Cause;

use super::cause;
use crate::bench::{Bench, RunningBench};
use crate::fake::{Fake, Received, Reply};
use crate::wait::until;

fn yaml(health: &str) -> String {
    format!(
        "backends:\n  a: {{url: {{a}}, health: {health}}}\n  b: {{b}}\nmodels:\n  m: {{to: [a, b], strategy: first}}\n"
    )
}

async fn bench(a: Fake, health: &str) -> RunningBench {
    let bench = Bench::new().backend("a", a).backend("b", Fake::answers("from b"));
    bench.yaml(&yaml(health)).start().await
}

fn asked(bench: &RunningBench) -> Vec<String> {
    let line = |received: &Received| format!("{} {}", received.method, received.path);
    bench.backend("a").received().iter().map(line).collect()
}

#[tokio::test]
async fn a_server_behind_a_prefix_is_asked_there_and_with_its_key() {
    let fake = Fake::choosing(|received| {
        let has_key = received.header("authorization") == Some("Bearer sk-a");
        let known = ["/llm/health", "/llm/v1/models"].contains(&received.path.as_str());
        if has_key && known { Reply::json(200, "") } else { Reply::error(401, "no key, or no prefix") }
    });
    let url = fake.url().replace("/v1", "/llm/v1");
    for (health, path) in
        [("{every: 100ms}", "/llm/health"), ("{path: /models, every: 100ms}", "/llm/v1/models")]
    {
        let text = yaml(health).replace("{url: {a}", &format!("{{url: '{url}', key: sk-a"));
        let before = fake.count();
        let bench = Bench::new().backend("b", Fake::answers("b")).yaml(&text).start().await;
        until("three checks", || fake.count() >= before + 3).await;
        assert!(fake.received()[before..].iter().all(|received| received.path == path));
        assert_eq!(cause(&bench, "a"), None);
        let status = bench.admin("/admin/v1/status").send().await.json();
        assert_eq!(status["backends"][0]["health"]["key_refused"], serde_json::Value::Null);
        bench.stop().await;
    }
}

#[tokio::test]
async fn a_server_without_a_health_path_is_asked_for_its_models_and_then_for_a_connection() {
    let bench = bench(Fake::always(Reply::error(404, "not here")), "{every: 100ms}").await;
    until("four connections", || bench.backend("a").connections() >= 4).await;
    assert_eq!(asked(&bench), ["GET /health", "GET /v1/models"], "what it doesn't know is asked again");
    assert_eq!(cause(&bench, "a"), None);
}

#[tokio::test]
async fn a_server_that_loads_gets_no_requests_until_its_check_is_good() {
    let loaded = Arc::new(AtomicBool::new(false));
    let is_loaded = Arc::clone(&loaded);
    let fake = Fake::choosing(move |received| match received.method.as_str() {
        "GET" if is_loaded.load(Ordering::Relaxed) => Reply::json(200, "{\"status\":\"ok\"}"),
        "GET" => Reply::error(503, "Loading model"),
        _ => Reply::text("from a"),
    });
    let bench = bench(fake, "{every: 100ms, down_after: 2, up_after: 2}").await;
    until("the check to fail", || cause(&bench, "a").is_some()).await;
    assert_eq!(cause(&bench, "a"), Some(Cause::Check("status 503".into())));
    for _ in 0..10 {
        assert_eq!(bench.chat("m").text().await, "from b");
    }
    loaded.store(true, Ordering::Relaxed);
    until("the check to be good", || cause(&bench, "a").is_none()).await;
    assert!(!asked(&bench).iter().any(|line| line.starts_with("POST")), "a request went to it meanwhile");
}

#[tokio::test]
async fn a_check_that_hangs_is_a_check_that_failed() {
    let bench = bench(Fake::always(Reply::silence()), "{every: 100ms, timeout: 100ms}").await;
    until("the check to fail", || cause(&bench, "a").is_some()).await;
    let Some(Cause::Check(reason)) = cause(&bench, "a") else { panic!("{:?}", cause(&bench, "a")) };
    assert!(reason.contains("100ms"), "{reason}");
    assert_eq!(bench.chat("m").text().await, "from b");
}

#[tokio::test]
async fn a_key_that_a_check_finds_refused_is_told_and_takes_nobody_out() {
    let text = yaml("{every: 100ms}").replace("{url: {a}", "{url: {a}, key: sk-wrong");
    let fake = Fake::always(Reply::error(401, "wrong key"));
    let bench = Bench::new().backend("a", fake).backend("b", Fake::answers("b")).yaml(&text).start().await;
    until("three checks", || bench.backend("a").count() >= 3).await;
    let status = bench.admin("/admin/v1/status").send().await.json();
    assert_eq!(status["backends"][0]["health"]["key_refused"], 401);
    assert_eq!(cause(&bench, "a"), None);
}

#[tokio::test]
async fn no_check_makes_a_backend_work_and_none_is_made_unasked() {
    let text = "backends:\n  a: {a}\n  b: {url: {b}, health: off}\n  c: {url: {c}, state: maint}\n\
        models: {m: [a, b, c]}\ndefaults: {health: {every: 100ms}}\n";
    let bench = Bench::new()
        .backend("a", Fake::always(Reply::error(400, "what?")))
        .backend("b", Fake::answers("b"))
        .backend("c", Fake::answers("c"))
        .yaml(text)
        .start()
        .await;
    until("five checks", || bench.backend("a").count() >= 5).await;
    assert!(asked(&bench).iter().all(|line| line == "GET /health"), "{:?}", asked(&bench));
    assert_eq!((bench.backend("b").connections(), bench.backend("c").connections()), (0, 0));
}

#[tokio::test]
async fn a_backend_is_checked_once_at_a_time_however_many_models_name_it_and_no_longer_than_it_is_named() {
    let text = "backends:\n  b: {b}\nmodels:\n  m: {a}\n  n: {a}\n  o: [b, {a}]\n\
        defaults: {health: {every: 100ms, timeout: 1h}}\n";
    let bench = Bench::new()
        .backend("a", Fake::always(Reply::silence()))
        .backend("b", Fake::answers("b"))
        .yaml(text)
        .start()
        .await;
    until("ten checks of the other", || bench.backend("b").count() >= 10).await;
    assert_eq!(bench.backend("a").connections(), 1);

    let without = "backends:\n  b: {b}\nmodels:\n  m: b\n";
    bench.save_and_wait(without).await;
    bench.backend("a").until_closed(1).await;
}
