//! From the words of a change to what must be so afterwards.

use std::collections::HashSet;

use crate::config::{Outline, OutlinedModel, OutlinedTarget, hint, is_url};
use crate::table::{BackendState, Glob};

use super::value::{Value, told};
use super::{Change, EditError, Target};

/// What must be so afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Goal {
    /// A model points there.
    To {
        /// Its place in the outline.
        model: usize,
        value: Value,
    },
    /// A backend is in this state.
    State {
        /// Its place in the outline.
        backend: usize,
        state: BackendState,
    },
}

/// Finds what a change speaks of; `None` if it is so already.
pub(super) fn goal(outline: &Outline<'_>, change: &Change) -> Result<Option<Goal>, EditError> {
    let goal = match change {
        Change::Switch { model, to } => {
            let value = match to {
                Target::One(name) => Value::One(name.trim().to_owned()),
                Target::Several(names) => {
                    Value::List(names.iter().map(|name| name.trim().to_owned()).collect())
                }
            };
            points_to(outline, model, value)?
        }
        Change::Weights { model, shares } => {
            let shares = shares.iter().map(|(name, share)| (name.trim().to_owned(), *share));
            points_to(outline, model, Value::Shares(shares.collect()))?
        }
        Change::State { backend, state } => {
            Goal::State { backend: named_backend(outline, backend)?, state: *state }
        }
    };
    Ok(if goal.holds(outline) { None } else { Some(goal) })
}

fn points_to(outline: &Outline<'_>, model: &str, value: Value) -> Result<Goal, EditError> {
    check(&value)?;
    let model = named_model(outline, model)?;
    value.names().into_iter().try_for_each(|name| check_target(outline, name))?;
    Ok(Goal::To { model, value })
}

/// Refuses what no table could hold, whatever its names are.
fn check(value: &Value) -> Result<(), EditError> {
    let names = value.names();
    let distinct: HashSet<&str> = names.iter().copied().collect();
    if names.is_empty() || distinct.contains("") {
        return Err(EditError::BadValue("a model needs a target: name a backend or a URL"));
    }
    if names.iter().any(|name| name.contains(char::is_control)) {
        return Err(EditError::BadValue("a target can't hold a control character"));
    }
    if distinct.len() < names.len() {
        return Err(EditError::BadValue("the same target is there twice; name each once"));
    }
    match value {
        Value::Shares(shares) if shares.iter().all(|(_, share)| *share == 0) => {
            Err(EditError::BadValue("all weights are 0; give at least one target a weight above 0"))
        }
        Value::Shares(_) | Value::One(_) | Value::List(_) => Ok(()),
    }
}

/// An own name goes before an alias, as it does for requests.
pub(super) fn named_model(outline: &Outline<'_>, name: &str) -> Result<usize, EditError> {
    let models = &outline.models;
    let by_name = models.iter().position(|model| model.name == name);
    let found = by_name.or_else(|| models.iter().position(|model| model.aliases.iter().any(|a| a == name)));
    let names = || models.iter().flat_map(OutlinedModel::names);
    found.ok_or_else(|| {
        let glob = names().find(|known| Glob::new(known).is_some_and(|glob| glob.matches(name)));
        let hint = match glob {
            Some(glob) => format!("the glob `{glob}` answers for it, and is what can be changed"),
            None => hint(name, "models", names()),
        };
        EditError::UnknownModel { name: name.to_owned(), hint }
    })
}

fn named_backend(outline: &Outline<'_>, name: &str) -> Result<usize, EditError> {
    if outline.is_dotenv {
        return Err(EditError::NoStates);
    }
    if let Some(found) = outline.backends.iter().position(|backend| backend.name == name) {
        return Ok(found);
    }
    if let Some(pool) = pool_of(outline, name) {
        return Err(EditError::PoolMember { name: name.to_owned(), pool: pool.to_owned() });
    }
    let is_model = outline.models.iter().any(|model| model.name == name);
    Err(if is_model {
        let hint = "it is a model; give its address a name under `backends`, and take that out of service";
        EditError::UnknownBackend { name: name.to_owned(), hint: hint.to_owned() }
    } else {
        unknown_backend(outline, name)
    })
}

fn check_target(outline: &Outline<'_>, name: &str) -> Result<(), EditError> {
    let is_backend = outline.backends.iter().any(|backend| backend.name == name);
    if is_url(name) || is_backend || pool_of(outline, name).is_some() {
        Ok(())
    } else if outline.is_dotenv {
        Err(EditError::NeedsUrl { name: name.to_owned() })
    } else if outline.models.iter().any(|model| model.names().any(|known| known == name)) {
        Err(EditError::IsModel { name: name.to_owned() })
    } else {
        Err(unknown_backend(outline, name))
    }
}

/// The pool that `pool#2` is an address of.
fn pool_of<'o>(outline: &'o Outline<'_>, name: &str) -> Option<&'o str> {
    let (pool, number) = name.rsplit_once('#')?;
    let number: usize = number.parse().ok()?;
    let found = outline.backends.iter().find(|backend| backend.name == pool)?;
    (found.addresses > 1 && (1..=found.addresses).contains(&number)).then_some(&found.name)
}

fn unknown_backend(outline: &Outline<'_>, name: &str) -> EditError {
    let known = outline.backends.iter().map(|backend| backend.name.as_str());
    EditError::UnknownBackend { name: name.to_owned(), hint: hint(name, "backends", known) }
}

// === impl Goal ===

impl Goal {
    /// Tells whether documents say it.
    pub(super) fn holds(&self, outline: &Outline<'_>) -> bool {
        match self {
            Self::To { model, value } => {
                let to = &outline.models[*model].to;
                if outline.is_dotenv { targets(outline, value) == *to } else { value.is(to) }
            }
            Self::State { backend, state } => outline.backends[*backend].state == *state,
        }
    }

    /// Writes for people what was and what is to be.
    pub(super) fn told(&self, outline: &Outline<'_>) -> (String, String) {
        match self {
            Self::To { model, value } => (told(&outline.models[*model].to), told(&targets(outline, value))),
            Self::State { backend, state } => {
                (outline.backends[*backend].state.to_string(), state.to_string())
            }
        }
    }
}

/// The targets of a value as an outline would show them.
fn targets(outline: &Outline<'_>, value: &Value) -> Vec<OutlinedTarget> {
    if outline.is_dotenv {
        return OutlinedTarget::of_addresses(&value.addresses());
    }
    let shares = value.names().into_iter().enumerate().map(|(n, name)| match value {
        Value::Shares(shares) => (name, Some(shares[n].1)),
        Value::One(_) | Value::List(_) => (name, None),
    });
    shares.map(|(name, weight)| OutlinedTarget::new(name, weight)).collect()
}
