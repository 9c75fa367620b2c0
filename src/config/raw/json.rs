//! Values that are sent as JSON.

use serde_json::{Map, Value};

use super::Reader;
use super::node::{Kind, Node};

impl Reader<'_, '_> {
    /// Reads whatever is there as JSON, with `${…}` filled in within texts.
    pub(super) fn json(&mut self, node: &Node, what: &str) -> Option<Value> {
        Some(match &node.kind {
            Kind::Map(entries) => {
                let mut object = Map::new();
                for (key, value) in entries {
                    object.insert(key.text().unwrap_or_default().to_owned(), self.json(value, what)?);
                }
                Value::Object(object)
            }
            Kind::List(items) => {
                Value::Array(items.iter().map(|item| self.json(item, what)).collect::<Option<_>>()?)
            }
            Kind::Scalar { .. } if node.is_null() => Value::Null,
            Kind::Scalar { text, plain: true } if serde_json::from_str::<Value>(text).is_ok() => {
                serde_json::from_str(text).unwrap_or_default()
            }
            Kind::Scalar { .. } => Value::String(self.string(node, what)?.value),
        })
    }
}
