//! A YAML document as a tree in which every part knows its place.

use std::ops::Range;

use super::Place;

/// A whole document.
pub(crate) struct Tree {
    pub(crate) root: Node,
    /// Every `*name` of the document: which anchor it stands for, and where.
    pub(crate) uses: Vec<(usize, Range<usize>)>,
}

/// One part of a document.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) place: Place,
    pub(crate) shape: Shape,
}

/// How a part is written, for those who write another in its stead.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shape {
    pub(crate) style: Style,
    /// Where it ends; the place of a list or map is only where it begins.
    pub(crate) end: usize,
    /// The `&name` before it.
    pub(crate) anchor: Option<Anchor>,
    /// The `*name` in its stead: all else is then said of what the anchor holds.
    pub(crate) alias: Option<Range<usize>>,
    /// How many of a map's entries are its own; those behind came by `<<`.
    pub(crate) own: usize,
    /// The last `<<: …` of a map.
    pub(crate) merge: Option<Range<usize>>,
}

/// The `&name` of a part.
#[derive(Debug, Clone)]
pub(crate) struct Anchor {
    pub(crate) id: usize,
    pub(crate) range: Range<usize>,
}

/// Which of YAML's ways to write the same was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Style {
    /// A text without quotes.
    #[default]
    Plain,
    /// A text in `'…'`.
    Single,
    /// A text in `"…"`.
    Double,
    /// A text below `|` or `>`.
    Literal,
    /// A list or map in brackets.
    Flow,
    /// A list or map by lines.
    Block,
}

/// What a part is.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// A text, number or bool; `plain` if it has no quotes.
    Scalar { text: String, plain: bool },
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the document; keys are scalars and stand there once.
    Map(Vec<(Node, Node)>),
}

// === impl Node ===

impl Node {
    /// Returns the range that it is written in, without its anchor.
    pub(crate) fn range(&self) -> Range<usize> {
        let end = self.shape.end.max(self.place.start);
        self.shape.alias.clone().unwrap_or(self.place.start..end)
    }

    /// Returns the text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// Tells whether nothing is written there, or `null`.
    pub(crate) fn is_null(&self) -> bool {
        match &self.kind {
            Kind::Scalar { text, plain } => {
                *plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            Kind::List(_) | Kind::Map(_) => false,
        }
    }

    /// Returns the entries of a map.
    pub(crate) fn entries(&self) -> Option<&[(Node, Node)]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            Kind::Scalar { .. } | Kind::List(_) => None,
        }
    }

    /// Returns the value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries()?.iter().find(|(k, _)| k.text() == Some(key)).map(|(_, value)| value)
    }

    /// Returns what this is, with its article, for messages.
    pub(super) fn what(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar { .. } if self.is_null() => "nothing",
            Kind::Scalar { .. } => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }

    /// Returns how many parts this has, itself included.
    pub(super) fn size(&self) -> usize {
        1 + match &self.kind {
            Kind::Scalar { .. } => 0,
            Kind::List(items) => items.iter().map(Node::size).sum(),
            Kind::Map(entries) => entries.iter().map(|(key, value)| key.size() + value.size()).sum(),
        }
    }

    /// Calls for every scalar below, keys left out.
    pub(crate) fn each_scalar<'n>(&'n self, visit: &mut impl FnMut(&'n Node)) {
        match &self.kind {
            Kind::Scalar { .. } => visit(self),
            Kind::List(items) => items.iter().for_each(|item| item.each_scalar(visit)),
            Kind::Map(entries) => entries.iter().for_each(|(_, value)| value.each_scalar(visit)),
        }
    }
}
