//! Where a model of routes.yaml points to.

use crate::config::{Kind, Node, Origin, Outline, Style, is_object, names_variable};

use super::change::Draft;
use super::scalar::{self, Spot};
use super::slot::{Slot, inner_spot};
use super::splice::Splice;
use super::value::Value;
use super::{EditError, collection, dotenv_line, keys};

/// Thinks out how a model comes to point elsewhere, the best way first.
pub(super) fn drafts(outline: &Outline<'_>, model: usize, value: &Value) -> Vec<Result<Draft, EditError>> {
    let model = &outline.models[model];
    let document = model.document;
    let tree = outline.trees.iter().find(|(n, _)| *n == document).map(|(_, tree)| tree);
    let models = tree.and_then(|tree| Slot::of(tree, &tree.root, "models"));
    let entry = models.and_then(|models| Slot::of(models.tree, models.value, &model.name));
    let (Some(models), Some(entry)) = (models, entry) else { return vec![Err(EditError::NotFaithful)] };
    let is_object = entry.value.entries().is_some_and(is_object);
    let target = if is_object { Slot::own(entry.tree, entry.value, "to") } else { Some(entry) };
    let in_document =
        |splices: Result<Vec<Splice>, EditError>| splices.map(|splices| Draft { document, splices });
    let mut drafts = Vec::new();
    if let Some(target) = target {
        if let Value::One(name) = value {
            drafts.extend(at_its_origin(outline, document, &target, name).map(Ok));
        }
        drafts.extend(in_parts(outline, &target, value).map(in_document));
        drafts.push(in_document(whole(&target, value)));
        if !is_object {
            // Shares of backends that are called as keys of a model are.
            let new = format!("{{to: {}}}", value.inline(Style::Plain, Spot::Flow, false));
            drafts.push(in_document(entry.replace(&new)));
        }
    } else {
        let new = value.inline(Style::Plain, inner_spot(entry.value), false);
        drafts.push(in_document(keys::add(&entry, "", "to", &new)));
    }
    for slot in [models, entry].into_iter().filter(|slot| slot.users(slot.value).next().is_some()) {
        drafts.push(Err(slot.shared(slot.value)));
    }
    drafts
}

/// Changes a list or map member by member.
fn in_parts(
    outline: &Outline<'_>,
    target: &Slot<'_>,
    value: &Value,
) -> Option<Result<Vec<Splice>, EditError>> {
    let numbers = match value {
        Value::Shares(shares) => numbers(outline, target, shares),
        Value::One(_) | Value::List(_) => None,
    };
    numbers.or_else(|| collection::rewritten(outline, target, value).map(Ok))
}

/// Writes the value anew on one line.
fn whole(target: &Slot<'_>, value: &Value) -> Result<Vec<Splice>, EditError> {
    let node = target.value;
    let is_padded = node.shape.style == Style::Flow && target.source()[1..].starts_with(' ');
    target.replace(&value.inline(node.shape.style, target.spot, is_padded))
}

/// Changes the numbers only; `None` if the map has other targets.
fn numbers(
    outline: &Outline<'_>,
    target: &Slot<'_>,
    shares: &[(String, u32)],
) -> Option<Result<Vec<Splice>, EditError>> {
    let Kind::Map(entries) = &target.value.kind else { return None };
    let is_own = target.value.shape.alias.is_none() && target.value.shape.own == entries.len();
    if !is_own || entries.len() != shares.len() {
        return None;
    }
    let mut splices = Vec::new();
    for (key, value) in entries {
        let name = outline.fill(key.text()?)?;
        let (_, share) = shares.iter().find(|(named, _)| named == name.trim())?;
        if filled(outline, value).as_deref() != Some(&*share.to_string()) {
            let slot = Slot { tree: target.tree, key, value, spot: inner_spot(target.value) };
            match slot.replace(&scalar::number(*share, value.shape.style)) {
                Ok(more) => splices.extend(more),
                Err(error) => return Some(Err(error)),
            }
        }
    }
    Some(Ok(splices))
}

fn filled(outline: &Outline<'_>, node: &Node) -> Option<String> {
    outline.fill(node.text()?)
}

/// Changes the value at the place that it comes from: a line of `.env`, or the default of a `${…}`.
///
/// A variable of the process can't be changed, but the watched `.env` goes before it.
fn at_its_origin(outline: &Outline<'_>, document: usize, target: &Slot<'_>, name: &str) -> Option<Draft> {
    let node = target.value;
    let text = node.text().filter(|_| node.shape.alias.is_none())?;
    match outline.origin(text) {
        Origin::Written => None,
        Origin::Dotenv(variable) | Origin::Process(variable) => {
            let file = outline.dotenv.as_ref().filter(|_| is_used_once(outline, &variable))?;
            let line = file.lines.iter().find(|line| line.name == variable);
            let splice = match line {
                Some(line) => dotenv_line::set(line, name),
                None => dotenv_line::add(file.text(), &variable, name),
            };
            Some(Draft { document: file.document, splices: vec![splice] })
        }
        Origin::Default(range) => {
            // Only what means the same with and without quotes fits in there.
            let is_simple = scalar::written(name, Style::Plain, Spot::Flow) == name && !name.contains('$');
            let at = node.place.start + target.source().find(text)?;
            let splice = Splice::new(at + range.start..at + range.end, name);
            (is_simple && target.users(node).next().is_none())
                .then(|| Draft { document, splices: vec![splice] })
        }
    }
}

/// Tells whether a variable is asked for in one place only.
fn is_used_once(outline: &Outline<'_>, variable: &str) -> bool {
    let mut uses = 0;
    for (_, tree) in &outline.trees {
        tree.root.each_scalar(&mut |node| {
            uses += usize::from(node.text().is_some_and(|text| names_variable(text, variable)));
        });
    }
    uses == 1
}
