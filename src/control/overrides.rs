//! Changes that the owner does not hold: laid over its documents before they are judged.
//!
//! Where the owner can't be written, or somebody wants a change for an hour only, the change lives
//! in this process. It is told in the status, and it ends when its time is over, when the owner
//! changes the same model or backend, or with the process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::config::{Document, Vars, build};
use crate::edit::{Change, edit};
use crate::live::Author;
use crate::table::{self, BackendIdentity, BackendState, RoutingTable, diff, is_member};

/// All changes that the owner doesn't hold.
#[derive(Debug, Default)]
pub struct Overrides {
    list: Mutex<Vec<Override>>,
    pub(super) changed: Notify,
}

/// A change that the owner doesn't hold.
#[derive(Debug, Clone)]
pub(super) struct Override {
    pub(super) change: Change,
    pub(super) subject: Subject,
    pub(super) author: Author,
    pub(super) until: Option<SystemTime>,
    /// Why the owner doesn't hold it.
    pub(super) reason: String,
    /// What the owner said when it was made; it ends when the owner says something else.
    pub(super) base: Arc<RoutingTable>,
}

/// What a change is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    /// A model, by its own name.
    Model(String),
    /// A backend.
    Backend(String),
}

/// A change that the owner doesn't hold, as it is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverrideReport {
    /// The model or backend.
    pub of: String,
    /// What it is now.
    pub to: String,
    /// Who made it.
    pub by: Author,
    /// When it ends, in seconds since 1970; it may have no end of its own.
    pub until: Option<u64>,
    /// Why the owner doesn't hold it.
    pub reason: String,
}

// === impl Overrides ===

impl Overrides {
    /// Lays what is still in force over the owner's documents, and forgets the rest. For the reload.
    #[must_use]
    pub fn lay(&self, documents: Vec<Document>, vars: &Vars) -> Vec<Document> {
        let mut list = self.open();
        let (laid, left) = laid(list.clone(), documents, vars, SystemTime::now());
        *list = left;
        laid
    }

    /// Tells of all of them.
    #[must_use]
    pub fn report(&self) -> Vec<OverrideReport> {
        self.open().iter().map(Override::report).collect()
    }

    pub(super) fn list(&self) -> Vec<Override> {
        self.open().clone()
    }

    pub(super) fn put(&self, list: Vec<Override>) {
        *self.open() = list;
        self.changed.notify_one();
    }

    /// When the next of them ends.
    pub(super) fn next_end(&self) -> Option<SystemTime> {
        self.open().iter().filter_map(|it| it.until).min()
    }

    fn open(&self) -> MutexGuard<'_, Vec<Override>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lays overrides over documents; returns those that are still in force, too.
pub(super) fn laid(
    mut list: Vec<Override>,
    mut documents: Vec<Document>,
    vars: &Vars,
    now: SystemTime,
) -> (Vec<Document>, Vec<Override>) {
    list.retain(|it| it.until.is_none_or(|until| now < until));
    if list.is_empty() {
        return (documents, list);
    }
    // What is no table is refused anyway, and tells nothing of what the owner wants.
    let Ok(owner) = build(&documents, vars) else { return (documents, list) };
    list.retain(|it| !it.subject.differs(&it.base, &owner.table));
    for Override { change, subject, .. } in &list {
        match edit(&documents, vars, change) {
            Ok(Some(edited)) => documents[edited.document].content = edited.text.into(),
            Ok(None) => {}
            Err(error) => tracing::warn!("the override of {subject} has no effect: {error}"),
        }
    }
    (documents, list)
}

// === impl Override ===

impl Override {
    fn report(&self) -> OverrideReport {
        let since = |until: SystemTime| until.duration_since(SystemTime::UNIX_EPOCH).ok();
        OverrideReport {
            of: self.subject.to_string(),
            to: told(&self.change),
            by: self.author.clone(),
            until: self.until.and_then(since).map(|since| since.as_secs()),
            reason: self.reason.clone(),
        }
    }
}

fn told(change: &Change) -> String {
    match change {
        Change::Switch { to: crate::edit::Target::One(target), .. } => target.clone(),
        Change::Switch { to: crate::edit::Target::Several(targets), .. } => targets.join(", "),
        Change::Weights { shares, .. } => {
            let shares: Vec<String> = shares.iter().map(|(name, share)| format!("{name}: {share}")).collect();
            shares.join(", ")
        }
        Change::State { state, .. } => state.to_string(),
    }
}

// === impl Subject ===

impl Subject {
    /// Finds out what a change is about; a model's alias stands for the model.
    pub(super) fn of(change: &Change, table: &RoutingTable) -> Self {
        match change {
            Change::Switch { model, .. } | Change::Weights { model, .. } => {
                let is_called =
                    |route: &&table::Route| route.aliases.iter().any(|alias| alias.as_str() == model);
                let own = table.routes().iter().find(is_called).map(|route| route.name.to_string());
                Self::Model(own.unwrap_or_else(|| model.clone()))
            }
            Change::State { backend, .. } => Self::Backend(backend.clone()),
        }
    }

    /// Tells whether two tables say different things about it.
    fn differs(&self, one: &RoutingTable, other: &RoutingTable) -> bool {
        match self {
            Self::Model(name) => diff(one, other).iter().any(|change| match change {
                table::Change::Added { model, .. }
                | table::Change::Removed { model }
                | table::Change::Switched { model, .. }
                | table::Change::Rule { model, .. }
                | table::Change::Adjusted { model } => model.as_str() == name,
                table::Change::State { .. } | table::Change::Other { .. } => false,
            }),
            Self::Backend(name) => members(one, name) != members(other, name),
        }
    }
}

/// A backend, or all members of a pool.
fn members(table: &RoutingTable, name: &str) -> Vec<(BackendIdentity, BackendState)> {
    let found = table.backends().iter().filter(|backend| is_member(backend.name.as_str(), name));
    found.map(|backend| (backend.identity(), backend.state)).collect()
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Model(name) => write!(f, "{name}"),
            Self::Backend(name) => write!(f, "backend {name}"),
        }
    }
}
