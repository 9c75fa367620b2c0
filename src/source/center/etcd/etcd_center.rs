//! A key in etcd as a center.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde_json::json;
use tokio::time::timeout;

use super::gateway::Gateway;
use super::lease::Lease;
use super::messages::{Line, Range, Transaction, Watched};
use crate::config::Format;
use crate::source::center::answer::json as json_of;
use crate::source::center::lines::Lines;
use crate::source::center::read_back::read_back;
use crate::source::center::{
    Center, CenterAddress, CenterError, Fetched, Revision, Roster, WriteError, format_of,
};
use crate::table::base64;

/// How long a read may take, other servers and a new login included.
const READ: Duration = Duration::from_secs(10);

/// How long a watch is held.
const HOLD: Duration = Duration::from_secs(55);

/// How long a server may take to say that it watches.
const CREATED: Duration = Duration::from_secs(5);

/// How often a watch begins anew because the past was compacted; a second time is chance.
const MOST_COMPACTIONS: usize = 3;

/// A key in etcd.
#[derive(Debug)]
pub struct Etcd {
    pub(super) gateway: Gateway,
    key: String,
    /// What the keys of replicas begin with.
    pub(super) replicas: String,
    /// Which lease the own replica has.
    pub(super) lease: Lease,
    format: Format,
}

/// What ended a watch.
enum Heard {
    Change,
    Compaction,
}

// === impl Etcd ===

impl Etcd {
    /// Prepares to speak with etcd.
    pub fn new(address: CenterAddress) -> Result<Self, CenterError> {
        let (key, format) = (base64::encode(address.path.as_bytes()), format_of(&address.path));
        let replicas = format!("{}.replicas/", address.path);
        Ok(Self { gateway: Gateway::new(address)?, key, replicas, lease: Lease::default(), format })
    }

    async fn range(&self) -> Result<Range, CenterError> {
        let body = json!({ "key": self.key });
        let asking = self.gateway.ask("/kv/range", &body);
        timeout(READ, asking).await.map_err(|_| CenterError::Silent(READ))?
    }

    async fn read(&self) -> Result<Fetched, CenterError> {
        self.fetched(self.range().await?)
    }

    /// Reads the answer to a question for the key.
    pub(super) fn fetched(&self, range: Range) -> Result<Fetched, CenterError> {
        let key = range.kvs.into_iter().next().ok_or(CenterError::Missing)?;
        let content = base64::decode(&key.value)
            .ok_or_else(|| CenterError::Nonsense("a value that is no base64".to_owned()))?;
        let revision = Revision::number(key.mod_revision);
        Ok(Fetched { content: Bytes::from(content), format: self.format, revision })
    }

    /// Watches until the key changes.
    async fn watch(&self, since: u64) -> Result<(), CenterError> {
        let mut from = since.saturating_add(1);
        for _compaction in 0..MOST_COMPACTIONS {
            match self.watch_from(from, since).await? {
                Heard::Change => return Ok(()),
                // What happened before it can't be watched any more, so it is read.
                Heard::Compaction => {
                    let range = self.range().await?;
                    if range.kvs.first().is_none_or(|key| key.mod_revision != since) {
                        return Ok(());
                    }
                    from = range.header.revision.saturating_add(1);
                }
            }
        }
        Err(CenterError::Refused("one compaction after the other".to_owned()))
    }

    async fn watch_from(&self, from: u64, since: u64) -> Result<Heard, CenterError> {
        let watch = json!({ "create_request": {
            "key": self.key, "start_revision": from.to_string(), "progress_notify": true,
        } });
        let mut lines = self.gateway.open("/watch", &watch).await?;
        let mut limit = CREATED;
        loop {
            let line = timeout(limit, next(&mut lines)).await.map_err(|_| CenterError::Silent(limit))?;
            let watched = self.watched(line?)?;
            if watched.compact_revision > 0 {
                return Ok(Heard::Compaction);
            }
            let went_back = (1..since).contains(&watched.header.revision);
            if went_back || !watched.events.is_empty() {
                return Ok(Heard::Change);
            }
            limit = HOLD;
        }
    }

    pub(super) fn watched(&self, line: Line) -> Result<Watched, CenterError> {
        match line {
            Line::Result(watched) if watched.canceled && watched.compact_revision == 0 => {
                Err(self.gateway.sorted(&watched.cancel_reason))
            }
            Line::Result(watched) => Ok(watched),
            Line::Error(told) => Err(self.gateway.sorted(&told.message)),
        }
    }

    async fn put(&self, expected: Option<&Revision>, text: &str) -> Result<Revision, WriteError> {
        // A key that isn't there compares as revision 0.
        let revision = expected.map_or("0", |revision| &revision.text);
        let compare =
            json!({ "key": self.key, "target": "MOD", "result": "EQUAL", "mod_revision": revision });
        let put = json!({ "key": self.key, "value": base64::encode(text.as_bytes()) });
        let body = json!({ "compare": [compare], "success": [{ "request_put": put }] });
        let Transaction { succeeded, .. } = self.gateway.ask("/kv/txn", &body).await?;
        read_back(self, text, succeeded).await
    }
}

async fn next(lines: &mut Lines) -> Result<Line, CenterError> {
    let ended = || CenterError::Unreachable("the watch ended".to_owned());
    json_of(&lines.next().await?.ok_or_else(ended)?)
}

impl Center for Etcd {
    fn fetch(&self) -> BoxFuture<'_, Result<Fetched, CenterError>> {
        Box::pin(self.read())
    }

    fn wait<'c>(&'c self, since: &'c Revision) -> BoxFuture<'c, Result<(), CenterError>> {
        Box::pin(async move {
            let since = since.order.unwrap_or_default();
            // A watch that heard nothing is no fault.
            timeout(HOLD, self.watch(since)).await.unwrap_or(Ok(()))
        })
    }

    fn replace<'c>(
        &'c self,
        expected: Option<&'c Revision>,
        text: &'c str,
    ) -> BoxFuture<'c, Result<Revision, WriteError>> {
        Box::pin(self.put(expected, text))
    }

    fn roster(&self) -> Option<&dyn Roster> {
        Some(self)
    }
}
