//! A whole `routes.yaml`, with its includes.

use std::sync::Arc;
use std::time::Duration;

use crate::table::{BreakerLimit, Continuation, OnDisconnect, Params, Repair, Strategy};

use super::node::Node;
use super::place::At;
use super::{
    Grammar, RawBackend, RawCaller, RawFallback, RawHeader, RawHealth, RawKey, RawMaxInFlight, RawModel,
    RawRetry, RawServer, RawTimeouts, Reader, code, suggest,
};

/// Everything that the documents say.
#[derive(Debug, Clone, Default)]
pub(in crate::config) struct RawTable {
    pub(in crate::config) models: Vec<RawModel>,
    pub(in crate::config) backends: Vec<RawBackend>,
    pub(in crate::config) default: Option<At<String>>,
    pub(in crate::config) defaults: RawDefaults,
    pub(in crate::config) callers: Vec<RawCaller>,
    /// Whether callers are named, be it that their keys couldn't be read.
    pub(in crate::config) has_callers: bool,
    pub(in crate::config) server: RawServer,
}

/// The block `defaults`: what a model or backend has that doesn't say otherwise.
#[derive(Debug, Clone, Default)]
pub(in crate::config) struct RawDefaults {
    pub(in crate::config) fallback: Option<RawFallback>,
    pub(in crate::config) model: Option<At<String>>,
    pub(in crate::config) strategy: Option<Strategy>,
    pub(in crate::config) timeouts: RawTimeouts,
    pub(in crate::config) retry: RawRetry,
    pub(in crate::config) local_only: Option<At<bool>>,
    pub(in crate::config) resume: Option<At<bool>>,
    pub(in crate::config) params: Option<Arc<Params>>,
    pub(in crate::config) repair: Option<Repair>,
    pub(in crate::config) key: Option<RawKey>,
    pub(in crate::config) headers: Vec<RawHeader>,
    pub(in crate::config) weight: Option<At<u32>>,
    pub(in crate::config) cloud: Option<At<bool>>,
    pub(in crate::config) on_disconnect: Option<OnDisconnect>,
    pub(in crate::config) continues: Option<Continuation>,
    pub(in crate::config) max_in_flight: Option<RawMaxInFlight>,
    pub(in crate::config) slow_start: Option<Duration>,
    pub(in crate::config) health: RawHealth,
    pub(in crate::config) breaker: Option<BreakerLimit>,
}

const TABLE: Grammar = Grammar {
    what: "a table",
    keys: &["models", "backends", "default", "defaults", "include", "keys", "server"],
    later: &[],
};
const INCLUDED: Grammar = Grammar { what: "an included file", keys: &["models", "backends"], later: &[] };
const DEFAULTS: Grammar = Grammar {
    what: "`defaults`",
    keys: &[
        "fallback",
        "model",
        "strategy",
        "timeout",
        "retry",
        "local_only",
        "resume",
        "params",
        "repair",
        "key",
        "headers",
        "weight",
        "cloud",
        "on_disconnect",
        "continues",
        "max_in_flight",
        "slow_start",
        "health",
        "breaker",
    ],
    later: &["when"],
};

impl Reader<'_, '_> {
    /// Reads the main document.
    pub(in crate::config) fn table(&mut self, root: &Node) -> RawTable {
        let mut table = RawTable::default();
        let Some(fields) = self.fields(root, &TABLE) else { return table };
        self.named_blocks(fields.get("models"), fields.get("backends"), &mut table);
        table.default = fields.get("default").and_then(|node| self.string(node, "`default`"));
        if let Some(defaults) = fields.get("defaults") {
            table.defaults = self.defaults(defaults);
        }
        if let Some(include) = fields.get("include") {
            for glob in self.strings(include, "`include`") {
                // The files are looked for before anything is filled in.
                if glob.place.source().contains("${") {
                    self.bad(&glob, "`include`", "write the path itself; `${…}` is not filled in here");
                }
            }
        }
        if let Some(keys) = fields.get("keys") {
            table.has_callers = keys.size() > 1;
            table.callers = self.callers(keys);
        }
        table.server = fields.get("server").map(|node| self.server(node)).unwrap_or_default();
        table
    }

    /// Takes `server` and `keys` of the local file beside a config center. What the operator of
    /// the machine says of them goes before what the center says; the rest of the file waits for a
    /// start without the center.
    pub(in crate::config) fn local(&mut self, root: &Node, table: &mut RawTable) {
        let Some(fields) = self.fields(root, &TABLE) else { return };
        if let Some(keys) = fields.get("keys") {
            table.has_callers = keys.size() > 1;
            table.callers = self.callers(keys);
        }
        if let Some(server) = fields.get("server") {
            table.server = self.server(server);
        }
    }

    /// Reads an included document into the table.
    pub(in crate::config) fn included(&mut self, root: &Node, table: &mut RawTable) {
        let Some(entries) = self.entries(root, INCLUDED.what) else { return };
        for (key, _) in entries {
            let name = key.text().unwrap_or_default();
            if TABLE.keys.contains(&name) && !INCLUDED.keys.contains(&name) {
                self.findings
                    .error(code::MISPLACED, &key.place, format!("`{name}` belongs in the main file"))
                    .help("an included file holds only `models` and `backends`");
            } else if !INCLUDED.keys.contains(&name) {
                let known = INCLUDED.keys.iter().copied();
                self.findings
                    .error(code::UNKNOWN_KEY, &key.place, format!("an included file has no key `{name}`"))
                    .help(suggest::hint(name, "its keys", known));
            }
        }
        self.named_blocks(root.get("models"), root.get("backends"), table);
    }

    fn named_blocks(&mut self, models: Option<&Node>, backends: Option<&Node>, table: &mut RawTable) {
        if let Some(models) = models.filter(|node| !node.is_null()) {
            for (key, value) in self.entries(models, "`models`").unwrap_or_default() {
                if !self.is_mistyped(key, value) {
                    table.models.push(self.model(key, value));
                }
            }
        }
        if let Some(backends) = backends.filter(|node| !node.is_null()) {
            for (key, value) in self.entries(backends, "`backends`").unwrap_or_default() {
                if !self.is_mistyped(key, value) {
                    table.backends.push(self.backend(key, value));
                }
            }
        }
    }

    fn defaults(&mut self, node: &Node) -> RawDefaults {
        let Some(fields) = self.fields(node, &DEFAULTS) else { return RawDefaults::default() };
        RawDefaults {
            fallback: fields.get("fallback").map(|node| self.fallback(node)),
            model: fields.get("model").and_then(|node| self.upstream_model(node)),
            strategy: fields.get("strategy").and_then(|node| self.strategy(node)),
            timeouts: fields.get("timeout").map(|node| self.timeouts(node)).unwrap_or_default(),
            retry: fields.get("retry").map(|node| self.retry(node)).unwrap_or_default(),
            local_only: fields.get("local_only").and_then(|node| self.bool(node, "`local_only`")),
            resume: fields.get("resume").and_then(|node| self.bool(node, "`resume`")),
            params: fields.get("params").map(|node| Arc::new(self.params(node))),
            repair: fields.get("repair").map(|node| self.repair(node)),
            key: fields.get("key").and_then(|node| self.key(node)),
            headers: fields.get("headers").map(|node| self.headers(node)).unwrap_or_default(),
            weight: fields.get("weight").and_then(|node| self.weight(node)),
            cloud: fields.get("cloud").and_then(|node| self.bool(node, "`cloud`")),
            on_disconnect: fields.get("on_disconnect").and_then(|node| self.on_disconnect(node)),
            continues: fields.get("continues").and_then(|node| self.continuation(node)),
            max_in_flight: fields.get("max_in_flight").and_then(|node| self.max_in_flight(node)),
            slow_start: fields.get("slow_start").and_then(|node| self.slow_start(node)),
            health: fields.get("health").map(|node| self.health(node)).unwrap_or_default(),
            breaker: fields.get("breaker").and_then(|node| self.breaker(node)),
        }
    }
}
