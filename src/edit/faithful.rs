//! Whether an edit did what was asked for, and nothing else.

use crate::config::{Document, Kind, Node, Outline, Vars, is_object};

use super::EditError;
use super::wanted::Goal;

/// Reads an edited document again and holds it against what was there.
pub(super) fn check(
    documents: &[Document],
    vars: &Vars,
    old: &Outline<'_>,
    goal: &Goal,
    edited: usize,
    text: &str,
) -> Result<(), EditError> {
    let mut documents = documents.to_vec();
    documents[edited].content = text.as_bytes().to_vec().into();
    let new = Outline::of(&documents, vars).map_err(|_| EditError::NotFaithful)?;
    let is_faithful = goal.is_all(old, &new) && same_trees(old, &new, goal) && same_lines(old, &new);
    if is_faithful { Ok(()) } else { Err(EditError::NotFaithful) }
}

// === impl Goal ===

impl Goal {
    /// Tells whether names mean the same as before, but for the one that it speaks of.
    fn is_all(&self, old: &Outline<'_>, new: &Outline<'_>) -> bool {
        if old.models.len() != new.models.len() || old.backends.len() != new.backends.len() {
            return false;
        }
        let models = old.models.iter().zip(&new.models).enumerate().all(|(n, (old, new))| {
            let is_it = matches!(self, Self::To { model, .. } if *model == n);
            (is_it || old.to == new.to) && old.names().eq(new.names())
        });
        let backends = old.backends.iter().zip(&new.backends).enumerate().all(|(n, (old, new))| {
            let is_it = matches!(self, Self::State { backend, .. } if *backend == n);
            let same_address = old.name == new.name && old.addresses == new.addresses;
            same_address && (is_it || old.state == new.state)
        });
        models && backends && self.holds(new)
    }
}

/// Tells whether all documents say the same but for the one value, of which the outlines tell.
fn same_trees(old: &Outline<'_>, new: &Outline<'_>, goal: &Goal) -> bool {
    type Settings = fn(&Node) -> Vec<(&str, &Node)>;
    let (block, name, settings): (_, _, Settings) = match goal {
        Goal::To { model, .. } => ("models", &old.models[*model].name, of_model),
        Goal::State { backend, .. } => ("backends", &old.backends[*backend].name, of_backend),
    };
    let same_settings = |old: &Node, new: &Node| {
        let (old, new) = (settings(old), settings(new));
        let has =
            |(name, value): &(&str, &Node)| new.iter().any(|(other, new)| other == name && same(value, new));
        old.len() == new.len() && old.iter().all(has)
    };
    old.trees.len() == new.trees.len()
        && old.trees.iter().zip(&new.trees).all(|((_, old), (_, new))| {
            same_but(&old.root, &new.root, block, &|old, new| same_but(old, new, name, &same_settings))
        })
}

/// Returns everything about a model but its target.
fn of_model(node: &Node) -> Vec<(&str, &Node)> {
    node.entries().filter(|entries| is_object(entries)).map_or(Vec::new(), |entries| but(entries, "to"))
}

/// Returns everything about a backend but its state.
fn of_backend(node: &Node) -> Vec<(&str, &Node)> {
    node.entries().map_or_else(|| vec![("url", node)], |entries| but(entries, "state"))
}

fn but<'n>(entries: &'n [(Node, Node)], name: &str) -> Vec<(&'n str, &'n Node)> {
    let named = entries.iter().filter_map(|(key, value)| Some((key.text()?, value)));
    named.filter(|(key, _)| *key != name).collect()
}

/// Compares maps; the value of one key is compared in another way.
fn same_but(old: &Node, new: &Node, but: &str, compare: &dyn Fn(&Node, &Node) -> bool) -> bool {
    let (Some(old), Some(new)) = (old.entries(), new.entries()) else { return same(old, new) };
    old.len() == new.len()
        && old.iter().zip(new).all(|((old_key, old), (new_key, new))| {
            let is_it = old_key.text() == Some(but);
            old_key.text() == new_key.text() && if is_it { compare(old, new) } else { same(old, new) }
        })
}

fn same(old: &Node, new: &Node) -> bool {
    match (&old.kind, &new.kind) {
        (Kind::Scalar { text: a, .. }, Kind::Scalar { text: b, .. }) => {
            a == b && old.is_null() == new.is_null()
        }
        (Kind::List(a), Kind::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Kind::Map(a), Kind::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k.text() == l.text() && same(a, b))
        }
        _ => false,
    }
}

/// Tells whether a `.env` has the same lines, but for one value or one more line.
fn same_lines(old: &Outline<'_>, new: &Outline<'_>) -> bool {
    let (Some(old), Some(new)) = (&old.dotenv, &new.dotenv) else {
        return old.dotenv.is_none() && new.dotenv.is_none();
    };
    let differing = old.lines.iter().zip(&new.lines).filter(|(old, new)| old.value != new.value).count();
    let names = old.lines.iter().zip(&new.lines).all(|(old, new)| old.name == new.name);
    let added = new.lines.len().checked_sub(old.lines.len());
    names && added.is_some_and(|added| differing + added <= 1)
}
