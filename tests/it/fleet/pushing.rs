//! `push --two-phase` beside replicas that run in this process.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::shown::{LONG, Other};
use crate::binary::{Home, Output};
use crate::centers::etcd::stub::{EtcdStub, KEY};
use crate::wait::within;

/// Where proposals for the stub's document are listed.
pub(super) const PROPOSALS: &str = "patchbay/routes.yaml.proposal.replicas/";

/// Where a text stands that is too long for the list.
pub(super) const BESIDE: &str = "patchbay/routes.yaml.proposal";

/// A folder with the file that is pushed.
pub(super) struct Pusher(Arc<Home>);

impl Pusher {
    pub(super) fn with(text: &str) -> Self {
        Self(Arc::new(Home::new().with("routes.yaml", text)))
    }

    /// Begins to push, with two phases.
    pub(super) fn begins(&self, url: &str, more: &[&str]) -> JoinHandle<Output> {
        let home = Arc::clone(&self.0);
        let line = [&["push", "routes.yaml", "--source", url, "--two-phase"], more].concat();
        let line: Vec<String> = line.into_iter().map(str::to_owned).collect();
        tokio::task::spawn_blocking(move || {
            let line: Vec<&str> = line.iter().map(String::as_str).collect();
            home.run(&line)
        })
    }

    /// Pushes to the end.
    pub(super) async fn pushes(&self, url: &str, more: &[&str]) -> Output {
        ended(self.begins(url, more)).await
    }
}

/// Waits for the end of a push.
pub(super) async fn ended(push: JoinHandle<Output>) -> Output {
    within("the end of the push", push).await.unwrap()
}

/// Waits until a proposal is shown, and returns its id.
pub(super) async fn proposal(etcd: &EtcdStub) -> String {
    within("a proposal", async {
        loop {
            if let Some(entry) = etcd.keys_below(PROPOSALS).first() {
                let entry: serde_json::Value = serde_json::from_str(entry).unwrap();
                return entry["id"].as_str().unwrap().to_owned();
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    })
    .await
}

/// Shows a replica that can vote, and has nothing to say yet.
pub(super) async fn undecided(other: &Other) {
    let card = other.card_with(&serde_json::json!({"votes": []}));
    other.center.roster().unwrap().announce("slow", &card, LONG).await.unwrap();
}

/// Fails unless nothing was written, and nothing is proposed any more.
pub(super) fn is_as_before(etcd: &EtcdStub, text: &str, output: &Output) {
    assert_eq!(output.stdout, "", "{}", output.stderr);
    assert_eq!(etcd.current().as_deref(), Some(text), "{KEY}");
    assert_eq!(etcd.keys_below(PROPOSALS), [""; 0]);
}
