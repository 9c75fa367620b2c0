//! Who has which name among models and aliases.

use std::collections::HashMap;

use crate::table::ModelName;

use super::place::At;
use super::problem::Findings;
use super::raw::{RawModel, is_url};
use super::{Place, code};

/// Every callable name, and whose it is.
pub(super) struct Names<'r> {
    owners: HashMap<&'r str, (usize, &'r Place)>,
}

// === impl Names ===

impl<'r> Names<'r> {
    /// Takes the models' names, then their aliases; a name that is there twice is told.
    pub(super) fn new(models: &'r [RawModel], findings: &mut Findings) -> Self {
        let mut names = Self { owners: HashMap::with_capacity(models.len()) };
        for (n, model) in models.iter().enumerate() {
            let At { value: name, place } = &model.name;
            check(&model.name, findings);
            match names.owners.get(name.as_str()) {
                None => drop(names.owners.insert(name, (n, place))),
                Some((_, first)) => {
                    findings
                        .error(code::DUPLICATE, place, format!("model `{name}` is defined twice"))
                        .label("again here")
                        .related(first, "first here");
                }
            }
        }
        for (n, model) in models.iter().enumerate() {
            for alias in &model.aliases {
                names.alias(n, model, alias, findings);
            }
        }
        names
    }

    fn alias(&mut self, n: usize, model: &RawModel, alias: &'r At<String>, findings: &mut Findings) {
        let At { value: name, place } = alias;
        if !check(alias, findings) {
            return;
        }
        let owner = &model.name.value;
        match self.owners.get(name.as_str()) {
            None => drop(self.owners.insert(name, (n, place))),
            Some(_) if name == owner => {
                findings
                    .error(code::CYCLE, place, format!("model `{owner}` is an alias of itself"))
                    .help("remove it; a model always answers to its own name");
            }
            Some((_, first)) => {
                findings
                    .error(code::DUPLICATE, place, format!("alias `{name}` of model `{owner}` is taken"))
                    .label("again here")
                    .related(first, "first here");
            }
        }
    }

    /// Finds the model that has a name or alias.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.owners.get(name).map(|(n, _)| *n)
    }

    /// Returns all names.
    pub(super) fn all(&self) -> impl Iterator<Item = &'r str> {
        self.owners.keys().copied()
    }
}

fn check(name: &At<String>, findings: &mut Findings) -> bool {
    let cause = match ModelName::parse(&name.value) {
        Err(error) => error.to_string(),
        Ok(_) if name.value.contains("${") => {
            "`${…}` is filled in within values, not within names".to_owned()
        }
        Ok(_) if is_url(&name.value) => "a URL can't be the name of a model".to_owned(),
        Ok(_) if name.value == "none" => {
            "`none` can't be a name, since `fallback: none` means no fallback".to_owned()
        }
        Ok(_) => return true,
    };
    findings.error(code::BAD_NAME, &name.place, cause);
    false
}
