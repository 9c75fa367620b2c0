//! A Kubernetes API server with one `ConfigMap`, from the API's own documents (`reference/using-api/
//! api-concepts`: watches, bookmarks, 410 Gone; `reference/kubernetes-api/config-map-v1`).

use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use crate::centers::stub::{Asked, Said, StubServer};

const MAPS: &str = "/api/v1/namespaces/models/configmaps";
const KEY: &str = "routes.yaml";

/// A stub of an API server.
pub(crate) struct ConfigMapStub {
    pub(crate) server: StubServer,
    store: Arc<Store>,
}

struct Store {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

pub(crate) struct State {
    version: u64,
    /// Versions up to this one can't be watched from.
    pub(crate) oldest: u64,
    /// Whether watches find out about it only once they are open.
    pub(crate) is_gone_late: bool,
    pub(crate) token: Option<String>,
    pub(crate) object: Option<Value>,
    events: Vec<(u64, Value)>,
}

// === impl ConfigMapStub ===

impl ConfigMapStub {
    pub(crate) fn start() -> Self {
        let state = State {
            version: 100,
            oldest: 0,
            is_gone_late: false,
            token: None,
            object: None,
            events: Vec::new(),
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
        format!("configmap://models/patchbay/{KEY}?server=http://{}", self.server.authority())
    }

    pub(crate) fn put(&self, text: &str) {
        self.change(|state| {
            let mut object = state.object.clone().unwrap_or_else(empty);
            object["data"][KEY] = text.into();
            state.write(Some(object));
        });
    }

    /// Another object of the namespace changes.
    pub(crate) fn put_other(&self) {
        self.change(|state| state.version += 1);
    }

    pub(crate) fn delete(&self) {
        self.change(|state| {
            if state.object.is_some() {
                state.write(None);
            }
        });
    }

    pub(crate) fn edit(&self, edit: impl FnOnce(&mut Value)) {
        self.change(|state| {
            let mut object = state.object.clone().unwrap_or_else(empty);
            edit(&mut object);
            state.write(Some(object));
        });
    }

    pub(crate) fn current(&self) -> Option<String> {
        let state = self.state();
        state.object.as_ref()?["data"][KEY].as_str().map(str::to_owned)
    }

    /// Forgets what happened up to now, as it does after some minutes.
    pub(crate) fn forget(&self) {
        let mut state = self.state();
        state.oldest = state.version;
        state.version += 1;
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
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn answer(self: &Arc<Self>, asked: &Asked) -> Said {
        let state = self.state();
        let token = state.token.as_ref().map(|token| format!("Bearer {token}"));
        if token.is_some_and(|token| asked.header("authorization") != token) {
            return status(401, "Unauthorized", "Unauthorized");
        }
        let is_map = asked.path == format!("{MAPS}/patchbay");
        if !is_map && asked.path != MAPS {
            return Said::text(404, "404 page not found");
        }
        if !is_map && asked.method == Method::GET {
            assert_eq!(asked.query["fieldSelector"], "metadata.name=patchbay");
        }
        match (&asked.method, is_map, &state.object) {
            (&Method::GET, true, Some(object)) => Said::json(object),
            (&Method::GET | &Method::PUT, true, None) => {
                status(404, "NotFound", "configmaps \"patchbay\" not found")
            }
            (&Method::GET, false, _) if asked.query.contains_key("watch") => {
                let from = asked.query["resourceVersion"].parse().unwrap();
                if from <= state.oldest && !state.is_gone_late {
                    return status(410, "Expired", "too old resource version");
                }
                drop(state);
                self.watch(from)
            }
            (&Method::GET, false, object) => Said::json(&json!({
                "kind": "ConfigMapList", "apiVersion": "v1",
                "metadata": { "resourceVersion": state.version.to_string() },
                "items": object.iter().collect::<Vec<_>>(),
            })),
            (&Method::POST, false, Some(_)) => status(409, "AlreadyExists", "it already exists"),
            (&Method::PUT, true, Some(object)) if object["immutable"] == true => {
                status(422, "Invalid", "data: Forbidden: field is immutable when `immutable` is set")
            }
            (&Method::PUT, true, Some(object)) => {
                let given = asked.json();
                let version = &given["metadata"]["resourceVersion"];
                if !version.is_null() && *version != object["metadata"]["resourceVersion"] {
                    return status(409, "Conflict", "the object has been modified");
                }
                self.written(state, given)
            }
            (&Method::POST, false, None) => self.written(state, asked.json()),
            _ => status(405, "MethodNotAllowed", "no"),
        }
    }

    fn written(&self, mut state: MutexGuard<'_, State>, object: Value) -> Said {
        state.write(Some(object));
        let said = Said::json(state.object.as_ref().unwrap());
        drop(state);
        self.changed.send_modify(|count| *count += 1);
        said
    }

    fn watch(self: &Arc<Self>, from: u64) -> Said {
        let (pieces, said) = mpsc::channel(8);
        let (store, mut changed) = (Arc::clone(self), self.changed.subscribe());
        tokio::spawn(async move {
            let mut seen = from;
            loop {
                let (lines, is_over) = store.state().lines(seen);
                seen = store.state().version;
                if pieces.send(lines).await.is_err() || is_over {
                    return;
                }
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
    fn write(&mut self, object: Option<Value>) {
        self.version += 1;
        let version = self.version.to_string();
        let (kind, told) = match (object, self.object.take()) {
            (Some(mut object), before) => {
                object["metadata"]["resourceVersion"] = version.into();
                self.object = Some(object.clone());
                (if before.is_some() { "MODIFIED" } else { "ADDED" }, object)
            }
            (None, Some(mut before)) => {
                before["metadata"]["resourceVersion"] = version.into();
                ("DELETED", before)
            }
            (None, None) => return,
        };
        self.events.push((self.version, json!({ "type": kind, "object": told })));
    }

    /// What a watch tells of what came after a version, and whether it ends with that.
    fn lines(&self, after: u64) -> (Bytes, bool) {
        if after <= self.oldest {
            let gone = json!({ "kind": "Status", "code": 410, "reason": "Expired", "message": "too old" });
            return (format!("{}\n", json!({ "type": "ERROR", "object": gone })).into(), true);
        }
        let mark =
            json!({ "kind": "ConfigMap", "metadata": { "resourceVersion": self.version.to_string() } });
        let mark = json!({ "type": "BOOKMARK", "object": mark });
        let events = self.events.iter().filter(|(at, _)| *at > after).map(|(_, event)| event);
        let lines: Vec<String> = events.chain([&mark]).map(Value::to_string).collect();
        (format!("{}\n", lines.join("\n")).into(), false)
    }
}

fn empty() -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": "patchbay", "namespace": "models", "labels": { "team": "a" } },
    })
}

fn status(code: u16, reason: &str, message: &str) -> Said {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure",
        "message": message, "reason": reason, "code": code,
    });
    Said::text(code, status.to_string()).with("content-type", "application/json")
}
