//! The block `keys`: who may call, and how much.

use crate::table::CallerLimits;

use super::node::{Kind, Node};
use super::place::At;
use super::{Grammar, Reader, code};

/// A caller: a name, a key that never shows, and how much it may ask for.
#[derive(Debug, Clone)]
pub(in crate::config) struct RawCaller {
    pub(in crate::config) name: At<String>,
    pub(in crate::config) key: At<String>,
    pub(in crate::config) limits: CallerLimits,
}

const CALLER: Grammar = Grammar {
    what: "a caller",
    keys: &["key", "requests_per_minute", "tokens_per_minute", "max_in_flight"],
    later: &[],
};

// === impl RawCaller ===

impl RawCaller {
    /// Makes a caller that may ask for as much as it likes.
    pub(in crate::config) fn new(name: At<String>, key: At<String>) -> Self {
        Self { name, key, limits: CallerLimits::default() }
    }
}

impl Reader<'_, '_> {
    /// Reads `keys` as a list of keys, or as a map of a caller to its key or its settings.
    pub(super) fn callers(&mut self, node: &Node) -> Vec<RawCaller> {
        match &node.kind {
            Kind::Map(entries) => {
                entries.iter().filter_map(|(name, key)| self.caller(name, key, Some(&CALLER))).collect()
            }
            Kind::List(items) => items
                .iter()
                .enumerate()
                .filter_map(|(n, item)| {
                    let key = self.string(item, "a caller's key")?;
                    Some(RawCaller::new(At::new(format!("key-{}", n + 1), &key.place), key))
                })
                .collect(),
            Kind::Scalar { .. } => {
                self.wrong_type(node, "`keys`", "a list of keys or a map of caller to key");
                Vec::new()
            }
        }
    }

    /// Reads a caller by its key alone, or as an object where there is a grammar for it.
    pub(super) fn caller(&mut self, name: &Node, node: &Node, object: Option<&Grammar>) -> Option<RawCaller> {
        let name = At::new(name.text().unwrap_or_default().to_owned(), &name.place);
        let Some(grammar) = object.filter(|_| node.entries().is_some()) else {
            return Some(RawCaller::new(name, self.string(node, "a caller's key")?));
        };
        let fields = self.fields(node, grammar)?;
        let mut limit = |key, what: &str| {
            fields.get(key).and_then(|limit| self.positive(limit, what, u32::MAX)).map(|at| at.value)
        };
        let limits = CallerLimits {
            requests_per_minute: limit("requests_per_minute", "`requests_per_minute`"),
            tokens_per_minute: limit("tokens_per_minute", "`tokens_per_minute`"),
            max_in_flight: limit("max_in_flight", "`max_in_flight`"),
        };
        let Some(key) = fields.get("key") else {
            self.findings
                .error(code::MISSING, &name.place, format!("caller `{}` has no `key`", name.value))
                .help("add the key that it shows: `key: \"${NAME}\"`");
            return None;
        };
        Some(RawCaller { name, key: self.string(key, "a caller's key")?, limits })
    }
}
