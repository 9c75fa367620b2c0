//! Replicas as keys that end with their lease.

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::json;

use super::Etcd;
use super::messages::{Done, Granted, KeptAlive, Range, Transaction};
use crate::source::center::socket::within;
use crate::source::center::{CenterError, Roster};
use crate::table::base64;

/// The longest card. A request may have 1.5 MiB, and one that renews a card holds it twice.
const MOST_BYTES: usize = 750 * 1024;

/// How long an exchange may take, all its questions together.
const LIMIT: Duration = Duration::from_secs(8);

impl Etcd {
    async fn show(&self, id: &str, card: &str, ttl: Duration) -> Result<(), CenterError> {
        if let Some(lease) = self.lease.get() {
            let body = json!({ "ID": lease.to_string() });
            let kept: KeptAlive = self.gateway.ask("/lease/keepalive", &body).await?;
            if kept.result.ttl > 0 {
                return self.put_card(id, card, lease).await;
            }
            self.lease.set(None);
        }
        let body = json!({ "TTL": ttl.as_secs().max(1).to_string() });
        let granted: Granted = self.gateway.ask("/lease/grant", &body).await?;
        self.lease.set(Some(granted.id));
        self.put_card(id, card, granted.id).await
    }

    /// Writes the card unless it is there already: every write is a revision that etcd keeps.
    async fn put_card(&self, id: &str, card: &str, lease: u64) -> Result<(), CenterError> {
        let (key, value) = (self.key_of(id), base64::encode(card.as_bytes()));
        let lease = lease.to_string();
        let compare = json!([
            { "key": key, "target": "VALUE", "result": "EQUAL", "value": value },
            { "key": key, "target": "LEASE", "result": "EQUAL", "lease": lease },
        ]);
        let put = json!({ "request_put": { "key": key, "value": value, "lease": lease } });
        let body = json!({ "compare": compare, "failure": [put] });
        let shown = self.gateway.ask::<Transaction>("/kv/txn", &body).await;
        if shown.is_err() {
            // Whatever is wrong with the lease is mended by another one.
            self.lease.set(None);
        }
        shown.map(|_done| ())
    }

    async fn hide(&self, id: &str) -> Result<(), CenterError> {
        let _deleted: Done = self.gateway.ask("/kv/deleterange", &json!({ "key": self.key_of(id) })).await?;
        if let Some(lease) = self.lease.get() {
            let body = json!({ "ID": lease.to_string() });
            let _revoked: Done = self.gateway.ask("/kv/lease/revoke", &body).await?;
            self.lease.set(None);
        }
        Ok(())
    }

    async fn shown(&self) -> Result<Vec<String>, CenterError> {
        // The first key after all that begin like this: `0` follows `/`.
        let end = format!("{}0", self.replicas.trim_end_matches('/'));
        let body = json!({
            "key": base64::encode(self.replicas.as_bytes()), "range_end": base64::encode(end.as_bytes()),
        });
        let range: Range = self.gateway.ask("/kv/range", &body).await?;
        let cards = range.kvs.iter().filter_map(|key| base64::decode(&key.value));
        Ok(cards.map(|card| String::from_utf8_lossy(&card).into_owned()).collect())
    }

    fn key_of(&self, id: &str) -> String {
        base64::encode(format!("{}{id}", self.replicas).as_bytes())
    }
}

impl Roster for Etcd {
    fn announce<'c>(
        &'c self,
        id: &'c str,
        card: &'c str,
        ttl: Duration,
    ) -> BoxFuture<'c, Result<(), CenterError>> {
        Box::pin(within(LIMIT, self.show(id, card, ttl)))
    }

    fn withdraw<'c>(&'c self, id: &'c str) -> BoxFuture<'c, Result<(), CenterError>> {
        Box::pin(within(LIMIT, self.hide(id)))
    }

    fn most_bytes(&self) -> usize {
        MOST_BYTES
    }

    fn cards(&self) -> BoxFuture<'_, Result<Vec<String>, CenterError>> {
        Box::pin(within(LIMIT, self.shown()))
    }
}
