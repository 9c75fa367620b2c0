//! A ramp outlives the replica that drives it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::replica::Replica;
use crate::centers::etcd::stub::EtcdStub;
use crate::wait::{self, within};

const TABLE: &str = "backends: {b0: echo://b0, b1: echo://b1}\nmodels:\n  demo: b0 # everyday\n";

async fn two(etcd: &EtcdStub) -> (Replica, Replica) {
    etcd.put(TABLE);
    let first = Replica::start(&etcd.url(), &[]).await;
    let second = Replica::start(&etcd.url(), &[]).await;
    second.until_fleet("two replicas", |fleet| fleet["replicas"].as_array().unwrap().len() == 2).await;
    (first, second)
}

async fn begin(replica: &Replica, every: &str) {
    let ramp = json!({"model": "demo", "to": "b1", "steps": [30, 60], "every": every, "least": 1, "abort_if": "errors>50%"});
    let (status, answer) = replica.post("ramp", ramp).await;
    assert_eq!(status, 200, "{answer:#}");
}

/// Looks at a replica's ramps, with a request beside each look, until something holds.
async fn until(what: &str, replica: &Replica, holds: impl Fn(&Value) -> bool) -> Value {
    within(what, async {
        loop {
            replica.backend().await;
            let ramps = replica.ask("ramp").await.1;
            if holds(&ramps) {
                return ramps;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_ramp_goes_on_at_another_replica_when_its_own_is_gone() {
    let etcd = EtcdStub::start();
    let (first, second) = two(&etcd).await;
    begin(&first, "1h").await;
    let ramps = until("to hear of it", &second, |ramps| ramps["elsewhere"][0]["model"] == "demo").await;
    assert_eq!(ramps["elsewhere"][0]["at"].as_str(), Some(first.address().as_str()));
    assert_eq!(ramps["ramps"], json!([]));
    let (status, answer) = second.post("ramp", json!({"model": "demo", "action": "promote"})).await;
    let said = answer["error"]["message"].as_str().unwrap();
    assert!(status == 409 && said.contains(&first.address()), "{status} {answer:#}");

    first.kill();
    let ramps = until("the other to go on", &second, |ramps| ramps["ramps"][0]["model"] == "demo").await;
    assert_eq!((&ramps["ramps"][0]["step"], &ramps["elsewhere"]), (&json!(0), &json!([])), "{ramps:#}");
    assert_eq!(ramps["ramps"][0]["state"]["state"], "running");
    let (status, answer) = second.post("ramp", json!({"model": "demo", "action": "promote"})).await;
    assert_eq!(status, 200, "{answer:#}");
    assert_eq!(etcd.current().unwrap(), TABLE.replace("demo: b0", "demo: b1"));
}

#[tokio::test]
async fn a_replica_that_stops_hands_its_ramp_on_and_the_other_ends_it() {
    let etcd = EtcdStub::start();
    let (first, second) = two(&etcd).await;
    begin(&first, "3s").await;
    until("to hear of it", &second, |ramps| ramps["elsewhere"][0]["model"] == "demo").await;
    first.stop().await;
    until("the last step", &second, |ramps| ramps["ramps"][0]["state"]["state"] == "done").await;
    assert_eq!(etcd.current().unwrap(), TABLE.replace("demo: b0", "demo: b1"));
}

#[tokio::test]
async fn a_ramp_that_is_over_is_taken_up_by_nobody() {
    let etcd = EtcdStub::start();
    let (first, second) = two(&etcd).await;
    begin(&first, "1h").await;
    until("to hear of it", &second, |ramps| ramps["elsewhere"][0]["model"] == "demo").await;
    let (status, _) = first.post("ramp", json!({"model": "demo", "action": "abort"})).await;
    assert_eq!(status, 200);
    until("to hear the end of it", &second, |ramps| ramps["elsewhere"] == json!([])).await;
    let second = Arc::new(second);
    first.stop().await;
    let alone = |fleet: &Value| fleet["replicas"].as_array().unwrap().len() == 1;
    second.until_fleet("the first to be gone", alone).await;
    // At the second look from now on it would have been taken up.
    let looks = || etcd.looks_at(".duty");
    let before = looks();
    wait::until("two more looks", || looks() >= before + 2).await;
    assert_eq!(second.ask("ramp").await.1["ramps"], json!([]));
    assert_eq!(etcd.current().unwrap(), TABLE);
}
