//! The models of a running router, as rows.

use std::fmt;

use serde::Deserialize;

use super::table::Table;

/// What the status tells of one model.
#[derive(Debug, Deserialize)]
pub(super) struct Model {
    name: String,
    to: String,
    fallback: Vec<String>,
    #[serde(default)]
    when: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
struct Rule {
    conditions: String,
    to: String,
    fallback: Vec<String>,
}

/// Models under each other.
pub(super) struct Models<'m>(pub(super) &'m [Model]);

impl fmt::Display for Models<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["MODEL", "TO", "FALLBACK"].map(str::to_owned).to_vec();
        let rows = self.0.iter().flat_map(|model| {
            let own = vec![model.name.clone(), model.to.clone(), model.fallback.join(", ")];
            let rules = model.when.iter().map(|rule| {
                vec![format!("  {}", rule.conditions), rule.to.clone(), rule.fallback.join(", ")]
            });
            std::iter::once(own).chain(rules)
        });
        Table(std::iter::once(head).chain(rows).collect()).fmt(f)
    }
}
