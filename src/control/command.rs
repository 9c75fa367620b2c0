//! What is to be done, and on which conditions.

use std::fmt;
use std::time::Duration;

pub use crate::edit::Target;
use crate::edit::{Change, Shown, ShownShares};
use crate::live::Author;
use crate::table::BackendState;

/// What is to be done. `Debug` shows no query of a URL, which may hold a key.
#[derive(Clone, PartialEq, Eq)]
pub enum Command {
    /// Replace the owner's main document.
    Apply {
        /// Its whole new text.
        text: WholeText,
    },
    /// Point a model to another target.
    Switch {
        /// The model, by its name or an alias.
        model: String,
        /// What answers for it from now on.
        to: Target,
        /// Only if this answers for it now.
        if_current: Option<String>,
    },
    /// Split a model's requests.
    Weights {
        /// The model, by its name or an alias.
        model: String,
        /// Every target and its share.
        shares: Vec<(String, u32)>,
    },
    /// Take a backend out of service, or back.
    State {
        /// The backend.
        backend: String,
        /// Its state from now on.
        state: BackendState,
        /// Even if a model has nothing left that answers.
        force: bool,
    },
    /// Go back to the table of an earlier generation.
    Rollback {
        /// Which; without one, the generation before the one that serves.
        generation: Option<u64>,
    },
}

/// A document's whole text. `Debug` doesn't show it, since it may hold keys.
#[derive(Clone, PartialEq, Eq)]
pub struct WholeText(pub String);

/// Who wants it, and on which conditions.
#[derive(Debug, Clone)]
pub struct Order {
    /// Who stands behind it.
    pub author: Author,
    /// Only if this generation serves and the owner holds its very table.
    pub if_generation: Option<u64>,
    /// Only tell what would change.
    pub dry_run: bool,
    /// How long the answer may wait for the change to be live; zero doesn't wait.
    pub wait: Duration,
    /// Whether it also waits until the backends that are asked no more have finished.
    pub drain_old: bool,
    /// Whether new backends are asked first; those that sleep are woken.
    pub probe: bool,
    /// How long the change is to last: then it is an override, and the owner stays as it is.
    pub lasting: Option<Duration>,
}

// === impl Command ===

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apply { text } => write!(f, "Apply({text:?})"),
            Self::Switch { model, to, if_current } => {
                let current = if_current.as_deref().map(Shown);
                write!(f, "Switch({model:?} to {to:?}, if {current:?})")
            }
            Self::Weights { model, shares } => write!(f, "Weights({model:?} to {:?})", ShownShares(shares)),
            Self::State { backend, state, force } => {
                write!(f, "State({backend:?} to {state:?}, force {force})")
            }
            Self::Rollback { generation } => write!(f, "Rollback({generation:?})"),
        }
    }
}

// === impl WholeText ===

impl fmt::Debug for WholeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

// === impl Order ===

impl Order {
    /// An order of the router's own making, with the usual patience and no conditions.
    pub(super) fn of(author: Author) -> Self {
        let wait = Duration::from_secs(10);
        Self {
            author,
            if_generation: None,
            dry_run: false,
            wait,
            drain_old: false,
            probe: false,
            lasting: None,
        }
    }
}

// === impl Command ===

impl Command {
    /// Returns the edit that this comes to, if it is one.
    pub(super) fn change(&self) -> Option<Change> {
        match self.clone() {
            Self::Switch { model, to, .. } => Some(Change::Switch { model, to }),
            Self::Weights { model, shares } => Some(Change::Weights { model, shares }),
            Self::State { backend, state, .. } => Some(Change::State { backend, state }),
            Self::Apply { .. } | Self::Rollback { .. } => None,
        }
    }
}
