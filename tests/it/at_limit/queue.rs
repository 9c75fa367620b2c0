//! Who waits has a turn a caller, knows its place, and may leave.

use serde_json::json;
use tokio::task::JoinHandle;

use super::{asking, crowd, held, limited, text, until_waiting};
use crate::bench::{Answer, RunningBench};
use crate::wait::{until, within};

/// Asks as a caller, and waits until the request has its place in the queue.
async fn joins(bench: &RunningBench, caller: &str, says: &str) -> JoinHandle<Answer> {
    let waiting = crowd(bench).waiting + 1;
    let body = json!({"model": "m", "messages": [{"role": "user", "content": says}]});
    let ask = bench.post("/v1/chat/completions", body.to_string());
    let asking = tokio::spawn(ask.header("authorization", &format!("Bearer key-of-{caller}")).send());
    until_waiting(bench, waiting).await;
    asking
}

#[tokio::test]
async fn a_flood_of_one_caller_doesnt_starve_another() {
    let yaml = "backends:\n  a: {url: '{a}', max_in_flight: {limit: 1, queue: 50, wait: 10m}}\nmodels: {m: a}\n\
        keys: {flood: key-of-flood, other: key-of-other}\n";
    let bench = held(yaml).await;
    let first = bench.chat("m").header("api-key", "key-of-other");
    let first = tokio::spawn(first.send());
    bench.backend("a").until_requests(1).await;
    let mut all = Vec::new();
    for n in 0..20 {
        all.push(joins(&bench, "flood", &format!("flood {n}")).await);
    }
    for n in 0..2 {
        all.push(joins(&bench, "other", &format!("other {n}")).await);
    }
    for served in 1..=all.len() + 1 {
        bench.backend("a").until_requests(served).await;
        bench.backend("a").let_go(1);
    }
    let said = |n: usize| bench.backend("a").received()[n].json()["messages"][0]["content"].clone();
    let order: Vec<_> = (1..=5).map(said).collect();
    assert_eq!(order, ["flood 0", "other 0", "flood 1", "other 1", "flood 2"]);
    assert_eq!(within("the first", first).await.unwrap().header("x-patchbay-queue"), "");
    for (n, asking) in all.into_iter().enumerate() {
        let answer = within("an answer", asking).await.unwrap();
        let place = match n {
            20 => 2,
            21 => 4,
            n => n + 1,
        };
        assert_eq!(answer.header("x-patchbay-queue"), place.to_string(), "request {n}");
        assert!(answer.header("x-patchbay-queued-ms").parse::<u64>().is_ok());
    }
    assert_eq!(bench.backend("a").busiest(), 1);
}

#[tokio::test]
async fn who_waited_too_long_goes_to_the_fallback_or_is_refused() {
    let yaml = "backends:\n  a: {url: '{a}', max_in_flight: {limit: 1, queue: 9, wait: 50ms}}\n  b: '{b}'\n\
        models: {m: {to: a, fallback: b}, lone: a}\n";
    let bench = held(yaml).await;
    let first = asking(&bench, "m");
    bench.backend("a").until_requests(1).await;
    let other = bench.chat("m").send().await;
    assert_eq!((other.status, other.header("x-patchbay-backend")), (200, "b"));
    assert_eq!(other.header("x-patchbay-queue"), "1");
    let refused = bench.chat("lone").send().await;
    assert_eq!((refused.status, refused.header("x-patchbay-queue")), (429, "1"));
    assert!(refused.header("x-patchbay-queued-ms").parse::<u64>().unwrap() >= 50);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
    let said = refused.error();
    assert!(said.contains("`a` has 1 of 1 in flight, 0 of 9 waiting"), "{said}");
    assert_eq!((crowd(&bench).waiting, bench.backend("a").count()), (0, 1));
    bench.backend("a").let_go(1);
    text(first).await;
}

#[tokio::test]
async fn a_client_that_leaves_gives_up_its_place_at_once() {
    let bench = limited("{limit: 1, queue: 2, wait: 10m}").await;
    let first = asking(&bench, "m");
    bench.backend("a").until_requests(1).await;
    let mut leaving = bench.connect().await;
    let body = r#"{"model":"m"}"#;
    leaving
        .send(format!("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 13\r\n\r\n{body}"))
        .await;
    until_waiting(&bench, 1).await;
    let second = asking(&bench, "m");
    until_waiting(&bench, 2).await;
    assert_eq!(bench.chat("m").send().await.status, 429);
    drop(leaving);
    until_waiting(&bench, 1).await;
    let third = asking(&bench, "m");
    until_waiting(&bench, 2).await;
    bench.backend("a").let_go(3);
    for asking in [first, second, third] {
        text(asking).await;
    }
    assert_eq!(bench.backend("a").count(), 3, "who left was asked for");
    until("all slots to be free", || crowd(&bench).taken == 0).await;
}
