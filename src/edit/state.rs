//! Whether a backend of routes.yaml is in service: its key `state`.

use crate::config::{Outline, Style};
use crate::table::BackendState;

use super::change::Draft;
use super::scalar::{self, Spot};
use super::slot::Slot;
use super::splice::Splice;
use super::{EditError, keys};

/// Thinks out how a backend comes to be in a state, the best way first.
pub(super) fn drafts(
    outline: &Outline<'_>,
    backend: usize,
    state: BackendState,
) -> Vec<Result<Draft, EditError>> {
    let name = &outline.backends[backend].name;
    let found = outline.trees.iter().find_map(|(document, tree)| {
        let backends = Slot::of(tree, &tree.root, "backends")?;
        Some((*document, backends, Slot::of(tree, backends.value, name)?))
    });
    let Some((document, backends, entry)) = found else { return vec![Err(EditError::NotFaithful)] };
    let own = Slot::own(entry.tree, entry.value, "state");
    let mut ways = Vec::new();
    if let Some(own) = &own {
        if state.is_ready() {
            ways.extend(collapsed(&entry));
            ways.push(keys::remove(&entry, "state"));
        }
        ways.push(own.replace(&scalar::written(state.as_str(), own.value.shape.style, own.spot)));
    } else if entry.value.entries().is_some() {
        ways.push(keys::add(&entry, "url", "state", state.as_str()));
    } else {
        ways.push(entry.replace_whole(&format!("{{url: {}, state: {state}}}", url(&entry))));
    }
    for slot in [backends, entry].into_iter().filter(|slot| slot.users(slot.value).next().is_some()) {
        ways.push(Err(slot.shared(slot.value)));
    }
    ways.into_iter().map(|way| way.map(|splices| Draft { document, splices })).collect()
}

/// The URL as it is written, in quotes if it can't stand in brackets without.
fn url(entry: &Slot<'_>) -> String {
    let node = entry.value;
    let fits = match node.shape.style {
        Style::Plain => !entry.source().contains(['\n', ',', '[', ']', '{', '}']),
        Style::Single | Style::Double => true,
        Style::Literal | Style::Flow | Style::Block => false,
    };
    if fits || node.shape.alias.is_some() {
        return entry.full_source().to_owned();
    }
    let anchor = node.shape.anchor.as_ref().map(|anchor| format!("{} ", &entry.text()[anchor.range.clone()]));
    let url = scalar::written(node.text().unwrap_or_default().trim_end(), Style::Plain, Spot::Flow);
    anchor.unwrap_or_default() + &url
}

/// Takes the brackets away from `{url: …, state: …}`.
fn collapsed(entry: &Slot<'_>) -> Option<Result<Vec<Splice>, EditError>> {
    let map = entry.value;
    if map.shape.style != Style::Flow || map.shape.alias.is_some() || entry.source().contains(['#', '\n']) {
        return None;
    }
    let left = match (&map.shape.merge, map.shape.own) {
        (None, 2) => Slot::own(entry.tree, map, "url")?.full_source(),
        (Some(merge), 1) => entry.text()[merge.clone()].split_once(':')?.1.trim(),
        _ => return None,
    };
    Some(Ok(vec![Splice::new(map.range(), left)]))
}
