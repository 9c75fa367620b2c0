//! Further tries have a bound that all requests share.

use std::time::Instant;

use futures_util::future::join_all;

use crate::bench::{Bench, RunningBench};
use crate::fake::{Fake, Reply};

/// So many that the share outweighs what a new group has saved.
const STORM: usize = 1500;

/// What the floor gives in a time: ten tries a second, and as much as a quiet group has saved.
fn floor(began: Instant) -> usize {
    100 + usize::try_from(began.elapsed().as_millis()).unwrap() / 100
}

/// A pool of three that all fail alike.
async fn dead_pool(reply: &Reply, rest: &str) -> RunningBench {
    let pool = ["a", "b", "c"];
    let bench =
        pool.iter().fold(Bench::new(), |bench, name| bench.backend(name, Fake::always(reply.clone())));
    let yaml = format!("models:\n  m: {{to: [{{a}}, {{b}}, {{c}}]{rest}}}\n");
    bench.backend("spare", Fake::answers("spare")).yaml(&yaml).start().await
}

/// Asks again and again, some at once; returns the statuses.
async fn storm(bench: &RunningBench, requests: usize) -> Vec<u16> {
    let mut statuses = Vec::with_capacity(requests);
    while statuses.len() < requests {
        let asked = join_all((0..50).map(|_| bench.chat("m").send())).await;
        statuses.extend(asked.iter().map(|answer| answer.status));
    }
    statuses
}

fn tries(bench: &RunningBench) -> usize {
    ["a", "b", "c"].iter().map(|name| bench.backend(name).count()).sum()
}

#[tokio::test]
async fn a_storm_on_a_dead_pool_costs_at_most_1_3_tries_a_request() {
    let bench = dead_pool(&Reply::error(503, "down"), "").await;
    let began = Instant::now();
    let statuses = storm(&bench, STORM).await;
    let time = floor(began);
    assert!(statuses.iter().all(|status| *status == 503), "the failure at hand keeps its status");
    // 1.27 tries a request, and on a machine that is slow what its time is worth beyond.
    let tries = tries(&bench);
    assert!(tries <= STORM * 12 / 10 + time, "{tries} tries for {STORM} requests, of which {time} by time");
    assert!(tries >= STORM * 115 / 100, "the budget isn't used: {tries} tries");
}

#[tokio::test]
async fn a_spent_budget_keeps_nobody_from_the_fallback() {
    let bench = dead_pool(&Reply::error(503, "down"), ", fallback: {spare}, retry: {budget: 0%}").await;
    let statuses = storm(&bench, 300).await;
    assert!(statuses.iter().all(|status| *status == 200));
}

#[tokio::test]
async fn a_saved_table_gives_no_new_budget() {
    let bench = dead_pool(&Reply::error(503, "down"), ", retry: {budget: 0%}").await;
    let yaml = std::fs::read_to_string(bench.folder().join("routes.yaml")).unwrap();
    let began = Instant::now();
    for round in 0..20 {
        storm(&bench, 50).await;
        bench.save_and_wait(&format!("{yaml}  other-{round}: echo://other\n")).await;
    }
    let floor = floor(began);
    assert!(tries(&bench) <= 1000 + floor, "{} tries, floor {floor}", tries(&bench));
}

#[tokio::test]
async fn a_burst_on_a_new_pool_loses_nobody_though_one_of_two_fails() {
    // Nothing is heard of the failures before all requests are on their way.
    let busy = Reply::error(503, "down").held();
    let bench = Bench::new().backend("a", Fake::always(busy)).backend("b", Fake::answers("b"));
    let bench = bench.yaml("models:\n  m: {to: [{a}, {b}]}\n").start().await;
    let asking = join_all((0..60).map(|_| bench.chat("m").send()));
    let failing = async {
        bench.backend("a").until_requests(30).await;
        bench.backend("a").let_go(30);
    };
    let (answers, ()) = tokio::join!(asking, failing);
    let lost = answers.iter().filter(|answer| answer.status != 200).count();
    assert_eq!(lost, 0, "of 60");
}
