//! Judging without changing anything.

use std::sync::Arc;

use tokio::sync::watch;

use crate::config::{Document, Guards, Vars, Verdict, judge};
use crate::live::Live;
use crate::table::RoutingTable;

/// Judges documents as a change of the source is judged, with this machine's values and guards.
#[derive(Debug, Clone)]
pub struct Trial {
    pub(super) live: Arc<Live>,
    pub(super) vars: Arc<Vars>,
    pub(super) guards: Guards,
    /// The local files beside a center's document, once they have been read.
    pub(super) local: watch::Receiver<Option<Vec<Document>>>,
}

// === impl Trial ===

impl Trial {
    /// Judges a document in the place of the one that the center holds. Returns its table, or the
    /// diagnostics that it would be refused with.
    pub async fn judge(&self, document: Document) -> Result<RoutingTable, String> {
        let mut local = self.local.clone();
        let local = local.wait_for(Option::is_some).await.ok().and_then(|local| local.clone());
        let documents = std::iter::once(document).chain(local.into_iter().flatten()).collect();
        match self.verdict(documents).await {
            Verdict::Unchanged(built) | Verdict::Good(built, _) => Ok(built.table),
            Verdict::Refused(report) => Err(report),
        }
    }

    pub(super) async fn verdict(&self, documents: Vec<Document>) -> Verdict {
        let (live, vars, guards) = (Arc::clone(&self.live), Arc::clone(&self.vars), self.guards);
        let judging =
            tokio::task::spawn_blocking(move || judge(&documents, &vars, &live.load().table, guards));
        judging.await.unwrap_or_else(|error| {
            tracing::error!(%error, "the compiler has failed; please report it with the file");
            Verdict::Refused("error: the compiler has failed on this text; please report it\n".to_owned())
        })
    }
}
