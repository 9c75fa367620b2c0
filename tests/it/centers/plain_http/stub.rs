//! A file server as RFC 9110 and RFC 7240 describe one: entity tags, conditions, and `Prefer: wait`.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use tokio::sync::watch;

use crate::centers::stub::{Asked, Said, StubServer};

const PATH: &str = "/tables/routes.yaml";

/// A server with one file.
pub(crate) struct HttpStub {
    pub(crate) server: StubServer,
    file: Arc<File>,
}

struct File {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

pub(crate) struct State {
    pub(crate) text: Option<String>,
    version: u64,
    /// The one user, if logins are wanted.
    pub(crate) login: Option<&'static str>,
    /// What stands before the quotes of an `ETag`; `None` gives none.
    pub(crate) tags: Option<&'static str>,
    /// Whether questions are held.
    pub(crate) holds: bool,
    pub(crate) takes_put: bool,
    /// Somebody else writes between a look and a write.
    pub(crate) interferes: Option<&'static str>,
}

// === impl HttpStub ===

impl HttpStub {
    pub(crate) fn start() -> Self {
        let state = State {
            text: None,
            version: 0,
            login: None,
            tags: Some(""),
            holds: false,
            takes_put: true,
            interferes: None,
        };
        let file = Arc::new(File { state: Mutex::new(state), changed: watch::Sender::new(0) });
        let server = StubServer::start({
            let file = Arc::clone(&file);
            move |asked| {
                let file = Arc::clone(&file);
                async move { file.answer(&asked).await }
            }
        });
        Self { server, file }
    }

    /// Polls often, so that nobody waits for long.
    pub(crate) fn url(&self) -> String {
        format!("http://{}{PATH}?every=100ms", self.server.authority())
    }

    pub(crate) fn put(&self, text: &str) {
        self.change(Some(text));
    }

    pub(crate) fn delete(&self) {
        self.change(None);
    }

    pub(crate) fn current(&self) -> Option<String> {
        self.state().text.clone()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.file.state.lock().unwrap()
    }

    fn change(&self, text: Option<&str>) {
        self.state().write(text);
        self.file.changed.send_modify(|count| *count += 1);
    }
}

// === impl File ===

impl File {
    async fn answer(&self, asked: &Asked) -> Said {
        if asked.path != PATH {
            return Said::text(404, "not found");
        }
        let login = self.state.lock().unwrap().login;
        let is_known = |login| asked.header("authorization") == format!("Basic {}", STANDARD.encode(login));
        if !login.is_none_or(is_known) {
            return Said::text(401, "who are you?").with("www-authenticate", "Basic");
        }
        match asked.method {
            Method::PUT => {
                let said = self.state.lock().unwrap().put(asked);
                self.changed.send_modify(|count| *count += 1);
                said
            }
            _ => self.get(asked).await,
        }
    }

    async fn get(&self, asked: &Asked) -> Said {
        let known = asked.header("if-none-match").to_owned();
        let hold = asked.header("prefer").strip_prefix("wait=").and_then(|wait| wait.parse().ok());
        let hold = hold.filter(|_| self.state.lock().unwrap().holds && !known.is_empty());
        let mut changed = self.changed.subscribe();
        let blocked = async {
            while self.state.lock().unwrap().tag().as_deref() == Some(&known) {
                if changed.changed().await.is_err() {
                    return;
                }
            }
        };
        let _held = tokio::time::timeout(Duration::from_secs(hold.unwrap_or(0)), blocked).await;
        let state = self.state.lock().unwrap();
        let Some(text) = &state.text else { return Said::text(404, "not found") };
        let said = match state.tag() {
            None => Said::text(200, text.clone()),
            Some(tag) if tag == known => Said::text(304, "").with("etag", tag),
            Some(tag) => Said::text(200, text.clone()).with("etag", tag),
        };
        if hold.is_some() { said.with("preference-applied", "wait") } else { said }
    }
}

// === impl State ===

impl State {
    fn write(&mut self, text: Option<&str>) {
        self.version += 1;
        self.text = text.map(str::to_owned);
    }

    fn tag(&self) -> Option<String> {
        self.text.as_ref()?;
        self.tags.map(|before| format!("{before}\"v{}\"", self.version))
    }

    fn put(&mut self, asked: &Asked) -> Said {
        if !self.takes_put {
            return Said::text(405, "no");
        }
        if let Some(text) = self.interferes.take() {
            self.write(Some(text));
        }
        let (wanted, unwanted) = (asked.header("if-match"), asked.header("if-none-match"));
        let is_other = !wanted.is_empty() && self.tag().as_deref() != Some(wanted);
        if is_other || (unwanted == "*" && self.text.is_some()) {
            return Said::text(412, "");
        }
        let text = std::str::from_utf8(&asked.body).unwrap().to_owned();
        self.write(Some(&text));
        Said::text(204, "")
    }
}
