//! Where something stands: a document and a range in it.

use std::fmt;
use std::sync::Arc;

use super::Format;

/// A document's text, kept by every problem that points into it.
#[derive(PartialEq, Eq)]
pub(super) struct Text {
    pub(super) name: String,
    pub(super) format: Format,
    pub(super) content: String,
    pub(super) order: usize,
}

/// A range of bytes in a document.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    pub(super) text: Arc<Text>,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

// === impl Place ===

impl Place {
    /// Points at a range, brought within the text and to whole characters.
    pub(super) fn new(text: &Arc<Text>, start: usize, end: usize) -> Self {
        let start = floor(&text.content, start);
        let end = floor(&text.content, end).max(start);
        Self { text: Arc::clone(text), start, end }
    }

    /// Points at the beginning of a document.
    pub(super) fn top(text: &Arc<Text>) -> Self {
        Self::new(text, 0, 0)
    }

    /// Points at the first line only of what may span many.
    pub(super) fn first_line(&self) -> Self {
        let source = self.source();
        let end = source.find('\n').map_or(self.end, |at| self.start + at);
        Self { end: self.start + self.text.content[self.start..end].trim_end().len(), ..self.clone() }
    }

    /// Points at a part of this place, if the part is written there literally.
    pub(super) fn part(&self, literal: &str) -> Option<Self> {
        let at = self.start + self.source().find(literal)?;
        Some(Self { start: at, end: at + literal.len(), ..self.clone() })
    }

    /// Points at what follows a part of this place.
    pub(super) fn behind(&self, part: &Self) -> Self {
        Self { start: part.end.clamp(self.start, self.end), ..self.clone() }
    }

    /// Returns what is written there.
    pub(crate) fn source(&self) -> &str {
        self.text.content.get(self.start..self.end).unwrap_or_default()
    }

    /// Returns the document's name.
    #[must_use]
    pub fn document(&self) -> &str {
        &self.text.name
    }

    /// Returns the line, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.text.content[..self.start].matches('\n').count() + 1
    }

    /// Returns the column in characters, counted from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        let before = &self.text.content[..self.start];
        let line = before.rfind('\n').map_or(before, |at| &before[at + 1..]);
        line.chars().count() + 1
    }
}

fn floor(content: &str, at: usize) -> usize {
    (0..=at.min(content.len())).rev().find(|&i| content.is_char_boundary(i)).unwrap_or(0)
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.document(), self.line(), self.column())
    }
}

impl fmt::Debug for Text {
    /// Leaves the content out: it may hold keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Text").field("name", &self.name).finish_non_exhaustive()
    }
}

// === impl At ===

impl<T> At<T> {
    pub(super) fn new(value: T, place: &Place) -> Self {
        Self { value, place: place.clone() }
    }
}
