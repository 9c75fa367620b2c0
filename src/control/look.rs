//! How the owner stands to the table that serves.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::controller::Controller;
use super::{Conflict, ControlError};
use crate::config::{Document, Verdict, judge};
use crate::live::Snapshot;
use crate::source::Held;
use crate::table::{Change, Endpoint, Route};

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
        let standing = match self.judged(self.laid_over(held.documents.clone()), &snapshot).await {
            Verdict::Unchanged(_) => Standing::Live,
            Verdict::Good(_, changes) => Standing::Pending(changes),
            Verdict::Refused(report) => Standing::Refused(report),
        };
        Ok(Look { held, snapshot, standing })
    }

    /// Judges documents as the reload will.
    pub(super) async fn judged(&self, documents: Vec<Document>, snapshot: &Arc<Snapshot>) -> Verdict {
        let (vars, snapshot, guards) = (Arc::clone(&self.vars), Arc::clone(snapshot), self.guards);
        let judging = spawn_blocking(move || judge(&documents, &vars, &snapshot.table, guards));
        judging.await.unwrap_or_else(|_| {
            Verdict::Refused("error: the compiler has failed on this text; please report it\n".to_owned())
        })
    }
}

// === impl Look ===

impl Look {
    /// Makes sure that a generation serves, and that the owner holds nothing else.
    pub(super) async fn expect(&self, generation: u64, controller: &Controller) -> Result<(), ControlError> {
        let serving = self.snapshot.generation;
        if serving != generation {
            let message = format!("generation {serving} serves, not {generation}; nothing was written");
            return Err(self.conflict(message, generation, controller).await);
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
        let refused = controller.live.news().borrow().refused.clone();
        Err(ControlError::Conflict(Box::new(Conflict {
            message,
            generation: serving,
            digest: self.snapshot.table.digest().to_owned(),
            by: refused.and_then(|refusal| refusal.author),
            changes: changes.iter().map(ToString::to_string).collect(),
        })))
    }

    /// Makes sure that a model is answered by what somebody believes.
    pub(super) async fn expect_target(
        &self,
        model: &str,
        expected: &str,
        controller: &Controller,
    ) -> Result<(), ControlError> {
        let table = &self.snapshot.table;
        let is_called = |route: &&Route| {
            route.name.as_str() == model || route.aliases.iter().any(|alias| alias.as_str() == model)
        };
        // A model that is not there is told of by the edit.
        let Some(route) = table.routes().iter().find(is_called) else { return Ok(()) };
        let found = table.target_text(route);
        let address = |text: &str| Endpoint::parse(text).map_or_else(|_| text.to_owned(), |e| e.to_string());
        let is_it = match &*route.tiers[0].targets {
            _ if found == expected || route.tiers[0].label == expected => true,
            [only] => table.backend(only.backend).address.to_string() == address(expected),
            _ => false,
        };
        if is_it {
            return Ok(());
        }
        let message = format!("`{model}` points to `{found}`, not to `{expected}`; nothing was written");
        Err(self.conflict(message, self.snapshot.generation.saturating_sub(1), controller).await)
    }

    /// Tells who made what serves, and what has changed since a generation.
    pub(super) async fn conflict(
        &self,
        message: String,
        since: u64,
        controller: &Controller,
    ) -> ControlError {
        let serving = self.snapshot.generation;
        let applied = controller.live.news().borrow().applied.clone();
        let by = match applied {
            Some(applied) => Some(applied.author),
            None => controller.records.record(serving).await.map(|record| record.author),
        };
        let difference = controller.records.difference(&controller.live, since, serving).await;
        ControlError::Conflict(Box::new(Conflict {
            message,
            generation: serving,
            digest: self.snapshot.table.digest().to_owned(),
            changes: difference.map(|difference| difference.changes).unwrap_or_default(),
            by,
        }))
    }

    /// What the main document is called.
    pub(super) fn owner(&self) -> String {
        self.held.documents.first().map(|document| document.name.clone()).unwrap_or_default()
    }
}
