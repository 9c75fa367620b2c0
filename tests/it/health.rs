//! Who fails is left alone until it has recovered, and nobody is left with no backend at all.

mod checks;
mod told;

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use patchbay::load::{Cause, Health};

use crate::bench::{Bench, RunningBench};
use crate::failover::nobody;
use crate::fake::{Fake, Reply};
use crate::wait::until_so;

const FIRST: &str = "backends:\n  a: {a}\n  b: {b}\nmodels:\n  m: {to: [a, b], strategy: first}\n";

/// A backend that fails until it is told to be well.
pub(crate) fn failing(status: u16) -> (Fake, Arc<AtomicBool>) {
    let well = Arc::new(AtomicBool::new(false));
    let is_well = Arc::clone(&well);
    let fake = Fake::choosing(move |_| {
        if is_well.load(Ordering::Relaxed) { Reply::text("from a") } else { Reply::error(status, "no") }
    });
    (fake, well)
}

fn health(bench: &RunningBench, name: &str) -> Health {
    let snapshot = bench.snapshot();
    let backends = snapshot.table.backends();
    let place = backends.iter().position(|backend| backend.name.as_str() == name).unwrap();
    snapshot.upstreams()[place].tally.breaker().health()
}

pub(crate) fn cause(bench: &RunningBench, name: &str) -> Option<Cause> {
    health(bench, name).outage.map(|outage| outage.cause)
}

async fn three_failures(bench: &RunningBench) {
    while cause(bench, "a").is_none() {
        assert_eq!(bench.chat("m").text().await, "from b");
    }
}

#[tokio::test]
async fn a_primary_that_fails_is_left_within_its_first_failures_and_used_again_later() {
    let (fake, well) = failing(503);
    let bench = Bench::new().backend("a", fake).backend("b", Fake::answers("from b"));
    let bench = bench.yaml(FIRST).start().await;
    for n in 1..=3 {
        assert_eq!(bench.chat("m").text().await, "from b");
        assert_eq!(bench.backend("a").count(), n);
    }
    let snapshot = bench.snapshot();
    let since = health(&bench, "a").outage.expect("three failures are enough").since;
    for _ in 0..20 {
        assert_eq!(bench.chat("m").text().await, "from b");
    }
    // One trial a second at most.
    let trials = usize::try_from(since.elapsed().as_secs()).unwrap();
    assert!(bench.backend("a").count() <= 3 + trials, "{} requests", bench.backend("a").count());

    well.store(true, Ordering::Relaxed);
    until_so("the primary to be used again", async || bench.chat("m").text().await == "from a").await;
    assert_eq!(cause(&bench, "a"), None);
    let counted = snapshot.upstreams()[0].tally.read();
    assert!(counted.failed >= 3, "its counters were reset: {counted:?}");
}

#[tokio::test]
async fn a_dead_server_costs_nobody_a_try_until_it_listens_again() {
    let (socket, address) = nobody();
    let yaml = FIRST.replace("{a}", &format!("http://{address}/v1"));
    let bench = Bench::new().backend("b", Fake::answers("from b")).yaml(&yaml).start().await;
    three_failures(&bench).await;
    assert_eq!(cause(&bench, "a"), Some(Cause::Unreachable));
    for _ in 0..10 {
        let answer = bench.chat("m").send().await;
        assert_eq!((answer.status, answer.header("x-patchbay-attempts")), (200, "1"));
    }
    rustix::net::listen(&socket, 128).unwrap();
    let fake = Fake::on(TcpListener::from(socket), Reply::text("from a"));
    until_so("the server to be used again", async || bench.chat("m").text().await == "from a").await;
    assert!(fake.count() > 0);
}

#[tokio::test]
async fn the_last_one_is_asked_though_it_is_out() {
    let fake = Fake::always(Reply::error(503, "still loading"));
    let bench = Bench::new().backend("a", fake).yaml("models:\n  m: {to: {a}, retry: 0}\n").start().await;
    for n in 1..=10 {
        let answer = bench.chat("m").send().await;
        assert_eq!((answer.status, answer.error().as_str()), (503, "still loading"));
        assert_eq!(bench.backend("a").count(), n);
    }
    assert_eq!(cause(&bench, "a"), Some(Cause::Status(503)));
}

#[tokio::test]
async fn an_outage_outlives_a_reload_and_a_changed_key_ends_it() {
    let keyed = FIRST.replace("  a: {a}", "  a: {url: {a}, key: sk-one}");
    let bench = Bench::new()
        .backend("a", Fake::always(Reply::error(500, "no")))
        .backend("b", Fake::answers("from b"))
        .yaml(&keyed)
        .start()
        .await;
    three_failures(&bench).await;
    let before = health(&bench, "a").outage.unwrap().since;

    bench.save_and_wait(&format!("{keyed}  other: b\n")).await;
    assert_eq!(health(&bench, "a").outage.unwrap().since, before);

    bench.save_and_wait(&keyed.replace("sk-one", "sk-two")).await;
    assert_eq!(cause(&bench, "a"), None);
    let asked = bench.backend("a").count();
    assert_eq!(bench.chat("m").text().await, "from b");
    assert_eq!(bench.backend("a").count(), asked + 1, "the new key is not tried");
}

#[tokio::test]
async fn one_bad_model_does_not_bench_its_neighbours_on_the_same_server() {
    let fake = Fake::choosing(|received| {
        if received.json()["model"] == "bad" { Reply::error(500, "no") } else { Reply::text("good") }
    });
    let yaml = "backends:\n  bad: {url: {a}, model: bad}\n  good: {url: {a}, model: good}\n  b: {b}\n\
        models:\n  bad: {to: bad, fallback: b}\n  good: {to: good, fallback: b}\n";
    let bench = Bench::new().backend("a", fake).backend("b", Fake::answers("from b")).yaml(yaml);
    let bench = bench.start().await;
    for _ in 0..6 {
        assert_eq!(bench.chat("bad").text().await, "from b");
        assert_eq!(bench.chat("good").text().await, "good");
    }
    assert_eq!((cause(&bench, "bad"), cause(&bench, "good")), (Some(Cause::Status(500)), None));
}

#[tokio::test]
async fn names_for_the_same_backend_have_one_health() {
    let yaml = "models:\n  m: {to: {a}, retry: 0}\n  n: {to: {a}, retry: 0}\n";
    let yaml = format!("backends:\n  spare: {{b}}\n{yaml}");
    let fake = Fake::always(Reply::error(500, "no"));
    let bench = Bench::new().backend("a", fake).backend("b", Fake::answers("b")).yaml(&yaml).start().await;
    for model in ["m", "n", "m"] {
        assert_eq!(bench.chat(model).send().await.status, 500);
    }
    let snapshot = bench.snapshot();
    let named = |wanted: &str| {
        let at = snapshot.table.backends().iter().position(|b| b.name.as_str() == wanted).unwrap();
        &snapshot.upstreams()[at]
    };
    assert!(Arc::ptr_eq(named("m"), named("n")));
    assert!(named("m").tally.breaker().health().outage.is_some());
}

#[tokio::test]
async fn a_wrong_key_is_told_and_takes_nobody_out() {
    let yaml = FIRST.replace("  a: {a}", "  a: {url: {a}, key: sk-wrong}");
    let bench = Bench::new()
        .backend("a", Fake::always(Reply::error(401, "wrong key")))
        .backend("b", Fake::answers("from b"))
        .yaml(&yaml)
        .start()
        .await;
    for _ in 0..6 {
        assert_eq!(bench.chat("m").send().await.status, 401);
    }
    assert_eq!(cause(&bench, "a"), None);
    let status = bench.admin("/admin/v1/status").send().await.json();
    assert_eq!(status["backends"][0]["health"]["key_refused"], 401);
    assert_eq!(status["backends"][0]["health"]["condition"], "well");
}

#[tokio::test]
async fn a_breaker_that_is_off_never_opens() {
    let yaml = FIRST.replace("  a: {a}", "  a: {url: {a}, breaker: off}");
    let bench = Bench::new()
        .backend("a", Fake::always(Reply::error(503, "no")))
        .backend("b", Fake::answers("from b"))
        .yaml(&yaml)
        .start()
        .await;
    for n in 1..=8 {
        assert_eq!(bench.chat("m").text().await, "from b");
        assert_eq!(bench.backend("a").count(), n);
    }
}

#[tokio::test]
async fn a_storm_passes_by_who_is_out() {
    let (fake, _) = failing(503);
    let bench = Bench::new().backend("a", fake).backend("b", Fake::answers("from b"));
    let bench = bench.routes("m -> a, b").start().await;
    three_failures(&bench).await;
    let asked = (0..60).map(|_| bench.chat("m").text());
    let answers = futures_util::future::join_all(asked).await;
    assert!(answers.iter().all(|answer| answer == "from b"));
}
