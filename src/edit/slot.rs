//! One value of a YAML document, and how another is written in its stead.

use crate::config::{Kind, Node, Style, Tree};

use super::scalar::Spot;
use super::splice::Splice;
use super::{EditError, lines};

/// A value and the key before it.
#[derive(Clone, Copy)]
pub(super) struct Slot<'t> {
    pub(super) tree: &'t Tree,
    pub(super) key: &'t Node,
    pub(super) value: &'t Node,
    /// Whether the two stand within brackets.
    pub(super) spot: Spot,
}

// === impl Slot ===

impl<'t> Slot<'t> {
    /// Finds the value of a key of a map that is written there itself, be it by `<<`.
    pub(super) fn of(tree: &'t Tree, map: &'t Node, name: &str) -> Option<Self> {
        let (key, value) = map.entries()?.iter().find(|(key, _)| key.text() == Some(name))?;
        Some(Self { tree, key, value, spot: inner_spot(map) })
    }

    /// Finds the value of a key that is the map's own.
    pub(super) fn own(tree: &'t Tree, map: &'t Node, name: &str) -> Option<Self> {
        let own = &map.entries()?[..map.shape.own];
        let is_here = map.shape.alias.is_none() && own.iter().any(|(key, _)| key.text() == Some(name));
        is_here.then(|| Self::of(tree, map, name)).flatten()
    }

    pub(super) fn text(&self) -> &'t str {
        self.tree.text()
    }

    /// Returns what is written as the value, without its anchor.
    pub(super) fn source(&self) -> &'t str {
        &self.text()[self.value.range()]
    }

    /// Returns the same with its anchor.
    pub(super) fn full_source(&self) -> &'t str {
        let range = self.value.range();
        let start = self.value.shape.anchor.as_ref().map_or(range.start, |anchor| anchor.range.start);
        &self.text()[start..range.end]
    }

    /// Returns where key and value end.
    pub(super) fn end(&self) -> usize {
        let anchor = self.value.shape.anchor.as_ref().map_or(0, |anchor| anchor.range.end);
        let colon = self.behind_colon().unwrap_or(0);
        self.value.range().end.max(self.key.range().end).max(anchor).max(colon)
    }

    fn is_empty(&self) -> bool {
        self.value.is_null() && self.value.shape.alias.is_none() && self.value.range().is_empty()
    }

    /// Where the colon behind the key ends.
    fn behind_colon(&self) -> Option<usize> {
        let from = self.key.range().end;
        let rest = &self.text()[from..];
        let blank = rest.len() - rest.trim_start().len();
        rest[blank..].starts_with(':').then_some(from + blank + 1)
    }

    /// Writes a text of one line as the value. An anchor that others use goes to the first of
    /// them, so that they keep the value.
    pub(super) fn replace(&self, new: &str) -> Result<Vec<Splice>, EditError> {
        let range = self.value.range();
        if let Some(alias) = &self.value.shape.alias {
            return Ok(vec![Splice::new(alias.clone(), new)]);
        }
        self.check_inner(self.value)?;
        let mut at = self.behind_colon();
        if let Some(anchor) = &self.value.shape.anchor {
            if self.users(self.value).next().is_some() {
                return self.move_anchor(new);
            }
            at = Some(anchor.range.end);
        }
        if self.is_empty() {
            return Ok(vec![match at {
                Some(at) => Splice::insert(at, format!(" {new}")),
                None => Splice::insert(self.key.range().end, format!(": {new}")),
            }]);
        }
        match self.value.shape.style {
            Style::Plain | Style::Single | Style::Double | Style::Flow => Ok(vec![Splice::new(range, new)]),
            Style::Literal => {
                let at = at.ok_or(EditError::NotFaithful)?;
                Ok(vec![Splice::new(at..range.end, format!(" {new}"))])
            }
            Style::Block => {
                let at = at.ok_or(EditError::NotFaithful)?;
                let mut splices = vec![Splice::insert(at, format!(" {new}"))];
                splices.extend(self.without_lines(at)?);
                Ok(splices)
            }
        }
    }

    /// Writes a text of one line as the value, its anchor included.
    pub(super) fn replace_whole(&self, new: &str) -> Result<Vec<Splice>, EditError> {
        let range = self.value.range();
        match &self.value.shape.anchor {
            Some(anchor) if self.value.shape.alias.is_none() => {
                Ok(vec![Splice::new(anchor.range.start..range.end, new)])
            }
            _ => self.replace(new),
        }
    }

    /// Deletes the lines of a block; lines that hold only a comment stay.
    fn without_lines(&self, after: usize) -> Result<Vec<Splice>, EditError> {
        let text = self.text();
        let range = self.value.range();
        let mut at = lines::start(text, range.start);
        if at < after {
            return Err(EditError::NotFaithful);
        }
        let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
        let end = lines::end(text, range.end);
        while at < end {
            let line_end = lines::end(text, at);
            let line = text[at..line_end].trim();
            if !line.is_empty() && !line.starts_with('#') {
                match runs.last_mut().filter(|run| run.end + 1 == at) {
                    Some(run) => run.end = line_end,
                    None => runs.push(at..line_end),
                }
            }
            at = line_end + 1;
        }
        Ok(runs.iter().map(|run| Splice::delete(lines::whole(text, run))).collect())
    }

    /// Gives the anchored value to the first who uses it.
    fn move_anchor(&self, new: &str) -> Result<Vec<Splice>, EditError> {
        let Some(anchor) = &self.value.shape.anchor else { return Err(EditError::NotFaithful) };
        let (source, heir) = (self.full_source(), self.users(self.value).next());
        let is_one_line = !source.contains('\n') && self.value.shape.style != Style::Block;
        let heir = heir.filter(|_| is_one_line).ok_or_else(|| self.shared(self.value))?;
        let range = anchor.range.start..self.value.range().end;
        Ok(vec![Splice::new(range, new), Splice::new(heir.clone(), source)])
    }

    /// Returns where a node is used as `*name`.
    pub(super) fn users(&self, node: &Node) -> impl Iterator<Item = &'t std::ops::Range<usize>> {
        let id = node.shape.anchor.as_ref().map(|anchor| anchor.id);
        self.tree.uses.iter().filter(move |(used, _)| Some(*used) == id).map(|(_, range)| range)
    }

    pub(super) fn shared(&self, node: &Node) -> EditError {
        let anchor = node.shape.anchor.as_ref().map_or(0..0, |anchor| anchor.range.clone());
        EditError::Shared { anchor: self.text()[anchor].to_owned() }
    }

    /// Refuses to do away with an anchor inside the value that others use.
    pub(super) fn check_inner(&self, node: &Node) -> Result<(), EditError> {
        let range = self.value.range();
        let inner: Vec<&Node> = match &node.kind {
            Kind::Scalar { .. } => Vec::new(),
            Kind::List(items) => items.iter().collect(),
            Kind::Map(entries) => entries[..node.shape.own].iter().flat_map(|(k, v)| [k, v]).collect(),
        };
        for node in inner.into_iter().filter(|node| node.shape.alias.is_none()) {
            if self.users(node).any(|user| !range.contains(&user.start)) {
                return Err(self.shared(node));
            }
            self.check_inner(node)?;
        }
        Ok(())
    }
}

/// Where the values of a map stand.
pub(super) fn inner_spot(map: &Node) -> Spot {
    if map.shape.style == Style::Flow { Spot::Flow } else { Spot::Block }
}
