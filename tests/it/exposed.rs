//! A data port that strangers reach keeps its keys, whatever becomes of the table.

use std::net::TcpListener;

use reqwest::Client;
use serde_json::json;

use crate::binary::{Home, Served};
use crate::centers::etcd::stub::EtcdStub;
use crate::wait::until_so;

const KEYS: &str = "keys: [first-key-of-16-bytes]\n";
const OTHER: &str = "keys: [other-key-of-16-bytes]\n";
const BLUE: &str = "models: {demo: blue}\nbackends: {blue: 'echo://blue'}\n";
const GREEN: &str = "models: {demo: green}\nbackends: {green: 'echo://green'}\n";

/// Starts a router whose data port is open to all, although its settings say nothing of that.
async fn open_to_all(home: &Home) -> Served {
    let (data, admin) = (TcpListener::bind("0.0.0.0:0"), TcpListener::bind("127.0.0.1:0"));
    home.serve_given(data.unwrap(), admin.unwrap()).await
}

/// Asks with this key, or without any, and returns the status and who answered.
async fn asked(served: &Served, key: &str) -> (u16, String) {
    let port = served.api.rsplit_once(':').unwrap().1;
    let client = Client::builder().no_proxy().build().unwrap();
    let ask = client.post(format!("http://127.0.0.1:{port}/v1/chat/completions"));
    let ask = ask.json(&json!({"model": "demo", "messages": [{"role": "user", "content": "hi"}]}));
    let answer = if key.is_empty() { ask } else { ask.bearer_auth(key) }.send().await.unwrap();
    let status = answer.status().as_u16();
    let by = answer.headers().get("x-patchbay-backend").map_or("", |by| by.to_str().unwrap()).to_owned();
    (status, by)
}

/// Publishes tables in turn: one without keys, and one with another key.
async fn keeps_its_keys(served: &Served, publish: impl Fn(&str)) {
    assert_eq!(asked(served, "").await.0, 401);
    assert_eq!(asked(served, "first-key-of-16-bytes").await, (200, "blue".to_owned()));
    publish(GREEN);
    until_so("the refusal", async || served.talk().contains("without `keys` everyone")).await;
    assert_eq!(asked(served, "").await.0, 401);
    assert_eq!(asked(served, "first-key-of-16-bytes").await, (200, "blue".to_owned()));
    publish(&format!("{OTHER}{GREEN}"));
    until_so("the other key", async || asked(served, "other-key-of-16-bytes").await.1 == "green").await;
    assert_eq!(asked(served, "first-key-of-16-bytes").await.0, 401);
}

#[tokio::test]
async fn a_save_without_keys_is_refused() {
    let home = Home::new().with("routes.yaml", &format!("{KEYS}{BLUE}"));
    let served = open_to_all(&home).await;
    keeps_its_keys(&served, |text| home.write("routes.yaml", text)).await;
}

#[tokio::test]
async fn a_centers_document_without_keys_is_refused() {
    let etcd = EtcdStub::start();
    etcd.put(&format!("{KEYS}{BLUE}"));
    let home = Home::new().with("routes.yaml", &format!("server: {{source: '{}'}}\n", etcd.url()));
    let served = open_to_all(&home).await;
    keeps_its_keys(&served, |text| etcd.put(text)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_without_keys_is_refused_and_writes_nothing() {
    let before = format!("{KEYS}{BLUE}");
    let home = Home::new().with("routes.yaml", &before).with("new.yaml", GREEN);
    let served = open_to_all(&home).await;
    let run = home.run(&["apply", "new.yaml", "--admin", &served.admin]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("without `keys` everyone"), "{}", run.stderr);
    assert_eq!(home.read("routes.yaml"), before);
}

#[tokio::test]
async fn the_keys_of_this_machine_take_the_place_of_those_in_a_center() {
    let etcd = EtcdStub::start();
    etcd.put(&format!("{KEYS}{BLUE}"));
    let local = format!("server: {{source: '{}'}}\n{OTHER}", etcd.url());
    let served = open_to_all(&Home::new().with("routes.yaml", &local)).await;
    assert_eq!(asked(&served, "first-key-of-16-bytes").await.0, 401);
    assert_eq!(asked(&served, "other-key-of-16-bytes").await, (200, "blue".to_owned()));
    // What the center says of keys does not matter here.
    etcd.put(GREEN);
    until_so("the table", async || asked(&served, "other-key-of-16-bytes").await.1 == "green").await;
    assert_eq!(asked(&served, "").await.0, 401);
}
