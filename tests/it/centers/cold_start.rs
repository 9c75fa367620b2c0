//! A start while the center is away.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::etcd::stub::EtcdStub;
use super::stub::Manner;
use crate::binary::{Home, Served};
use crate::wait::until;

const BLUE: &str = "models:\n  demo: echo://blue\n";
const LOCAL: &str = "models:\n  demo: echo://local\n";

/// The promise is 2 s; the rest is for a busy machine.
const SOON: Duration = Duration::from_secs(4);

async fn status(served: &Served) -> Value {
    served.get(&format!("{}/admin/v1/status", served.admin)).await.1
}

/// Starts once with a center that is there, until its table is kept.
async fn a_run_before(home: &Home, etcd: &EtcdStub) {
    etcd.put(BLUE);
    let served = home.serve(&["--source", &etcd.url(), "--state-dir", "state"]).await;
    let kept = || std::fs::read_dir(home.path().join("state")).is_ok_and(|entries| entries.count() > 0);
    until("the table to be kept", kept).await;
    assert_eq!(status(&served).await["started_from_last_good_of"], Value::Null);
    served.stop().await;
}

#[tokio::test]
async fn the_table_of_an_earlier_run_serves_until_the_center_is_back() {
    let (etcd, home) = (EtcdStub::start(), Home::new().with("routes.yaml", LOCAL));
    a_run_before(&home, &etcd).await;
    etcd.server.down().await;

    let served = home.serve(&["--source", &etcd.url(), "--state-dir", "state"]).await;
    assert!(served.says("demo").await.starts_with("blue:"), "not the local file's");
    let note = format!("  note   {} gives no table now; this is its last good state, ", etcd.url());
    assert!(served.talk().contains(&note), "{}", served.talk());
    let state = status(&served).await;
    assert!(state["started_from_last_good_of"].is_f64(), "{state}");
    until("the center's fault", || served.talk().contains("can't be reached")).await;
    let center = status(&served).await["center"].clone();
    assert_eq!(center["up"], false);
    assert!(center["last_error"].as_str().unwrap().contains("can't be reached"), "{center}");

    etcd.put("models:\n  demo: echo://green\n");
    etcd.server.up();
    let back = Instant::now();
    served.until_says("demo", "green:").await;
    assert!(back.elapsed() < SOON, "{:?}", back.elapsed());
}

#[tokio::test]
async fn a_center_that_never_answers_or_talks_nonsense_is_as_good_as_away() {
    let (etcd, home) = (EtcdStub::start(), Home::new());
    a_run_before(&home, &etcd).await;
    for manner in [Manner::Mute, Manner::Cuts, Manner::Text("<html>".to_owned()), Manner::Huge(50 << 20)] {
        etcd.server.behave(manner.clone());
        let began = Instant::now();
        let served = home.serve(&["--source", &etcd.url(), "--state-dir", "state"]).await;
        assert!(began.elapsed() < Duration::from_secs(8), "{manner:?}: {:?}", began.elapsed());
        assert!(served.says("demo").await.starts_with("blue:"), "{manner:?}");
    }
}

#[tokio::test]
async fn the_local_table_serves_if_the_center_never_gave_one() {
    let (etcd, home) = (EtcdStub::start(), Home::new().with("routes.yaml", LOCAL));
    etcd.server.down().await;
    let served = home.serve(&["--source", &etcd.url(), "--state-dir", "state"]).await;
    assert!(served.says("demo").await.starts_with("local:"));
    let note = format!("  note   {} gives no table now; routes.yaml serves until it does\n", etcd.url());
    assert!(served.talk().contains(&note), "{}", served.talk());
    assert_eq!(status(&served).await["owner"], etcd.url());

    etcd.put(BLUE);
    etcd.server.up();
    let back = Instant::now();
    served.until_says("demo", "blue:").await;
    assert!(back.elapsed() < SOON, "{:?}", back.elapsed());
}

#[tokio::test]
async fn without_any_table_it_is_up_but_not_ready() {
    let (etcd, home) = (EtcdStub::start(), Home::new());
    etcd.server.down().await;
    let served = home.serve(&["--source", &etcd.url(), "--state-dir", "state"]).await;
    let talk = served.talk();
    assert!(talk.contains("not ready: no table has come yet, watching\n"), "{talk}");
    assert!(talk.contains("requests get 503 until it does\n"), "{talk}");

    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let asked =
        client.post(format!("{}/v1/chat/completions", served.api)).body(r#"{"model":"demo","messages":[]}"#);
    let answer = asked.send().await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (503, &"1".parse().unwrap()));
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"]["code"], "not_ready", "{body}");
    assert_eq!(served.get(&format!("{}/readyz", served.admin)).await.0, 503);
    assert_eq!(served.get(&format!("{}/healthz", served.admin)).await.0, 200);

    etcd.put(BLUE);
    etcd.server.up();
    let back = Instant::now();
    until("the table", || served.talk().contains("generation 1 live in")).await;
    assert!(back.elapsed() < SOON, "{:?}", back.elapsed());
    assert!(served.says("demo").await.starts_with("blue:"));
    assert_eq!(served.get(&format!("{}/readyz", served.admin)).await.0, 200);
}

#[tokio::test]
async fn a_key_that_is_not_there_yet_is_waited_for() {
    let (etcd, home) = (EtcdStub::start(), Home::new());
    let served = home.serve(&["--source", &etcd.url()]).await;
    assert_eq!(served.chat("demo").await.0, 503);
    until("the reason", || served.talk().contains("has no such document")).await;
    etcd.put(BLUE);
    let there = Instant::now();
    until("the table", || served.talk().contains("generation 1 live in")).await;
    assert!(there.elapsed() < SOON, "{:?}", there.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_with_a_mistake_ends_the_start_if_there_is_nothing_else() {
    let (etcd, home) = (EtcdStub::start(), Home::new());
    etcd.put("models:\n  demo: nowhere\n");
    let run = home.run(&["--source", &etcd.url(), "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    assert_eq!((run.code, run.stdout.as_str()), (78, ""), "{}", run.stderr);
    assert!(run.stderr.contains(&format!("{}:2:9", etcd.url())), "{}", run.stderr);
    let end = format!("{} is refused; nothing was started\n", etcd.url());
    assert!(run.stderr.ends_with(&end), "{}", run.stderr);

    home.write("routes.yaml", LOCAL);
    let served = home.serve(&["--source", &etcd.url()]).await;
    assert!(served.says("demo").await.starts_with("local:"));
    until("the refusal", || served.talk().contains("points to unknown backend `nowhere`")).await;
}
