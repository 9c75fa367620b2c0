//! Consul's key/value store, from its API reference (`api-docs/kv`, `api-docs/features/blocking`):
//! one index for the store, one for the key, blocking queries and check-and-set.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::Method;
use serde_json::json;
use tokio::sync::watch;

use super::sessions::Sessions;
use crate::centers::stub::{Asked, Said, StubServer};

pub(crate) const KEY: &str = "patchbay/routes.yaml";

/// The most bytes that Consul takes as a value.
const MOST_BYTES: usize = 512 * 1024;

/// A stub of Consul with one key.
pub(crate) struct ConsulStub {
    pub(crate) server: StubServer,
    store: Arc<Store>,
}

struct Store {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

pub(crate) struct State {
    pub(crate) index: u64,
    /// The one token, if one is wanted.
    pub(crate) token: Option<&'static str>,
    /// Whether queries block, as they should.
    pub(crate) blocks: bool,
    /// How often a snapshot was restored, and what was there before the last time.
    restores: usize,
    replaced: Option<Key>,
    key: Option<Key>,
    pub(crate) sessions: Sessions,
}

#[derive(Clone)]
struct Key {
    value: Vec<u8>,
    created: u64,
    modified: u64,
    /// The answer that shows it, made once: large ones take their time.
    shown: Bytes,
}

// === impl ConsulStub ===

impl ConsulStub {
    pub(crate) fn start() -> Self {
        let state = State {
            index: 10,
            token: None,
            blocks: true,
            restores: 0,
            replaced: None,
            key: None,
            sessions: Sessions::default(),
        };
        let store = Arc::new(Store { state: Mutex::new(state), changed: watch::Sender::new(0) });
        let server = StubServer::start({
            let store = Arc::clone(&store);
            move |asked| {
                let store = Arc::clone(&store);
                async move { store.answer(asked).await }
            }
        });
        Self { server, store }
    }

    pub(crate) fn url(&self) -> String {
        format!("consul://{}/{KEY}", self.server.authority())
    }

    pub(crate) fn put(&self, text: &str) {
        self.change(|state| state.write(text.as_bytes()));
    }

    /// Something else changes in the store.
    pub(crate) fn put_other(&self) {
        self.change(|state| state.index += 1);
    }

    pub(crate) fn delete(&self) {
        self.change(|state| {
            state.index += 1;
            state.key = None;
        });
    }

    /// Goes back to a snapshot, in which the key had this text.
    pub(crate) fn restore(&self, text: &str) {
        self.change(|state| {
            state.replaced = state.key.clone();
            state.index -= 2;
            state.write(text.as_bytes());
            state.restores += 1;
        });
    }

    pub(crate) fn current(&self) -> Option<String> {
        self.state().key.as_ref().map(|key| String::from_utf8(key.value.clone()).unwrap())
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.store.state()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.store.changed.send_modify(|count| *count += 1);
    }
}

// === impl Store ===

impl Store {
    async fn answer(&self, asked: Asked) -> Said {
        let token = self.state().token;
        if token.is_some_and(|token| asked.header("x-consul-token") != token) {
            return Said::text(403, "rpc error making call: Permission denied");
        }
        if asked.query.get("dc").is_some_and(|dc| dc != "dc1") {
            return Said::text(500, "No path to datacenter");
        }
        if asked.path != format!("/v1/kv/{KEY}") {
            return self.state().sessions.answer(&asked, &format!("/v1/kv/{KEY}.replicas/"));
        }
        if asked.method == Method::PUT {
            return self.put(&asked);
        }
        let index: u64 = asked.query.get("index").map_or(0, |index| index.parse().unwrap());
        let wait = asked.query.get("wait").and_then(|wait| wait.strip_suffix('s'));
        let wait = Duration::from_secs(wait.map_or(300, |wait| wait.parse().unwrap()));
        let mut changed = self.changed.subscribe();
        let restores = self.state().restores;
        let blocked = async {
            while index > 0 && self.state().seen_at() <= index && self.state().restores == restores {
                if !self.state().blocks || changed.changed().await.is_err() {
                    return;
                }
            }
        };
        let _held = tokio::time::timeout(wait, blocked).await;
        let state = self.state();
        // A restore lets go of the queries that it finds, with what was there before it.
        state.read(if state.restores == restores { state.key.as_ref() } else { state.replaced.as_ref() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn put(&self, asked: &Asked) -> Said {
        if asked.body.len() > MOST_BYTES {
            return Said::text(413, "Request body too large, max size: 524288 bytes.");
        }
        let said = {
            let mut state = self.state();
            let present = state.key.as_ref().map_or(0, |key| key.modified);
            let is_wanted = asked.query.get("cas").is_none_or(|cas| cas.parse() == Ok(present));
            if is_wanted {
                state.write(&asked.body);
            }
            Said::text(200, is_wanted.to_string())
        };
        self.changed.send_modify(|count| *count += 1);
        said
    }
}

// === impl State ===

impl State {
    fn write(&mut self, value: &[u8]) {
        self.index += 1;
        let created = self.key.as_ref().map_or(self.index, |key| key.created);
        let shown = json!([{
            "LockIndex": 0, "Key": KEY, "Flags": 0,
            "Value": (!value.is_empty()).then(|| STANDARD.encode(value)),
            "CreateIndex": created, "ModifyIndex": self.index,
        }]);
        let shown = shown.to_string().into();
        self.key = Some(Key { value: value.to_vec(), created, modified: self.index, shown });
    }

    /// The index of an answer: the key's own, or the store's if there is no key.
    fn seen_at(&self) -> u64 {
        self.key.as_ref().map_or(self.index, |key| key.modified)
    }

    fn read(&self, key: Option<&Key>) -> Said {
        let said = match key {
            None => Said::text(404, ""),
            Some(key) => Said::text(200, key.shown.clone()).with("content-type", "application/json"),
        };
        said.with("x-consul-index", key.map_or(self.index, |key| key.modified).to_string())
            .with("x-consul-knownleader", "true")
            .with("x-consul-lastcontact", "0")
    }
}
