//! A backend never has more requests than it is given at once; the others wait, go on, or are told
//! when to come again.

mod leaks;
mod queue;
mod saves;

use patchbay::load::Crowd;
use tokio::task::JoinHandle;

use crate::bench::{Answer, Bench, RunningBench};
use crate::fake::{Fake, Reply};
use crate::wait::{until, within};

/// One backend that holds its answers, and a table.
async fn held(yaml: &str) -> RunningBench {
    let holding = Fake::always(Reply::text("from a").held());
    Bench::new().backend("a", holding).backend("b", Fake::answers("from b")).yaml(yaml).start().await
}

/// One backend with this limit, and nobody else.
async fn limited(limit: &str) -> RunningBench {
    held(&format!("backends:\n  a: {{url: '{{a}}', max_in_flight: {limit}}}\nmodels: {{m: a}}\n")).await
}

fn crowd(bench: &RunningBench) -> Crowd {
    bench.snapshot().upstreams()[0].tally.slots.crowd()
}

async fn until_waiting(bench: &RunningBench, count: usize) {
    until(&format!("{count} requests to wait"), || crowd(bench).waiting == count).await;
}

/// Asks in a task of its own.
fn asking(bench: &RunningBench, model: &str) -> JoinHandle<Answer> {
    tokio::spawn(bench.chat(model).send())
}

async fn text(asking: JoinHandle<Answer>) -> String {
    let answer = within("an answer", asking).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.lossy());
    answer.json()["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_burst_never_gets_more_than_the_limit_through() {
    let bench = limited("{limit: 4, queue: 100, wait: 10m}").await;
    let asking: Vec<_> = (0..100).map(|_| asking(&bench, "m")).collect();
    until_waiting(&bench, 96).await;
    bench.backend("a").until_requests(4).await;
    assert_eq!((bench.backend("a").count(), bench.backend("a").busy()), (4, 4));
    bench.backend("a").let_go(100);
    for asking in asking {
        assert_eq!(text(asking).await, "from a");
    }
    assert_eq!((bench.backend("a").count(), bench.backend("a").busiest()), (100, 4));
    until("all slots to be free", || crowd(&bench).taken == 0).await;
}

#[tokio::test]
async fn who_finds_no_room_hears_when_to_come_again() {
    let bench = limited("1").await;
    let first = asking(&bench, "m");
    bench.backend("a").until_requests(1).await;
    let refused = bench.chat("m").send().await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "model_at_limit"));
    let said = refused.error();
    assert!(said.starts_with("model `m` is at its limit: `a` has 1 of 1 in flight; try again in "), "{said}");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(bench.backend("a").count(), 1);
    bench.backend("a").let_go(1);
    assert_eq!(text(first).await, "from a");
}

#[tokio::test]
async fn a_peer_with_room_is_asked_before_anybody_waits() {
    let yaml = "backends:\n  a: {url: '{a}', max_in_flight: {limit: 1, queue: 5}}\n  b: '{b}'\nmodels: {m: [a, b]}\n";
    let bench = held(yaml).await;
    let first: Vec<_> = (0..2).map(|_| asking(&bench, "m")).collect();
    bench.backend("a").until_requests(1).await;
    for _ in 0..6 {
        assert_eq!(bench.chat("m").text().await, "from b");
    }
    assert_eq!(bench.backend("a").count(), 1);
    bench.backend("a").let_go(1);
    for asking in first {
        text(asking).await;
    }
}

#[tokio::test]
async fn what_has_no_place_in_the_queue_goes_to_the_fallback() {
    let yaml = "backends:\n  a: {url: '{a}', max_in_flight: {limit: 1, queue: 1, wait: 10m}}\n  b: '{b}'\n\
        models: {m: {to: a, fallback: b}}\n";
    let bench = held(yaml).await;
    let first = asking(&bench, "m");
    bench.backend("a").until_requests(1).await;
    let second = asking(&bench, "m");
    until_waiting(&bench, 1).await;
    let third = bench.chat("m").send().await;
    assert_eq!((third.status, third.header("x-patchbay-backend")), (200, "b"));
    assert_eq!((third.header("x-patchbay-attempts"), third.header("x-patchbay-queue")), ("1", ""));
    bench.backend("a").let_go(2);
    assert_eq!((text(first).await, text(second).await), ("from a".to_owned(), "from a".to_owned()));
}

#[tokio::test]
async fn who_waits_at_two_peers_takes_the_first_that_is_free() {
    let yaml = "defaults: {max_in_flight: {limit: 1, queue: 5, wait: 10m}}\nmodels: {m: ['{a}', '{b}']}\n";
    let bench = Bench::new()
        .backend("a", Fake::always(Reply::text("from a").held()))
        .backend("b", Fake::always(Reply::text("from b").held()));
    let bench = bench.yaml(yaml).start().await;
    let busy: Vec<_> = (0..2).map(|_| asking(&bench, "m")).collect();
    until("both to be busy", || bench.backend("a").busy() + bench.backend("b").busy() == 2).await;
    let third = asking(&bench, "m");
    until_waiting(&bench, 1).await;
    bench.backend("b").let_go(2);
    assert_eq!(text(third).await, "from b");
    until_waiting(&bench, 0).await;
    bench.backend("a").let_go(1);
    for asking in busy {
        text(asking).await;
    }
}

#[tokio::test]
async fn models_on_one_machine_share_its_limit() {
    let yaml = "defaults: {max_in_flight: 1}\nmodels: {m: '{a}', n: '{a}'}\n";
    let bench = held(yaml).await;
    let first = asking(&bench, "m");
    bench.backend("a").until_requests(1).await;
    assert_eq!(bench.chat("n").send().await.status, 429);
    bench.backend("a").let_go(1);
    text(first).await;
}
