//! A block below `backends`.

use std::sync::Arc;
use std::time::Duration;

use crate::table::{BackendState, BreakerLimit, Continuation, Engine, Hook, OnDisconnect, Params};

use super::node::Node;
use super::place::At;
use super::{Grammar, RawHealth, RawMaxInFlight, RawTimeouts, RawTls, Reader, Words, code};

/// One backend as written.
#[derive(Debug, Clone)]
pub(in crate::config) struct RawBackend {
    pub(in crate::config) name: At<String>,
    /// `None` if it couldn't be read, which is told already.
    pub(in crate::config) url: Option<At<Words>>,
    pub(in crate::config) key: Option<RawKey>,
    pub(in crate::config) headers: Vec<RawHeader>,
    pub(in crate::config) tls: Option<RawTls>,
    pub(in crate::config) model: Option<At<String>>,
    pub(in crate::config) weight: Option<At<u32>>,
    pub(in crate::config) cloud: Option<At<bool>>,
    pub(in crate::config) continues: Option<Continuation>,
    pub(in crate::config) state: Option<At<BackendState>>,
    pub(in crate::config) max_in_flight: Option<RawMaxInFlight>,
    /// Zero is `none`, which undoes one of `defaults`.
    pub(in crate::config) slow_start: Option<Duration>,
    pub(in crate::config) load: Option<Engine>,
    pub(in crate::config) timeouts: RawTimeouts,
    pub(in crate::config) health: RawHealth,
    pub(in crate::config) breaker: Option<BreakerLimit>,
    pub(in crate::config) prepare: Option<At<Hook>>,
    pub(in crate::config) release: Option<At<Hook>>,
    pub(in crate::config) params: Option<Arc<Params>>,
    pub(in crate::config) on_disconnect: Option<OnDisconnect>,
}

/// A key, which never shows.
pub(in crate::config) type RawKey = At<String>;

/// A header: its name, and a value that never shows.
pub(in crate::config) type RawHeader = (At<String>, At<String>);

const BACKEND: Grammar = Grammar {
    what: "a backend",
    keys: &[
        "url",
        "key",
        "model",
        "weight",
        "headers",
        "cloud",
        "continues",
        "state",
        "max_in_flight",
        "slow_start",
        "load",
        "timeout",
        "health",
        "breaker",
        "tls",
        "prepare",
        "release",
        "params",
        "on_disconnect",
    ],
    later: &[],
};

// === impl RawBackend ===

impl RawBackend {
    /// Begins a backend with nothing but its name and address.
    pub(in crate::config) fn new(name: At<String>, url: Option<At<Words>>) -> Self {
        Self {
            name,
            url,
            key: None,
            headers: Vec::new(),
            tls: None,
            model: None,
            weight: None,
            cloud: None,
            continues: None,
            state: None,
            max_in_flight: None,
            slow_start: None,
            load: None,
            timeouts: RawTimeouts::default(),
            health: RawHealth::default(),
            breaker: None,
            prepare: None,
            release: None,
            params: None,
            on_disconnect: None,
        }
    }
}

impl Reader<'_, '_> {
    /// Reads a backend as a URL or as an object.
    pub(super) fn backend(&mut self, key: &Node, node: &Node) -> RawBackend {
        let name = At::new(key.text().unwrap_or_default().to_owned(), &key.place);
        if node.is_null() {
            self.no_url(&name);
            return RawBackend::new(name, None);
        }
        if node.text().is_some() {
            let what = format!("backend `{}`", name.value);
            let url = self.words(node, &what);
            return RawBackend::new(name, url);
        }
        let mut backend = RawBackend::new(name, None);
        let Some(fields) = self.fields(node, &BACKEND) else { return backend };
        if let Some(url) = fields.get("url") {
            backend.url = self.words(url, "`url`");
        } else {
            self.no_url(&backend.name);
        }
        backend.key = fields.get("key").and_then(|node| self.key(node));
        backend.headers = fields.get("headers").map(|node| self.headers(node)).unwrap_or_default();
        backend.tls = fields.get("tls").and_then(|node| self.tls(node));
        backend.model = fields.get("model").and_then(|node| self.upstream_model(node));
        backend.weight = fields.get("weight").and_then(|node| self.weight(node));
        backend.cloud = fields.get("cloud").and_then(|node| self.bool(node, "`cloud`"));
        backend.continues = fields.get("continues").and_then(|node| self.continuation(node));
        backend.state = fields.get("state").and_then(|node| self.state(node));
        backend.max_in_flight = fields.get("max_in_flight").and_then(|node| self.max_in_flight(node));
        backend.slow_start = fields.get("slow_start").and_then(|node| self.slow_start(node));
        backend.load = fields.get("load").and_then(|node| self.engine(node));
        backend.timeouts = fields.get("timeout").map(|node| self.timeouts(node)).unwrap_or_default();
        backend.health = fields.get("health").map(|node| self.health(node)).unwrap_or_default();
        backend.breaker = fields.get("breaker").and_then(|node| self.breaker(node));
        backend.prepare = fields.get("prepare").and_then(|node| self.hook(node, "`prepare`"));
        backend.release = fields.get("release").and_then(|node| self.hook(node, "`release`"));
        backend.params = fields.get("params").map(|node| Arc::new(self.params(node)));
        backend.on_disconnect = fields.get("on_disconnect").and_then(|node| self.on_disconnect(node));
        backend
    }

    fn no_url(&mut self, name: &At<String>) {
        self.findings
            .error(code::MISSING, &name.place, format!("backend `{}` has no `url`", name.value))
            .help("add `url: http://HOST:PORT/v1`");
    }

    fn state(&mut self, node: &Node) -> Option<At<BackendState>> {
        let words = self.words(node, "`state`")?;
        let state = BackendState::ALL.into_iter().find(|state| state.as_str() == words.value.text);
        if state.is_none() {
            self.bad(&words, "`state`", "there are `ready`, `drain` and `maint`");
        }
        state.map(|state| At::new(state, &words.place))
    }

    /// Reads `on_disconnect`.
    pub(super) fn on_disconnect(&mut self, node: &Node) -> Option<OnDisconnect> {
        let words = self.words(node, "`on_disconnect`")?;
        let known = OnDisconnect::ALL.into_iter().find(|known| known.as_str() == words.value.text);
        if known.is_none() {
            self.bad(&words, "`on_disconnect`", "there are `cancel` and `finish`");
        }
        known
    }

    /// Reads `slow_start`.
    pub(super) fn slow_start(&mut self, node: &Node) -> Option<Duration> {
        if node.text() == Some("none") {
            return Some(Duration::ZERO);
        }
        self.duration(node, "`slow_start`").map(|takes| takes.value)
    }

    fn engine(&mut self, node: &Node) -> Option<Engine> {
        let words = self.words(node, "`load`")?;
        let engine = Engine::ALL.into_iter().find(|engine| engine.as_str() == words.value.text);
        if engine.is_none() {
            self.bad(&words, "`load`", "there are `vllm`, `llama.cpp` and `sglang`");
        }
        engine
    }

    /// Reads `continues`.
    pub(super) fn continuation(&mut self, node: &Node) -> Option<Continuation> {
        let words = self.words(node, "`continues`")?;
        let known = Continuation::ALL.into_iter().find(|known| known.as_str() == words.value.text);
        if known.is_none() {
            let help = "there are `last_message` (llama.cpp), `continue_final_message` (vLLM, SGLang), \
                        `prefix` (DeepSeek, Mistral) and `partial` (Moonshot, DashScope)";
            self.bad(&words, "`continues`", help);
        }
        known
    }

    /// Reads `key`; an empty one is none.
    pub(super) fn key(&mut self, node: &Node) -> Option<RawKey> {
        let key = self.string(node, "`key`")?;
        (!key.value.is_empty()).then_some(key)
    }

    /// Reads `headers`.
    pub(super) fn headers(&mut self, node: &Node) -> Vec<RawHeader> {
        let entries = self.entries(node, "`headers`").unwrap_or_default();
        entries
            .iter()
            .filter_map(|(name, value)| {
                let value = self.string(value, "a header")?;
                Some((At::new(name.text().unwrap_or_default().to_owned(), &name.place), value))
            })
            .collect()
    }
}
