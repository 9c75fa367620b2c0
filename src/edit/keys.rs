//! Keys that a map gets or loses.

use crate::config::{Node, Style};

use super::slot::{Slot, inner_spot};
use super::splice::Splice;
use super::{EditError, lines};

/// Gives the map in a slot one more key, behind another one if that is its own. What the map has
/// by `<<` may have the key already; the own one goes before it.
pub(super) fn add(slot: &Slot<'_>, behind: &str, name: &str, value: &str) -> Result<Vec<Splice>, EditError> {
    let map = slot.value;
    if map.shape.alias.is_some() {
        return slot.replace(&format!("{{<<: {}, {name}: {value}}}", slot.source()));
    }
    let text = slot.text();
    let own = own_entries(slot);
    if map.shape.style == Style::Flow {
        let ends = own.iter().map(Slot::end).chain(map.shape.merge.clone().map(|merge| merge.end));
        return Ok(vec![match ends.max() {
            Some(end) => Splice::insert(end, format!(", {name}: {value}")),
            None => Splice::insert(map.place.end, format!("{name}: {value}")),
        }]);
    }
    let merge = map.shape.merge.clone();
    let preferred = own.iter().find(|slot| slot.key.text() == Some(behind));
    let entry = preferred.map(|slot| slot.key.range().start..slot.end());
    let entry = entry.or(merge).or_else(|| own.last().map(|slot| slot.key.range().start..slot.end()));
    let Some(entry) = entry else { return Err(EditError::NotFaithful) };
    let indent = lines::indent(text, entry.start);
    Ok(vec![if text[entry.clone()].contains('\n') {
        Splice::insert(entry.start, format!("{name}: {value}\n{indent}"))
    } else {
        Splice::insert(lines::end(text, entry.end), format!("\n{indent}{name}: {value}"))
    }])
}

/// Takes a key of its own away from the map in a slot; one must be left.
pub(super) fn remove(slot: &Slot<'_>, name: &str) -> Result<Vec<Splice>, EditError> {
    let (map, text) = (slot.value, slot.text());
    let own = own_entries(slot);
    let found = own.iter().position(|slot| slot.key.text() == Some(name));
    let (Some(n), None) = (found, &map.shape.alias) else { return Err(EditError::NotFaithful) };
    let range = own[n].key.range().start..own[n].end();
    if map.shape.style == Style::Block {
        if !lines::is_first(text, range.start) {
            return Err(EditError::NotFaithful);
        }
        return Ok(vec![Splice::delete(lines::whole(text, &range))]);
    }
    let before = n.checked_sub(1).map(|before| own[before].end());
    let after = own.get(n + 1).map(|after| after.key.range().start);
    let merge = map.shape.merge.as_ref();
    let before = before.max(merge.map(|merge| merge.end).filter(|end| *end <= range.start));
    let after =
        after.into_iter().chain(merge.map(|merge| merge.start).filter(|start| *start >= range.end)).min();
    let gone = match (before, after) {
        (Some(before), _) => before..range.end,
        (None, Some(after)) => range.start..after,
        (None, None) => range,
    };
    if text[gone.clone()].contains('#') {
        return Err(EditError::NotFaithful);
    }
    Ok(vec![Splice::delete(gone)])
}

fn own_entries<'t>(slot: &Slot<'t>) -> Vec<Slot<'t>> {
    let map: &'t Node = slot.value;
    let entries = map.entries().unwrap_or_default();
    let own = entries.get(..map.shape.own).unwrap_or_default();
    own.iter().map(|(key, value)| Slot { tree: slot.tree, key, value, spot: inner_spot(map) }).collect()
}
