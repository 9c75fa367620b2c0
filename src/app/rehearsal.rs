//! How this replica judges a proposal: as a reload would judge a change, and then by asking the
//! backends that it doesn't know yet.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::task::JoinSet;

use crate::config::{Document, Format};
use crate::fleet::Judge;
use crate::live::Live;
use crate::probe;
use crate::reload::Trial;
use crate::table::{Address, Backend, RoutingTable};

/// How many backends are asked at a time.
const AT_ONCE: usize = 16;

/// A reload that changes nothing.
pub(super) struct Rehearsal {
    pub(super) trial: Trial,
    pub(super) live: Arc<Live>,
    /// What the center's document is called.
    pub(super) name: String,
    /// How it is written.
    pub(super) format: Format,
}

// === impl Rehearsal ===

impl Rehearsal {
    async fn rehearse(&self, text: &str) -> Result<(), String> {
        let content = Bytes::copy_from_slice(text.as_bytes());
        let document = Document { name: self.name.clone(), format: self.format, content };
        let next = self.trial.judge(document).await?;
        let present = self.live.load();
        let mut unreached = Vec::new();
        for some in new_backends(&present.table, &next).chunks(AT_ONCE) {
            let asked: JoinSet<_> = some.iter().cloned().map(unreached_by).collect();
            unreached.extend(asked.join_all().await.into_iter().flatten());
        }
        unreached.sort();
        if unreached.is_empty() { Ok(()) } else { Err(unreached.join("; ")) }
    }
}

/// Says why a backend can't be used, if it can't.
async fn unreached_by(backend: Backend) -> Option<String> {
    let reached = probe::reach(&backend).await;
    (!reached.is_well()).then(|| format!("backend `{}`: {reached}", backend.name))
}

impl Judge for Rehearsal {
    fn judge<'j>(&'j self, text: &'j str) -> BoxFuture<'j, Result<(), String>> {
        Box::pin(self.rehearse(text))
    }
}

/// Returns the backends of a table that the present one doesn't have, but for those in-process.
fn new_backends(present: &RoutingTable, next: &RoutingTable) -> Vec<Backend> {
    let known: HashSet<_> = present.backends().iter().map(Backend::identity).collect();
    let is_new = |backend: &&Backend| !known.contains(&backend.identity());
    let is_remote = |backend: &&Backend| matches!(backend.address, Address::Http(_));
    next.backends().iter().filter(is_remote).filter(is_new).cloned().collect()
}
