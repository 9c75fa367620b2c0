//! etcd's JSON gateway, from etcd's own API reference (`dev-guide/api_grpc_gateway`, `rpc.proto`):
//! one key space, its revisions, watches, compaction and simple tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::leases::Leases;
use crate::centers::stub::{Asked, Said, StubServer};

pub(crate) const KEY: &str = "patchbay/routes.yaml";

/// A stub of etcd with one key.
pub(crate) struct EtcdStub {
    pub(crate) server: StubServer,
    store: Arc<Store>,
}

pub(crate) struct Store {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

#[derive(Clone)]
pub(crate) struct State {
    pub(crate) revision: u64,
    pub(crate) compacted: u64,
    pub(crate) prefix: &'static str,
    /// The one user, if logins are wanted.
    pub(crate) login: Option<(&'static str, &'static str)>,
    pub(crate) tokens: BTreeSet<String>,
    pub(crate) logins: usize,
    /// Whether watches hear of changes, as they should.
    pub(crate) tells: bool,
    /// What watches are ended with.
    pub(crate) cancel_reason: Option<String>,
    /// What somebody else writes right after the next transaction.
    pub(crate) then: Option<&'static str>,
    keys: BTreeMap<String, Key>,
    /// The key of every revision.
    history: Vec<(u64, String)>,
    pub(crate) leases: Leases,
}

#[derive(Clone)]
struct Key {
    value: String,
    created: u64,
    modified: u64,
    lease: Option<u64>,
}

impl Key {
    fn text(&self) -> String {
        String::from_utf8(unwrapped(&self.value)).unwrap()
    }
}

// === impl EtcdStub ===

impl EtcdStub {
    pub(crate) fn start() -> Self {
        let state = State {
            revision: 1,
            compacted: 0,
            prefix: "/v3",
            login: None,
            tokens: BTreeSet::new(),
            logins: 0,
            tells: true,
            cancel_reason: None,
            then: None,
            keys: BTreeMap::new(),
            history: Vec::new(),
            leases: Leases::default(),
        };
        let store = Arc::new(Store { state: Mutex::new(state), changed: watch::Sender::new(0) });
        let server = StubServer::start({
            let store = Arc::clone(&store);
            move |asked| {
                let store = Arc::clone(&store);
                async move { store.answer(&asked) }
            }
        });
        Self { server, store }
    }

    pub(crate) fn url(&self) -> String {
        format!("etcd://{}/{KEY}", self.server.authority())
    }

    pub(crate) fn put(&self, text: &str) {
        self.store.write(KEY, Some(text.as_bytes()));
    }

    pub(crate) fn put_other(&self) {
        self.store.write("another", Some(b"x"));
    }

    pub(crate) fn delete(&self) {
        self.store.write(KEY, None);
    }

    pub(crate) fn current(&self) -> Option<String> {
        self.key(KEY)
    }

    /// What a key holds.
    pub(crate) fn key(&self, name: &str) -> Option<String> {
        self.state().keys.get(name).map(Key::text)
    }

    /// What the keys hold whose names begin like this.
    pub(crate) fn keys_below(&self, name: &str) -> Vec<String> {
        let state = self.state();
        state.keys.iter().filter(|(key, _)| key.starts_with(name)).map(|(_, key)| key.text()).collect()
    }

    /// How often keys were read whose name holds this.
    pub(crate) fn looks_at(&self, part: &str) -> usize {
        let asked = self.server.asked().into_iter().filter(|asked| asked.path.ends_with("/kv/range"));
        asked.filter(|asked| plain(&asked.json()["key"]).contains(part)).count()
    }

    /// Forgets everything up to now.
    pub(crate) fn compact(&self) {
        let mut state = self.state();
        state.compacted = state.revision;
        drop(state);
        self.store.changed.send_modify(|count| *count += 1);
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.store.state()
    }
}

// === impl Store ===

impl Store {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn write(&self, key: &str, value: Option<&[u8]>) {
        self.state().write(key, value.map(wrapped), None);
        self.changed.send_modify(|count| *count += 1);
    }

    fn answer(self: &Arc<Self>, asked: &Asked) -> Said {
        let mut state = self.state();
        state.end_leases();
        let Some(call) = asked.path.strip_prefix(state.prefix) else {
            return Said::text(404, r#"{"error":"Not Found","code":5,"message":"Not Found"}"#);
        };
        let body = asked.json();
        if call == "/auth/authenticate" {
            return state.log_in(&body);
        }
        if state.login.is_some() {
            let token = asked.header("authorization");
            if token.is_empty() {
                return refused(400, 3, "etcdserver: user name is empty");
            }
            if !state.tokens.contains(token) {
                return refused(401, 16, "etcdserver: invalid auth token");
            }
        }
        match call {
            "/kv/range" => state.range(&body),
            "/kv/txn" => {
                let said = state.transact(&body);
                drop(state);
                self.changed.send_modify(|count| *count += 1);
                said
            }
            "/watch" => {
                drop(state);
                self.watch(&body["create_request"])
            }
            "/kv/deleterange" => {
                state.write(&plain(&body["key"]), None, None);
                Said::json(&json!({ "header": state.header() }))
            }
            "/lease/grant" | "/lease/keepalive" | "/kv/lease/revoke" => state.lease(call, &body),
            _ => Said::text(404, "404 page not found"),
        }
    }

    fn watch(self: &Arc<Self>, request: &Value) -> Said {
        let key = plain(&request["key"]);
        let mut next = number(&request["start_revision"]);
        let (pieces, said) = mpsc::channel(8);
        let (store, mut changed) = (Arc::clone(self), self.changed.subscribe());
        tokio::spawn(async move {
            let created = line(&json!({ "header": store.state().header(), "created": true }));
            if pieces.send(created).await.is_err() {
                return;
            }
            loop {
                let told = {
                    let state = store.state();
                    if next <= state.compacted {
                        let compacted = state.compacted.to_string();
                        Some(json!({
                            "header": state.header(), "canceled": true, "compact_revision": compacted,
                        }))
                    } else if let Some(reason) = &state.cancel_reason {
                        Some(json!({ "header": state.header(), "canceled": true, "cancel_reason": reason }))
                    } else {
                        state.events(&key, next)
                    }
                };
                if let Some(told) = told {
                    let is_over = told["canceled"] == true;
                    if pieces.send(line(&told)).await.is_err() || is_over {
                        return;
                    }
                }
                next = next.max(store.state().revision + 1);
                tokio::select! {
                    _ = changed.changed() => {}
                    () = pieces.closed() => return,
                }
            }
        });
        Said::Pieces(said)
    }
}

// === impl State ===

impl State {
    fn header(&self) -> Value {
        json!({ "cluster_id": "1", "member_id": "1", "revision": self.revision.to_string(), "raft_term": "2" })
    }

    fn write(&mut self, key: &str, value: Option<String>, lease: Option<u64>) {
        if value.is_none() && !self.keys.contains_key(key) {
            return;
        }
        self.revision += 1;
        let now = self.revision;
        self.history.push((now, key.to_owned()));
        match value {
            Some(value) => {
                let created = self.keys.get(key).map_or(now, |key| key.created);
                self.keys.insert(key.to_owned(), Key { value, created, modified: now, lease });
            }
            None => drop(self.keys.remove(key)),
        }
    }

    fn range(&self, body: &Value) -> Said {
        let (first, end) =
            (plain(&body["key"]), body["range_end"].as_str().map(|_| plain(&body["range_end"])));
        let is_asked = |key: &String| match &end {
            Some(end) => *key >= first && key < end,
            None => *key == first,
        };
        let found: Vec<Value> = self
            .keys
            .iter()
            .filter(|(name, _)| is_asked(name))
            .map(|(name, key)| {
                json!({
                    "key": wrapped(name.as_bytes()), "value": key.value, "version": "1",
                    "create_revision": key.created.to_string(), "mod_revision": key.modified.to_string(),
                })
            })
            .collect();
        if found.is_empty() {
            return Said::json(&json!({ "header": self.header() }));
        }
        let count = found.len().to_string();
        Said::json(&json!({ "header": self.header(), "kvs": found, "count": count }))
    }

    fn transact(&mut self, body: &Value) -> Said {
        let holds = body["compare"].as_array().unwrap().iter().all(|compare| {
            assert_eq!(compare["result"], "EQUAL");
            let key = self.keys.get(&plain(&compare["key"]));
            match compare["target"].as_str().unwrap() {
                "MOD" => key.map_or(0, |key| key.modified) == number(&compare["mod_revision"]),
                "VALUE" => key.is_some_and(|key| key.value == compare["value"]),
                "LEASE" => key.and_then(|key| key.lease).unwrap_or(0) == number(&compare["lease"]),
                other => panic!("{other} isn't compared here"),
            }
        });
        let requests = &body[if holds { "success" } else { "failure" }];
        let mut responses = Vec::new();
        for request in requests.as_array().into_iter().flatten() {
            let put = &request["request_put"];
            let lease = put["lease"].as_str().map(|_| number(&put["lease"]));
            if lease.is_some_and(|lease| !self.leases.is_there(lease)) {
                return refused(404, 5, "etcdserver: requested lease not found");
            }
            self.write(&plain(&put["key"]), Some(put["value"].as_str().unwrap().to_owned()), lease);
            responses
                .push(json!({ "response_put": { "header": { "revision": self.revision.to_string() } } }));
        }
        let mut said = json!({ "header": self.header() });
        if holds {
            said["succeeded"] = true.into();
            if let Some(text) = self.then.take() {
                self.write(KEY, Some(wrapped(text.as_bytes())), None);
            }
        }
        if !responses.is_empty() {
            said["responses"] = responses.into();
        }
        Said::json(&said)
    }

    fn lease(&mut self, call: &str, body: &Value) -> Said {
        let said = match call {
            "/lease/grant" => {
                let (id, ttl) = self.leases.grant(number(&body["TTL"]));
                json!({ "header": self.header(), "ID": id.to_string(), "TTL": ttl.to_string() })
            }
            "/lease/keepalive" => {
                let mut result = json!({ "header": self.header(), "ID": body["ID"] });
                if let Some(ttl) = self.leases.keep_alive(number(&body["ID"])) {
                    result["TTL"] = ttl.to_string().into();
                }
                json!({ "result": result })
            }
            _ if self.leases.end(number(&body["ID"])) => json!({ "header": self.header() }),
            _ => return refused(404, 5, "etcdserver: requested lease not found"),
        };
        self.end_leases();
        Said::json(&said)
    }

    /// Removes what hung on leases that have ended.
    fn end_leases(&mut self) {
        let is_over = |key: &Key| key.lease.is_some_and(|lease| !self.leases.is_there(lease));
        let over: Vec<String> =
            self.keys.iter().filter(|(_, key)| is_over(key)).map(|(name, _)| name.clone()).collect();
        for key in over {
            self.write(&key, None, None);
        }
    }

    fn events(&self, key: &str, from: u64) -> Option<Value> {
        if !self.tells {
            return None;
        }
        let events = self.history.iter().filter(|(at, changed)| *at >= from && changed == key);
        let events: Vec<Value> = events
            .map(
                |(at, _)| json!({ "kv": { "key": wrapped(key.as_bytes()), "mod_revision": at.to_string() } }),
            )
            .collect();
        (!events.is_empty()).then(|| json!({ "header": self.header(), "events": events }))
    }

    fn log_in(&mut self, body: &Value) -> Said {
        match self.login {
            None => refused(400, 9, "etcdserver: authentication is not enabled"),
            Some((user, password)) if body["name"] == user && body["password"] == password => {
                self.logins += 1;
                let token = format!("planted-token.{}", self.logins);
                self.tokens.insert(token.clone());
                Said::json(&json!({ "header": self.header(), "token": token }))
            }
            Some(_) => refused(400, 3, "etcdserver: authentication failed, invalid user ID or password"),
        }
    }
}

fn refused(status: u16, code: u16, message: &str) -> Said {
    Said::text(status, json!({ "error": message, "code": code, "message": message }).to_string())
}

fn line(result: &Value) -> Bytes {
    Bytes::from(format!("{}\n", json!({ "result": result })))
}

fn number(value: &Value) -> u64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn plain(value: &Value) -> String {
    String::from_utf8(unwrapped(value.as_str().unwrap())).unwrap()
}

fn wrapped(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn unwrapped(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap()
}
