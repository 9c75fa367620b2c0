//! A YAML document as a tree in which every part knows its place.

use super::Place;

/// One part of a document.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) place: Place,
}

/// What a part is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// A text, number or bool; `plain` if it has no quotes.
    Scalar { text: String, plain: bool },
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the document; keys are scalars and stand there once.
    Map(Vec<(Node, Node)>),
}

// === impl Node ===

impl Node {
    /// Returns the text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// Tells whether nothing is written there, or `null`.
    pub(super) fn is_null(&self) -> bool {
        match &self.kind {
            Kind::Scalar { text, plain } => {
                *plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            Kind::List(_) | Kind::Map(_) => false,
        }
    }

    /// Returns the entries of a map.
    pub(super) fn entries(&self) -> Option<&[(Node, Node)]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            Kind::Scalar { .. } | Kind::List(_) => None,
        }
    }

    /// Returns the value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
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
    pub(super) fn each_scalar<'n>(&'n self, visit: &mut impl FnMut(&'n Node)) {
        match &self.kind {
            Kind::Scalar { .. } => visit(self),
            Kind::List(items) => items.iter().for_each(|item| item.each_scalar(visit)),
            Kind::Map(entries) => entries.iter().for_each(|(_, value)| value.each_scalar(visit)),
        }
    }
}
