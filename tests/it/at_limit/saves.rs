//! Limits and who waits for them live through a save.

use super::{asking, crowd, limited, text, until_waiting};
use crate::bench::RunningBench;

fn table(limit: &str) -> String {
    format!("backends:\n  a: {{url: '{{a}}', max_in_flight: {limit}}}\nmodels: {{m: a}}\n")
}

async fn one_of_one_and_one_waiting() -> (RunningBench, Vec<tokio::task::JoinHandle<crate::bench::Answer>>) {
    let bench = limited("{limit: 1, queue: 5, wait: 10m}").await;
    let first = asking(&bench, "m");
    bench.backend("a").until_requests(1).await;
    let second = asking(&bench, "m");
    until_waiting(&bench, 1).await;
    (bench, vec![first, second])
}

#[tokio::test]
async fn who_waits_goes_on_waiting_over_a_save() {
    let (bench, asked) = one_of_one_and_one_waiting().await;
    bench.save_and_wait("backends:\n  b: '{b}'\nmodels: {m: b}\n").await;
    assert_eq!(bench.chat("m").text().await, "from b");
    bench.backend("a").let_go(2);
    for asking in asked {
        assert_eq!(text(asking).await, "from a");
    }
}

#[tokio::test]
async fn what_is_in_flight_counts_over_a_save() {
    let (bench, asked) = one_of_one_and_one_waiting().await;
    bench.save_and_wait(&(table("{limit: 1, queue: 1, wait: 10m}") + "default: m\n")).await;
    assert_eq!((crowd(&bench).taken, crowd(&bench).waiting), (1, 1));
    assert_eq!(bench.chat("m").send().await.status, 429, "there is one place in the queue now");
    bench.backend("a").let_go(2);
    for asking in asked {
        text(asking).await;
    }
    assert_eq!(bench.backend("a").busiest(), 1);
}

#[tokio::test]
async fn a_higher_limit_lets_those_who_wait_go_at_once() {
    for limit in ["2", "none"] {
        let (bench, asked) = one_of_one_and_one_waiting().await;
        bench.save_and_wait(&table(limit)).await;
        bench.backend("a").until_requests(2).await;
        bench.backend("a").let_go(2);
        for asking in asked {
            text(asking).await;
        }
    }
}

#[tokio::test]
async fn a_limit_that_is_new_counts_what_is_in_flight_already() {
    let bench = limited("none").await;
    let busy: Vec<_> = (0..3).map(|_| asking(&bench, "m")).collect();
    bench.backend("a").until_requests(3).await;
    bench.save_and_wait(&table("3")).await;
    assert_eq!(bench.chat("m").send().await.status, 429);
    bench.save_and_wait(&table("4")).await;
    let fourth = asking(&bench, "m");
    bench.backend("a").until_requests(4).await;
    bench.backend("a").let_go(4);
    for asking in busy.into_iter().chain([fourth]) {
        text(asking).await;
    }
}
