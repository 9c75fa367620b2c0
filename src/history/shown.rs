//! Tables and documents as they may be shown: without their secrets.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Records;
use crate::config::{self, Document, Format};
use crate::table::RoutingTable;

/// A document without its secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShownDocument {
    /// Its name.
    pub name: String,
    /// Its text, each secret starred. None for a file that holds nothing but a secret.
    pub text: Option<String>,
}

/// Describes a table as JSON, in the words of `routes.yaml`.
#[must_use]
pub fn table_as_json(table: &RoutingTable) -> Value {
    serde_json::to_value(config::shown(table)).unwrap_or_default()
}

/// Describes a table as `routes.yaml` would.
#[must_use]
pub fn table_as_yaml(table: &RoutingTable) -> String {
    config::shown_as_yaml(table)
}

// === impl Records ===

impl Records {
    /// Returns the documents of a generation as they may be shown; none if they are not kept.
    pub async fn shown(&self, generation: u64) -> Option<Vec<ShownDocument>> {
        let stored = self.documents(generation).await?;
        let table = self.table(generation).await;
        Some(shown(&stored.documents, table.as_ref()))
    }
}

pub(super) fn shown(documents: &[Document], table: Option<&RoutingTable>) -> Vec<ShownDocument> {
    let texts = config::masked(documents, table);
    let shown = documents.iter().zip(texts).map(|(document, text)| {
        let text = (document.format != Format::Secret).then_some(text);
        ShownDocument { name: document.name.clone(), text }
    });
    shown.collect()
}
