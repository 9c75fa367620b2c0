//! Whose targets and fallbacks are spoken of, for messages.

use std::fmt;

use super::Place;
use super::raw::RawModel;

/// A model, or one of its rules.
#[derive(Clone, Copy)]
pub(super) struct Owner<'r> {
    model: &'r str,
    /// The rule's place, counted from 0.
    rule: Option<usize>,
    /// Where it stands.
    pub(super) place: &'r Place,
}

// === impl Owner ===

impl<'r> Owner<'r> {
    pub(super) fn model(model: &'r RawModel) -> Self {
        Self { model: &model.name.value, rule: None, place: &model.name.place }
    }

    pub(super) fn rule(model: &'r RawModel, rule: usize) -> Self {
        let place = model.when.get(rule).map_or(&model.name.place, |rule| &rule.place);
        Self { model: &model.name.value, rule: Some(rule), place }
    }

    /// Returns what a backend is called that only it names, by URL.
    pub(super) fn base(&self) -> String {
        match self.rule {
            None => self.model.to_owned(),
            Some(rule) => format!("{}~when{}", self.model.chars().take(40).collect::<String>(), rule + 1),
        }
    }
}

impl fmt::Display for Owner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rule {
            None => write!(f, "model `{}`", self.model),
            Some(rule) => write!(f, "rule {} of model `{}`", rule + 1, self.model),
        }
    }
}
