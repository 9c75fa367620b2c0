//! What is wrong with a document, as a value.

use std::fmt;

use super::mask::Masks;
use super::{Place, code, render};

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
    /// Where.
    pub place: Option<Place>,
    /// What stands beside the caret.
    pub label: Option<String>,
    /// Other places that have to do with it, each with its label.
    pub related: Vec<(Place, String)>,
    /// What would be right.
    pub help: Vec<String>,
}

/// All problems of one build. Never empty as an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    problems: Vec<Problem>,
}

// === impl Problem ===

impl Problem {
    pub(super) fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.label = Some(label.into());
        self
    }

    pub(super) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help.push(help.into());
        self
    }

    pub(super) fn maybe_help(&mut self, help: Option<String>) -> &mut Self {
        self.help.extend(help);
        self
    }

    pub(super) fn related(&mut self, place: &Place, label: impl Into<String>) -> &mut Self {
        self.related.push((place.clone(), label.into()));
        self
    }

    /// Writes it as [`Problems::render`] does.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        render::render(std::slice::from_ref(self), color)
    }

    /// Makes one of a file that no document holds, but its name: that of a port's certificate.
    #[must_use]
    pub fn of_certificate(place: Option<Place>, message: String, help: Option<&str>) -> Self {
        Self::of_file(Severity::Error, code::CERTIFICATE, place, message, help)
    }

    /// Makes a warning of a certificate whose time is over, is yet to come, or ends soon.
    #[must_use]
    pub fn of_expiry(place: Option<Place>, message: String, help: &str) -> Self {
        Self::of_file(Severity::Warning, code::EXPIRING, place, message, Some(help))
    }

    fn of_file(
        severity: Severity,
        code: &'static str,
        place: Option<Place>,
        message: String,
        help: Option<&str>,
    ) -> Self {
        let help = help.map(str::to_owned).into_iter().collect();
        Self { severity, code, message, place, label: None, related: Vec::new(), help }
    }

    fn order(&self) -> (usize, usize) {
        self.place.as_ref().map_or((usize::MAX, 0), |place| (place.text.order, place.start))
    }
}

// === impl Problems ===

impl Problems {
    /// The most problems that one text shows.
    pub const MOST_SHOWN: usize = 20;

    /// Returns all of them, in the order of the documents.
    #[must_use]
    pub fn all(&self) -> &[Problem] {
        &self.problems
    }

    /// Writes them as `rustc` would: code, place, snippet with caret, hint. Secrets are masked.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        render::render(&self.problems, color)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}

/// Problems as they are found.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Problem>);

// === impl Findings ===

impl Findings {
    pub(super) fn error(
        &mut self,
        code: &'static str,
        place: &Place,
        message: impl Into<String>,
    ) -> &mut Problem {
        self.push(Severity::Error, code, Some(place.clone()), message.into())
    }

    pub(super) fn error_without_place(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
    ) -> &mut Problem {
        self.push(Severity::Error, code, None, message.into())
    }

    pub(super) fn warning(
        &mut self,
        code: &'static str,
        place: &Place,
        message: impl Into<String>,
    ) -> &mut Problem {
        self.push(Severity::Warning, code, Some(place.clone()), message.into())
    }

    fn push(
        &mut self,
        severity: Severity,
        code: &'static str,
        place: Option<Place>,
        message: String,
    ) -> &mut Problem {
        self.0.push(Problem {
            severity,
            code,
            message,
            place,
            label: None,
            related: Vec::new(),
            help: Vec::new(),
        });
        self.0.last_mut().expect("a problem was pushed the line before")
    }

    /// Returns how many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Tells whether a search for what was meant is still worth its time.
    pub(super) fn wants_hints(&self) -> bool {
        self.0.len() < 5 * Problems::MOST_SHOWN
    }

    pub(super) fn has_errors(&self) -> bool {
        self.0.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// Gives everything as an error.
    pub(super) fn into_problems(mut self) -> Problems {
        self.finish();
        Problems { problems: self.0 }
    }

    /// Sorts by place, and takes out every secret that a message quotes: messages go to places
    /// where [`Problem::render`] doesn't, such as JSON.
    fn finish(&mut self) {
        self.0.sort_by_key(Problem::order);
        let masks = Masks::of(&self.0);
        for problem in &mut self.0 {
            let labels = problem.related.iter_mut().map(|(_, label)| label);
            let texts =
                std::iter::once(&mut problem.message).chain(&mut problem.label).chain(&mut problem.help);
            texts.chain(labels).for_each(|text| masks.clean(text));
        }
    }

    /// Gives the warnings, or everything if there is an error.
    pub(super) fn into_result(mut self) -> Result<Vec<Problem>, Problems> {
        self.finish();
        if self.has_errors() { Err(Problems { problems: self.0 }) } else { Ok(self.0) }
    }
}
