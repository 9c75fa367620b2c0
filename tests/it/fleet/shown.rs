//! A replica that is only a card in the center.

use std::time::Duration;

use patchbay::source::CenterAddress;
use patchbay::source::center::{Center, open};
use serde_json::{Value, json};

use super::replica::Replica;
use crate::centers::etcd::stub::EtcdStub;

/// Longer than any test.
pub(super) const LONG: Duration = Duration::from_secs(60);

/// The means to show cards beside those of a running replica.
pub(super) struct Other {
    pub(super) center: Box<dyn Center>,
    /// What the running replica runs.
    pub(super) digest: String,
}

/// Prepares for a card that says what a running replica says.
pub(super) async fn other(etcd: &EtcdStub, like: &Replica) -> Other {
    let center = open(CenterAddress::parse(&etcd.url()).unwrap()).unwrap();
    let digest = like.fleet().await["newest"].as_str().unwrap().to_owned();
    Other { center, digest }
}

impl Other {
    /// What the document's revision is now.
    pub(super) async fn revision(&self) -> String {
        self.center.fetch().await.unwrap().revision.text
    }

    /// A card of a replica that has read this revision.
    pub(super) fn card(&self, revision: &str) -> String {
        self.card_with(&json!({"revision": revision}))
    }

    /// A card with these fields beside those that every version has shown.
    pub(super) fn card_with(&self, more: &Value) -> String {
        let mut card = json!({
            "id": "slow", "address": "slow:1", "generation": 1, "digest": self.digest,
            "version": "0.1.0", "since_ms": 1,
        });
        let more = more.as_object().unwrap().clone();
        card.as_object_mut().unwrap().extend(more);
        card.to_string()
    }
}
