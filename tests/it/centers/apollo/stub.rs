//! A config service of Apollo with one namespace, and the portal's open API for it, after the
//! guides for clients in other languages and for the open platform.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::centers::conformance::CenterStub;
use crate::centers::stub::{Asked, Said, StubServer};

pub(crate) const APP: &str = "patchbay-1";
pub(crate) const CLUSTER: &str = "default";
const TOKEN: &str = "portal-token-e16e5cd903";

/// A running server.
pub(crate) struct ApolloStub {
    pub(crate) server: StubServer,
    pub(crate) state: Arc<State>,
}

pub(crate) struct State {
    namespace: &'static str,
    /// The app's access key, if requests have to be signed with one.
    secret: Option<&'static str>,
    released: Mutex<Option<Release>>,
    before: Mutex<Option<Release>>,
    /// What the portal shows, released or not.
    pub(crate) draft: Mutex<Option<String>>,
    releases: AtomicUsize,
    /// The last release that the server has noticed.
    noticed: watch::Sender<usize>,
    /// So many reads after a release show the one before.
    pub(crate) lag: AtomicUsize,
    lagging_reads: AtomicUsize,
    /// Whether the portal's token may edit, but not release.
    pub(crate) may_only_edit: AtomicBool,
    /// Is released by somebody else right after the next release.
    pub(crate) rival: Mutex<Option<String>>,
    /// How long a question is held.
    pub(crate) hold: Mutex<Duration>,
}

#[derive(Clone)]
struct Release {
    key: String,
    configurations: BTreeMap<String, String>,
}

// === impl ApolloStub ===

impl ApolloStub {
    pub(crate) fn start() -> Self {
        Self::with("routes.yaml", None)
    }

    pub(crate) fn with(namespace: &'static str, secret: Option<&'static str>) -> Self {
        let state = Arc::new(State {
            namespace,
            secret,
            released: Mutex::default(),
            before: Mutex::default(),
            draft: Mutex::default(),
            releases: AtomicUsize::new(0),
            noticed: watch::Sender::new(0),
            lag: AtomicUsize::new(0),
            lagging_reads: AtomicUsize::new(0),
            may_only_edit: AtomicBool::new(false),
            rival: Mutex::default(),
            hold: Mutex::new(Duration::from_secs(60)),
        });
        let answers = Arc::clone(&state);
        let server = StubServer::start(move |asked| {
            let state = Arc::clone(&answers);
            async move { state.answer(&asked).await }
        });
        Self { server, state }
    }

    /// The address, read-only.
    pub(crate) fn plain_url(&self) -> String {
        format!("apollo://{}/{APP}/{CLUSTER}/{}", self.server.authority(), self.state.namespace)
    }

    /// Releases properties.
    pub(crate) fn put_properties(&self, properties: &[(&str, &str)]) {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        self.state.release(properties.iter().map(owned).collect());
    }

    pub(crate) fn put_text(&self, text: &str) {
        *self.state.draft.lock().unwrap() = Some(text.to_owned());
        self.put_properties(&[("content", text)]);
    }

    /// The key of the newest release.
    pub(crate) fn key(&self) -> String {
        self.state.released.lock().unwrap().as_ref().unwrap().key.clone()
    }

    pub(crate) fn text(&self) -> Option<String> {
        let released = self.state.released.lock().unwrap();
        released.as_ref().map(|release| release.configurations["content"].clone())
    }

    /// Another database: numbers begin anew.
    pub(crate) fn lose_numbers(&self) {
        self.state.noticed.send_replace(0);
    }
}

impl CenterStub for ApolloStub {
    fn url(&self) -> String {
        let secret = self.state.secret.map_or(String::new(), |secret| format!("secret={secret}&"));
        let portal = self.server.authority();
        format!("{}?{secret}portal=http://{portal}&token={TOKEN}&env=DEV&user=apollo", self.plain_url())
    }

    async fn put(&self, text: &str) {
        self.put_text(text);
    }

    async fn delete(&self) {
        *self.state.released.lock().unwrap() = None;
        *self.state.draft.lock().unwrap() = None;
        self.state.notice();
    }

    async fn down(&self) {
        self.server.down().await;
    }

    async fn up(&self) {
        self.server.up();
    }

    async fn current(&self) -> Option<String> {
        self.text()
    }

    async fn lag(&self) -> bool {
        self.state.lag.store(2, Ordering::SeqCst);
        true
    }

    fn replaces_atomically(&self) -> bool {
        false
    }
}

// === impl State ===

impl State {
    async fn answer(&self, asked: &Asked) -> Said {
        if asked.path.starts_with("/openapi/") {
            return self.portal(asked);
        }
        if !self.is_signed(asked) {
            return Said::text(401, r#"{"status":401,"message":"Unauthorized"}"#);
        }
        let configs = format!("/configs/{APP}/{CLUSTER}/{}", self.namespace);
        match asked.path.as_str() {
            "/notifications/v2" => self.notify(asked).await,
            path if path == configs => self.configs(asked),
            _ => Said::text(404, r#"{"status":404,"message":"Could not load configurations"}"#),
        }
    }

    fn configs(&self, asked: &Asked) -> Said {
        if let Some(messages) = asked.query.get("messages") {
            let messages: Value = serde_json::from_str(messages).unwrap();
            assert!(messages["details"].is_object());
        }
        let lags = self.lagging_reads.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        let shown = if lags.is_ok() { &self.before } else { &self.released };
        match shown.lock().unwrap().as_ref() {
            Some(release) if asked.query.get("releaseKey") == Some(&release.key) => Said::text(304, ""),
            Some(release) => Said::json(&json!({"appId": APP, "cluster": CLUSTER,
                "namespaceName": self.namespace, "configurations": release.configurations,
                "releaseKey": release.key})),
            None => Said::text(404, r#"{"status":404,"message":"Could not load configurations"}"#),
        }
    }

    async fn notify(&self, asked: &Asked) -> Said {
        assert_eq!((asked.query["appId"].as_str(), asked.query["cluster"].as_str()), (APP, CLUSTER));
        let known: Value = serde_json::from_str(&asked.query["notifications"]).unwrap();
        assert_eq!(known[0]["namespaceName"], self.namespace);
        let known = known[0]["notificationId"].as_i64().unwrap();
        let is_newer = |noticed: &usize| *noticed > 0 && i64::try_from(*noticed).unwrap() > known;
        let mut noticed = self.noticed.subscribe();
        let hold = *self.hold.lock().unwrap();
        let Ok(Ok(newest)) =
            tokio::time::timeout(hold, noticed.wait_for(is_newer)).await.map(|n| n.map(|n| *n))
        else {
            return Said::text(304, "");
        };
        let watched = format!("{APP}+{CLUSTER}+{}", self.namespace);
        Said::json(&json!([{"namespaceName": self.namespace, "notificationId": newest,
            "messages": {"details": {watched: newest}}}]))
    }

    fn is_signed(&self, asked: &Asked) -> bool {
        let Some(secret) = self.secret else { return true };
        let moment = asked.header("Timestamp");
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
        let is_now = moment.parse::<u128>().is_ok_and(|moment| now.abs_diff(moment) < 60_000);
        let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
        let digest = sign(&key, format!("{moment}\n{}", asked.target).as_bytes());
        is_now && asked.header("Authorization") == format!("Apollo {APP}:{}", base64(digest.as_ref()))
    }

    fn portal(&self, asked: &Asked) -> Said {
        if asked.header("Authorization") != TOKEN {
            return Said::text(401, r#"{"message":"Unauthorized"}"#);
        }
        let namespace =
            format!("/openapi/v1/envs/DEV/apps/{APP}/clusters/{CLUSTER}/namespaces/{}", self.namespace);
        let what = asked.path.strip_prefix(&namespace).unwrap_or_default();
        let body = asked.json();
        match (asked.method.as_str(), what) {
            ("GET", "/items/content") => match self.draft.lock().unwrap().as_ref() {
                Some(text) => Said::json(&json!({"key": "content", "value": text})),
                None => Said::text(200, ""),
            },
            ("PUT", "/items/content") => {
                if body["dataChangeLastModifiedBy"] != "apollo" {
                    return Said::text(400, r#"{"message":"user(dataChangeLastModifiedBy) not exists"}"#);
                }
                assert_eq!(body["key"], "content");
                assert_eq!(asked.query["createIfNotExists"], "true");
                *self.draft.lock().unwrap() = Some(body["value"].as_str().unwrap().to_owned());
                Said::text(200, "")
            }
            ("POST", "/releases") if self.may_only_edit.load(Ordering::SeqCst) => {
                Said::text(403, r#"{"status":403,"message":"Access is denied"}"#)
            }
            ("POST", "/releases") => {
                assert_eq!(body["releasedBy"], "apollo");
                assert!(body["releaseTitle"].is_string());
                let text = self.draft.lock().unwrap().clone().unwrap_or_default();
                self.release(BTreeMap::from([("content".to_owned(), text)]));
                if let Some(rival) = self.rival.lock().unwrap().take() {
                    self.release(BTreeMap::from([("content".to_owned(), rival)]));
                }
                Said::json(&json!({"appId": APP, "name": "patchbay"}))
            }
            _ => Said::text(404, r#"{"message":"namespace not exists"}"#),
        }
    }

    fn release(&self, configurations: BTreeMap<String, String>) {
        let number = self.releases.fetch_add(1, Ordering::SeqCst) + 1;
        let mut released = self.released.lock().unwrap();
        self.before.lock().unwrap().clone_from(&released);
        *released = Some(Release { key: format!("20261123-{number:04}"), configurations });
        self.lagging_reads.store(self.lag.swap(0, Ordering::SeqCst), Ordering::SeqCst);
        drop(released);
        self.notice();
    }

    /// The real server looks once a second.
    fn notice(&self) {
        self.noticed.send_modify(|noticed| *noticed += 1);
    }
}

fn base64(bytes: &[u8]) -> String {
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| usize::from(chunk.get(at).copied().unwrap_or_default());
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            text.push(if at <= chunk.len() { alphabet[(group >> (18 - 6 * at)) & 63] } else { '=' });
        }
    }
    text
}
