//! How the owner stands to the table that serves.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::controller::Controller;
use super::{Conflict, ControlError};
use crate::config::{Document, Verdict, judge};
use crate::live::Snapshot;
use crate::source::Held;
use crate::table::Change;

/// What a command finds.
pub(super) struct Look {
    /// What the owner holds.
    pub(super) held: Held,
    /// What serves.
    pub(super) snapshot: Arc<Snapshot>,
    /// How the one stands to the other.
    pub(super) standing: Standing,
}

/// How what the owner holds stands to what serves.
#[derive(Debug)]
pub(super) enum Standing {
    /// It is what serves.
    Live,
    /// Somebody's edit is on its way.
    Pending(Vec<Change>),
    /// Somebody's edit was refused; the report says why.
    Refused(String),
}

impl Controller {
    /// Looks at the owner. If it holds something else than what serves, an edit may be in the
    /// middle of being written or taken up: then the reload gets the time to take it first.
    pub(super) async fn look(&self) -> Result<Look, ControlError> {
        let look = self.glance().await?;
        let is_told = || self.live.news().borrow().refused.is_some();
        match look.standing {
            Standing::Live => return Ok(look),
            Standing::Refused(_) if is_told() => return Ok(look),
            Standing::Refused(_) | Standing::Pending(_) => self.settled().await,
        }
        self.glance().await
    }

    async fn glance(&self) -> Result<Look, ControlError> {
        let held = self.owner.read().await?;
        let snapshot = self.live.load();
        let standing = match self.judged(held.documents.clone(), &snapshot).await {
            Verdict::Unchanged(_) => Standing::Live,
            Verdict::Good(_, changes) => Standing::Pending(changes),
            Verdict::Refused(report) => Standing::Refused(report),
        };
        Ok(Look { held, snapshot, standing })
    }

    /// Judges documents as the reload will.
    pub(super) async fn judged(&self, documents: Vec<Document>, snapshot: &Arc<Snapshot>) -> Verdict {
        let (vars, snapshot, guard) = (Arc::clone(&self.vars), Arc::clone(snapshot), self.guard);
        let judging = spawn_blocking(move || judge(&documents, &vars, &snapshot.table, guard));
        judging.await.unwrap_or_else(|_| {
            Verdict::Refused("error: the compiler has failed on this text; please report it\n".to_owned())
        })
    }
}

// === impl Look ===

impl Look {
    /// Makes sure that a generation serves, and that the owner holds nothing else.
    pub(super) fn expect(&self, generation: u64, controller: &Controller) -> Result<(), ControlError> {
        let serving = self.snapshot.generation;
        if serving != generation {
            let message = format!("generation {serving} serves, not {generation}; nothing was written");
            return Err(self.conflict(message, generation, controller));
        }
        let owner = self.owner();
        let (message, changes) = match &self.standing {
            Standing::Live => return Ok(()),
            Standing::Pending(changes) => (
                format!("{owner} holds an edit that is not live yet; nothing was written"),
                changes.as_slice(),
            ),
            Standing::Refused(_) => {
                (format!("{owner} holds an edit that was refused; nothing was written"), &[][..])
            }
        };
        let by = controller.live.news().borrow().refused.as_ref().and_then(|refusal| refusal.author.clone());
        Err(ControlError::Conflict(Box::new(Conflict {
            message,
            generation: serving,
            digest: self.snapshot.table.digest().to_owned(),
            by,
            changes: changes.iter().map(ToString::to_string).collect(),
        })))
    }

    /// Tells who made what serves, and what has changed since a generation.
    pub(super) fn conflict(&self, message: String, since: u64, controller: &Controller) -> ControlError {
        let news = controller.live.news();
        let applied = news.borrow().applied.clone();
        let last = applied.as_ref().filter(|applied| applied.generation == since + 1);
        ControlError::Conflict(Box::new(Conflict {
            message,
            generation: self.snapshot.generation,
            digest: self.snapshot.table.digest().to_owned(),
            changes: last
                .map(|last| last.changes.iter().map(ToString::to_string).collect())
                .unwrap_or_default(),
            by: applied.map(|applied| applied.author),
        }))
    }

    /// What the main document is called.
    pub(super) fn owner(&self) -> String {
        self.held.documents.first().map(|document| document.name.clone()).unwrap_or_default()
    }
}
