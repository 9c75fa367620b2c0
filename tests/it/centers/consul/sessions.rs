//! Consul's sessions, and the keys that they hold (`api-docs/session`).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use serde_json::{Value, json};

use crate::centers::stub::{Asked, Said};

/// Sessions by their ids, and keys with the session that holds each.
#[derive(Default)]
pub(crate) struct Sessions {
    lives: BTreeMap<String, (Duration, Instant)>,
    keys: BTreeMap<String, (Vec<u8>, String)>,
    last: u64,
}

impl Sessions {
    /// Answers what concerns sessions, and keys below a path.
    pub(super) fn answer(&mut self, asked: &Asked, below: &str) -> Said {
        self.lives.retain(|_, (_, end)| *end > Instant::now());
        self.keys.retain(|_, (_, session)| self.lives.contains_key(session));
        if let Some(call) = asked.path.strip_prefix("/v1/session/") {
            assert_eq!(asked.method, Method::PUT);
            return self.session(call, asked);
        }
        if !asked.path.starts_with(below) {
            return Said::text(404, "");
        }
        match asked.method {
            Method::PUT => {
                let session = asked.query["acquire"].clone();
                if !self.lives.contains_key(&session) {
                    return Said::text(500, format!("invalid session \"{session}\""));
                }
                let is_free = self.keys.get(&asked.path).is_none_or(|(_, holder)| *holder == session);
                if is_free {
                    self.keys.insert(asked.path.clone(), (asked.body.to_vec(), session));
                }
                Said::text(200, is_free.to_string())
            }
            Method::DELETE => {
                self.keys.remove(&asked.path);
                Said::text(200, "true")
            }
            _ => self.read(asked).with("x-consul-index", "9"),
        }
    }

    /// Ends all of them at once.
    pub(crate) fn end_all(&mut self) {
        self.lives.clear();
    }

    /// Lets them live shorter than they may, in place of ten seconds.
    pub(crate) fn hurry(&mut self) {
        for (_, end) in self.lives.values_mut() {
            *end = (*end).min(Instant::now() + Duration::from_millis(500));
        }
    }

    fn session(&mut self, call: &str, asked: &Asked) -> Said {
        match call.split_once('/') {
            None if call == "create" => {
                let wish = asked.json();
                assert_eq!((&wish["Behavior"], &wish["Checks"]), (&json!("delete"), &json!([])));
                let ttl = wish["TTL"].as_str().and_then(|ttl| ttl.strip_suffix('s')).unwrap();
                let ttl = Duration::from_secs(ttl.parse().unwrap());
                if !(Duration::from_secs(10)..=Duration::from_secs(86_400)).contains(&ttl) {
                    return Said::text(400, "Invalid Session TTL");
                }
                self.last += 1;
                let id = format!("adf4238a-882b-9ddc-4a9d-{:012}", self.last);
                self.lives.insert(id.clone(), (ttl, Instant::now() + ttl));
                Said::json(&json!({ "ID": id }))
            }
            Some(("renew", id)) => match self.lives.get_mut(id) {
                Some((ttl, end)) => {
                    *end = Instant::now() + *ttl;
                    Said::json(&json!([{ "ID": id, "TTL": format!("{}s", ttl.as_secs()) }]))
                }
                None => Said::text(404, format!("Session id '{id}' not found")),
            },
            Some(("destroy", id)) => {
                self.lives.remove(id);
                Said::text(200, "true")
            }
            _ => Said::text(404, ""),
        }
    }

    fn read(&self, asked: &Asked) -> Said {
        let is_tree = asked.query.contains_key("recurse");
        let is_asked = |path: &str| if is_tree { path.starts_with(&asked.path) } else { path == asked.path };
        let found: Vec<Value> = self
            .keys
            .iter()
            .filter(|(path, _)| is_asked(path))
            .map(|(path, (value, session))| {
                json!({
                    "LockIndex": 1, "Key": path.trim_start_matches("/v1/kv/"), "Flags": 0,
                    "Value": STANDARD.encode(value), "Session": session, "CreateIndex": 9, "ModifyIndex": 9,
                })
            })
            .collect();
        if found.is_empty() { Said::text(404, "") } else { Said::json(&json!(found)) }
    }
}
