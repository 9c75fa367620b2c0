//! A block below `models`.

use std::sync::Arc;

use crate::table::{Params, Repair, Strategy};

use super::node::{Kind, Node};
use super::place::At;
use super::{Grammar, Place, RawMember, RawMirror, RawRetry, RawRule, RawTimeouts, Reader, Words, code};

/// One model as written.
#[derive(Debug, Clone)]
pub(in crate::config) struct RawModel {
    pub(in crate::config) name: At<String>,
    pub(in crate::config) to: Vec<RawMember>,
    pub(in crate::config) fallback: Option<RawFallback>,
    pub(in crate::config) when: Vec<RawRule>,
    pub(in crate::config) aliases: Vec<At<String>>,
    pub(in crate::config) model: Option<At<String>>,
    pub(in crate::config) strategy: Option<Strategy>,
    pub(in crate::config) timeouts: RawTimeouts,
    pub(in crate::config) retry: RawRetry,
    pub(in crate::config) local_only: Option<At<bool>>,
    pub(in crate::config) resume: Option<At<bool>>,
    pub(in crate::config) params: Option<Arc<Params>>,
    pub(in crate::config) repair: Option<Repair>,
    pub(in crate::config) mirror: Option<RawMirror>,
}

/// The key `fallback`; empty for `none`.
#[derive(Debug, Clone, Default)]
pub(in crate::config) struct RawFallback(pub(in crate::config) Vec<At<Words>>);

const MODEL: Grammar = Grammar {
    what: "a model",
    keys: &[
        "to",
        "fallback",
        "when",
        "alias",
        "model",
        "strategy",
        "timeout",
        "retry",
        "local_only",
        "resume",
        "params",
        "repair",
        "mirror",
    ],
    later: &["max_in_flight"],
};

// === impl RawModel ===

impl RawModel {
    /// Begins a model with nothing but its name.
    pub(in crate::config) fn named(name: &str, place: &Place) -> Self {
        Self {
            name: At::new(name.to_owned(), place),
            to: Vec::new(),
            fallback: None,
            when: Vec::new(),
            aliases: Vec::new(),
            model: None,
            strategy: None,
            timeouts: RawTimeouts::default(),
            retry: RawRetry::default(),
            local_only: None,
            resume: None,
            params: None,
            repair: None,
            mirror: None,
        }
    }
}

impl Reader<'_, '_> {
    /// Reads a model in a short form or as an object.
    pub(super) fn model(&mut self, key: &Node, node: &Node) -> RawModel {
        let mut model = RawModel::named(key.text().unwrap_or_default(), &key.place);
        if node.is_null() {
            self.no_target(&key.place, key.text().unwrap_or_default());
        } else if node.entries().is_some_and(is_object) {
            self.object(&mut model, node);
        } else {
            model.to = self.members(node);
            self.check_members(&model, node);
        }
        model
    }

    fn object(&mut self, model: &mut RawModel, node: &Node) {
        let Some(fields) = self.fields(node, &MODEL) else { return };
        match fields.get("to") {
            Some(to) if !to.is_null() => {
                model.to = self.members(to);
                self.check_members(model, to);
            }
            _ => self.no_target(&model.name.place, &model.name.value),
        }
        model.fallback = fields.get("fallback").map(|node| self.fallback(node));
        model.when = fields.get("when").map(|node| self.rules(node)).unwrap_or_default();
        if let Some(alias) = fields.get("alias") {
            let words = self.strings(alias, "`alias`");
            model.aliases =
                words.into_iter().map(|words| At { value: words.value.text, place: words.place }).collect();
        }
        model.model = fields.get("model").and_then(|node| self.upstream_model(node));
        model.strategy = fields.get("strategy").and_then(|node| self.strategy(node));
        model.timeouts = fields.get("timeout").map(|node| self.timeouts(node)).unwrap_or_default();
        model.retry = fields.get("retry").map(|node| self.retry(node)).unwrap_or_default();
        model.local_only = fields.get("local_only").and_then(|node| self.bool(node, "`local_only`"));
        model.resume = fields.get("resume").and_then(|node| self.bool(node, "`resume`"));
        model.params = fields.get("params").map(|node| Arc::new(self.params(node)));
        model.repair = fields.get("repair").map(|node| self.repair(node));
        model.mirror = fields.get("mirror").and_then(|node| self.mirror(node));
    }

    fn no_target(&mut self, place: &Place, name: &str) {
        self.findings
            .error(code::MISSING, place, format!("model `{name}` has no target"))
            .help("name a backend or a URL, as in `to: NAME`");
    }

    /// An empty list is told here; entries that couldn't be read are told already.
    fn check_members(&mut self, model: &RawModel, node: &Node) {
        let empty = match &node.kind {
            Kind::List(items) => items.is_empty(),
            Kind::Map(entries) => entries.is_empty(),
            Kind::Scalar { .. } => false,
        };
        if empty {
            self.no_target(&model.name.place, &model.name.value);
        }
    }

    /// Reads `fallback`.
    pub(super) fn fallback(&mut self, node: &Node) -> RawFallback {
        if node.text() == Some("none") {
            return RawFallback::default();
        }
        RawFallback(self.strings(node, "`fallback`"))
    }

    /// Reads the name that is sent upstream.
    pub(super) fn upstream_model(&mut self, node: &Node) -> Option<At<String>> {
        let name = self.string(node, "`model`")?;
        if name.value.trim().is_empty() {
            self.findings
                .error(code::MISSING, &name.place, "`model` is empty")
                .help("remove the line to send the name that was asked for");
            return None;
        }
        Some(name)
    }
}

/// A map is an object if its keys are words of the grammar, else it is target → weight.
pub(crate) fn is_object(entries: &[(Node, Node)]) -> bool {
    let known =
        |key: &Node| key.text().is_some_and(|name| MODEL.keys.contains(&name) || MODEL.later.contains(&name));
    let weight =
        |value: &Node| value.text().is_some_and(|text| text.contains("${") || text.parse::<f64>().is_ok());
    let has_to = entries.iter().any(|(key, _)| key.text() == Some("to"));
    let has_known = entries.iter().any(|(key, _)| known(key));
    let has_block = entries.iter().any(|(_, value)| value.text().is_none());
    let all_known = !entries.is_empty() && entries.iter().all(|(key, _)| known(key));
    has_to || has_block || all_known || (has_known && !entries.iter().all(|(_, value)| weight(value)))
}
