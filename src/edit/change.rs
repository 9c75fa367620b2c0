//! What is asked for, what comes of it, and the one function of this room.

use std::fmt;

use crate::config::{Document, Outline, Vars};
use crate::table::BackendState;

use super::shown::{Shown, ShownShares};
use super::splice::{Splice, spliced};
use super::wanted::{Goal, goal, named_model};
use super::{EditError, change_dotenv, change_yaml, faithful, state};

/// A change to the table, in the words of the commands. `Debug` shows no query, which may hold a key.
#[derive(Clone, PartialEq, Eq)]
pub enum Change {
    /// Another target for a model.
    Switch {
        /// The model, by its name or an alias.
        model: String,
        /// What answers for it from now on.
        to: Target,
    },
    /// Shares for the targets of a model.
    Weights {
        /// The model, by its name or an alias.
        model: String,
        /// Every target and its share.
        shares: Vec<(String, u32)>,
    },
    /// Whether a backend gets requests.
    State {
        /// The backend.
        backend: String,
        /// Its state from now on.
        state: BackendState,
    },
}

/// What a model can point to. `Debug` shows no query, which may hold a key.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// A backend or a URL.
    One(String),
    /// Several, in turn.
    Several(Vec<String>),
}

/// One document, edited. `Debug` doesn't show its text, which may hold keys.
#[derive(Clone, PartialEq, Eq)]
pub struct Edited {
    /// Which of the documents.
    pub document: usize,
    /// Its whole new text.
    pub text: String,
    /// The value before, such as `blue` or `{a: 90, b: 10}`. Secrets don't show.
    pub before: String,
    /// The value now.
    pub after: String,
}

/// Splices for one document, as they were thought out and before they are checked.
pub(super) struct Draft {
    pub(super) document: usize,
    pub(super) splices: Vec<Splice>,
}

// === impl Change ===

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch { model, to } => write!(f, "Switch({model:?} to {to:?})"),
            Self::Weights { model, shares } => write!(f, "Weights({model:?} to {:?})", ShownShares(shares)),
            Self::State { backend, state } => write!(f, "State({backend:?} to {state:?})"),
        }
    }
}

// === impl Target ===

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(name) => Shown(name).fmt(f),
            Self::Several(names) => f.debug_list().entries(names.iter().map(|name| Shown(name))).finish(),
        }
    }
}

// === impl Edited ===

impl fmt::Debug for Edited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { document, text, before, after } = self;
        write!(f, "Edited({document}, {} bytes, {before:?} to {after:?})", text.len())
    }
}

/// Targets as they are written, with shares where there are any.
pub type Pointed = Vec<(String, Option<u32>)>;

/// Returns a model's own name, and what it points to.
pub fn pointing(documents: &[Document], vars: &Vars, model: &str) -> Result<(String, Pointed), EditError> {
    let outline = Outline::of(documents, vars).map_err(EditError::Unreadable)?;
    let model = &outline.models[named_model(&outline, model)?];
    let to = model.to.iter().map(|target| (target.text.clone(), target.weight));
    Ok((model.name.clone(), to.collect()))
}

/// Writes a change into the document that has a say in it; `None` if it is so already.
///
/// The documents need not make a table: only what stands in the way of the change is an error.
pub fn edit(documents: &[Document], vars: &Vars, change: &Change) -> Result<Option<Edited>, EditError> {
    let outline = Outline::of(documents, vars).map_err(EditError::Unreadable)?;
    let Some(goal) = goal(&outline, change)? else { return Ok(None) };
    let drafts = match &goal {
        Goal::To { model, value } if outline.is_dotenv => change_dotenv::drafts(&outline, *model, value),
        Goal::To { model, value } => change_yaml::drafts(&outline, *model, value),
        Goal::State { backend, state } => state::drafts(&outline, *backend, *state),
    };
    let mut outcome = Err(EditError::NotFaithful);
    for draft in drafts {
        outcome = draft.and_then(|Draft { document, splices }| {
            let text = spliced(&documents[document], splices)?;
            faithful::check(documents, vars, &outline, &goal, document, &text)?;
            let (before, after) = goal.told(&outline);
            Ok(Some(Edited { document, text, before, after }))
        });
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}
