//! A center that is away, comes and goes, is slow, or forgets to tell, while its table serves.

use std::time::Duration;

use super::etcd::stub::{EtcdStub, KEY};
use super::owner::{BLUE, GREEN, status, until_status};
use super::stub::Manner;
use crate::binary::Home;
use crate::wait::{until, until_so_times, until_still};

/// Waits until the router has read all that there is, and listens for more.
async fn is_watched(etcd: &EtcdStub) {
    until("a watch", || etcd.server.count("/v3/watch") > 0).await;
    until_still("the watches", || etcd.server.count("/v3/watch")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_center_that_goes_away_is_told_with_its_age_and_the_router_stays_ready() {
    let (etcd, home) = (EtcdStub::start(), Home::new());
    etcd.put(BLUE);
    let served = home.serve(&["--source", &etcd.url()]).await;
    let there = until_status(&served, "the center", |status| status["center"]["up"] == true).await;

    etcd.server.down().await;
    let has_aged = |age: Option<u64>| age.is_some_and(|seconds| seconds > 0);
    let away = until_status(&served, "its age", |status| has_aged(status["center"]["age_s"].as_u64())).await;
    assert_eq!((&away["owner"], &away["generation"]), (&etcd.url().into(), &1.into()));
    assert_eq!(away["center"]["up"], false);
    assert_eq!(away["center"]["revision"], there["center"]["revision"]);
    assert!(away["center"]["last_error"].as_str().unwrap().contains("can't be reached"), "{away}");
    let run = home.run(&["status", "--admin", &served.admin]);
    assert!(run.stdout.contains("config center down, revision 2, last read "), "{}", run.stdout);
    assert_eq!(served.get(&format!("{}/readyz", served.admin)).await.0, 200);
    assert!(served.says("demo").await.starts_with("blue:"));

    etcd.server.up();
    let back = until_status(&served, "the center again", |status| status["center"]["up"] == true).await;
    assert_eq!((&back["center"]["age_s"], &back["center"]["last_error"]), (&0.into(), &().into()));
}

#[tokio::test]
async fn a_center_that_comes_and_goes_costs_no_request_and_its_last_table_is_taken() {
    let etcd = EtcdStub::start();
    etcd.put(BLUE);
    let served = Home::new().serve(&["--source", &etcd.url()]).await;
    for flap in 0..20 {
        etcd.server.down().await;
        etcd.put(&format!("models: {{demo: 'echo://flap{flap}'}}\n"));
        let answer = served.says("demo").await;
        assert!(answer.starts_with("blue:") || answer.starts_with("flap"), "{answer}");
        etcd.server.up();
        served.says("demo").await;
    }
    etcd.put(GREEN);
    served.until_says("demo", "green:").await;
    until_status(&served, "the center", |status| status["center"]["up"] == true).await;
}

#[tokio::test]
async fn a_slow_center_is_waited_for_and_holds_no_request_up() {
    let etcd = EtcdStub::start();
    etcd.put(BLUE);
    let served = Home::new().serve(&["--source", &etcd.url()]).await;
    is_watched(&etcd).await;
    etcd.server.behave(Manner::Slow(Duration::from_millis(1500)));
    let read = etcd.server.count("/v3/kv/range");
    etcd.put(GREEN);
    let mut meanwhile = 0;
    while !served.says("demo").await.starts_with("green:") {
        meanwhile += usize::from(etcd.server.count("/v3/kv/range") > read);
    }
    assert!(meanwhile > 1, "the read was slow, and {meanwhile} requests were answered in it");
    let status = status(&served).await;
    assert_eq!((&status["center"]["up"], &status["last_refused"]), (&true.into(), &().into()));
}

#[tokio::test]
async fn a_change_that_no_watch_tells_of_is_found_by_looking() {
    let etcd = EtcdStub::start();
    etcd.put(BLUE);
    etcd.state().tells = false;
    let served = Home::new().serve(&["--source", &etcd.url()]).await;
    is_watched(&etcd).await;
    etcd.put(GREEN);
    // It looks by itself every 15 to 30 s.
    until_so_times(4, "the change", async || served.says("demo").await.starts_with("green:")).await;
    assert_eq!(status(&served).await["generation"], 2);
}

#[tokio::test]
async fn a_center_that_others_can_reach_is_warned_of_unless_it_has_tls_and_a_login() {
    let etcd = EtcdStub::start();
    etcd.put(BLUE);
    let served = Home::new().serve(&["--source", &etcd.url()]).await;
    assert!(!served.talk().contains("is used without"), "{}", served.talk());
    // An address that is kept for documentation, and is asked only if the first one fails.
    let url = format!("etcd://{},192.0.2.1:2379/{KEY}", etcd.server.authority());
    let served = Home::new().serve(&["--source", &url]).await;
    assert!(served.says("demo").await.starts_with("blue:"));
    let warning = format!("{url} is used without TLS and a login: whoever is in its network can read");
    assert!(served.talk().contains(&warning), "{}", served.talk());
}
