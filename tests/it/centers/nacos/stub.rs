//! A Nacos server with one data id, after the manuals of 1.x, 2.x and 3.x.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use md5::{Digest, Md5};
use serde_json::json;
use tokio::sync::watch;

use super::instances::Instances;
use super::push_stub::PushStub;
use crate::centers::stub::{Asked, Said, StubServer};

/// Which APIs the server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generation {
    /// 1.x and 2.x: the older HTTP API with its long poll.
    Second,
    /// 3.0 and 3.1, which have that API too, and logins of both kinds.
    Both,
    /// 3.x without compatibility: `/nacos/v3` only.
    Third,
}

/// A running server.
pub(crate) struct NacosStub {
    pub(crate) server: StubServer,
    pub(crate) push: Option<PushStub>,
    pub(crate) state: Arc<State>,
}

pub(crate) struct State {
    generation: Generation,
    /// The namespace's id, empty for `public`.
    tenant: &'static str,
    text: watch::Sender<Option<String>>,
    /// User and password, if it asks for them.
    login: Option<(&'static str, &'static str)>,
    /// Tokens before this one are refused.
    oldest_token: AtomicUsize,
    newest_token: AtomicUsize,
    /// What logins say of how long they last, in seconds.
    pub(crate) token_ttl: AtomicUsize,
    /// `casMd5` is not looked at, as in r-nacos.
    pub(crate) ignores_cas: AtomicBool,
    /// So many reads after the next publication show what was there before.
    pub(crate) lag: AtomicUsize,
    lagging_reads: AtomicUsize,
    /// So many reads are told that the document is being changed.
    pub(crate) busy_reads: AtomicUsize,
    before: Mutex<Option<String>>,
    /// Is published by somebody else right before the next publication.
    pub(crate) rival_before: Mutex<Option<String>>,
    /// Is published by somebody else right after the next publication.
    pub(crate) rival_after: Mutex<Option<String>>,
    /// How long a question is held.
    pub(crate) hold: Mutex<Duration>,
    instances: Instances,
    /// What the data ids of long proposals hold; nothing of the above is about those.
    others: Mutex<BTreeMap<String, String>>,
}

pub(crate) const DATA_ID: &str = "routes.yaml";
pub(crate) const GROUP: &str = "DEFAULT_GROUP";
const PROPOSAL: &str = ".proposal";
const CONFLICT: &str = "Cas publish fail, server md5 may have changed.";

// === impl NacosStub ===

impl NacosStub {
    pub(crate) fn start(generation: Generation) -> Self {
        Self::with(generation, "", None)
    }

    pub(crate) fn with(
        generation: Generation,
        tenant: &'static str,
        login: Option<(&'static str, &'static str)>,
    ) -> Self {
        let state = Arc::new(State {
            generation,
            tenant,
            text: watch::Sender::new(None),
            login,
            oldest_token: AtomicUsize::new(1),
            newest_token: AtomicUsize::new(0),
            token_ttl: AtomicUsize::new(18_000),
            ignores_cas: AtomicBool::new(false),
            lag: AtomicUsize::new(0),
            lagging_reads: AtomicUsize::new(0),
            busy_reads: AtomicUsize::new(0),
            before: Mutex::default(),
            rival_before: Mutex::default(),
            rival_after: Mutex::default(),
            hold: Mutex::new(Duration::from_secs(29)),
            instances: Instances::default(),
            others: Mutex::default(),
        });
        let answers = Arc::clone(&state);
        let server = StubServer::start(move |asked| {
            let state = Arc::clone(&answers);
            async move { state.answer(&asked).await }
        });
        Self { server, push: None, state }
    }

    /// A server that has the gRPC port too.
    pub(crate) fn pushing(generation: Generation, login: Option<(&'static str, &'static str)>) -> Self {
        loop {
            let mut stub = Self::with(generation, "", login);
            let authority = stub.server.authority();
            let port: u16 = authority.rsplit(':').next().unwrap().parse().unwrap();
            stub.push = PushStub::start(port + 1000, Arc::clone(&stub.state));
            if stub.push.is_some() {
                return stub;
            }
        }
    }

    /// Stops and breaks every connection.
    pub(crate) async fn down(&self) {
        self.server.down().await;
        if let Some(push) = &self.push {
            push.down().await;
        }
    }

    /// Comes back.
    pub(crate) fn up(&self) {
        self.server.up();
        if let Some(push) = &self.push {
            push.up();
        }
    }

    /// The address of the document.
    pub(crate) fn url(&self) -> String {
        format!("nacos://{}/{DATA_ID}", self.server.authority())
    }

    /// The address with a login.
    pub(crate) fn url_as(&self, user: &str, password: &str) -> String {
        format!("nacos://{user}:{password}@{}/{DATA_ID}", self.server.authority())
    }

    pub(crate) fn put(&self, text: &str) {
        self.state.change(text);
    }

    pub(crate) fn delete(&self) {
        self.state.text.send_replace(None);
    }

    pub(crate) fn current(&self) -> Option<String> {
        self.state.current()
    }

    /// Forgets every login.
    pub(crate) fn expire_logins(&self) {
        let newest = self.state.newest_token.load(Ordering::SeqCst);
        self.state.oldest_token.store(newest + 1, Ordering::SeqCst);
    }
}

// === impl State ===

impl State {
    pub(super) fn current(&self) -> Option<String> {
        self.text.borrow().clone()
    }

    pub(super) fn watch(&self) -> watch::Receiver<Option<String>> {
        self.text.subscribe()
    }

    async fn answer(&self, asked: &Asked) -> Said {
        let is_second = self.generation != Generation::Third;
        if self.is_logged_in(asked) {
            let naming = if is_second { self.instances.first(asked) } else { self.instances.third(asked) };
            if let Some(said) = naming.or_else(|| self.other(asked)) {
                return said;
            }
        }
        let ours = if is_second { "/nacos/v1/" } else { "/nacos/v3/" };
        match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", "/nacos/v1/auth/login" | "/nacos/v1/auth/users/login") if is_second => {
                self.log_in(asked)
            }
            ("POST", "/nacos/v3/auth/user/login") if self.generation != Generation::Second => {
                self.log_in(asked)
            }
            (_, path) if path.starts_with(ours) && !self.is_logged_in(asked) => fault(403, "token invalid!"),
            ("GET", "/nacos/v1/cs/configs") if is_second && self.is_busy() => {
                Said::text(409, "requested file is being modified, please try later.")
            }
            ("GET", "/nacos/v1/cs/configs") if is_second => match self.shown() {
                Some(_) if !self.is_ours(asked.query.get("group"), asked.query.get("tenant")) => {
                    Said::text(404, "config data not exist")
                }
                Some(text) => Said::text(200, text).with("content-type", "text/plain"),
                None => Said::text(404, "config data not exist"),
            },
            ("POST", "/nacos/v1/cs/configs") if is_second && self.publish(asked) => Said::text(200, "true"),
            ("POST", "/nacos/v1/cs/configs") if is_second => Said::text(500, CONFLICT),
            ("POST", "/nacos/v1/cs/configs/listener") if is_second => self.listen(asked).await,
            ("GET", "/nacos/v3/client/cs/config") if !is_second => match self.shown() {
                Some(text) if self.is_ours(asked.query.get("groupName"), asked.query.get("namespaceId")) => {
                    Said::json(&json!({"code": 0, "message": "success", "data": {
                        "resultCode": 200, "errorCode": 0, "message": null, "requestId": null,
                        "content": text, "encryptedDataKey": null, "contentType": "yaml",
                        "md5": md5(&text), "lastModified": 1, "tag": null, "beta": false, "success": true
                    }}))
                }
                _ => Said::json(&json!({"code": 20004, "message": "resource not found", "data": null})),
            },
            ("POST", "/nacos/v3/admin/cs/config") if !is_second && self.publish(asked) => {
                Said::json(&json!({"code": 0, "message": "success", "data": true}))
            }
            ("POST", "/nacos/v3/admin/cs/config") if !is_second => {
                let refusal = json!({"code": 20005, "message": "resource conflict", "data": CONFLICT});
                Said::text(500, refusal.to_string())
            }
            (_, path) if path.starts_with("/nacos/v1/") => fault(410, "Current API will be deprecated"),
            _ => fault(404, "No endpoint"),
        }
    }

    /// Answers by the API of 1.x about the data id where long proposals stand.
    fn other(&self, asked: &Asked) -> Option<Said> {
        let form = asked.form();
        if asked.path == "/nacos/v1/cs/configs/listener" {
            let id = form.get("Listening-Configs")?.split('\u{2}').next()?;
            return id.ends_with(PROPOSAL).then(|| Said::text(200, format!("{id}%02{GROUP}%01\n")));
        }
        let id = asked.query.get("dataId").or(form.get("dataId")).filter(|id| id.ends_with(PROPOSAL))?;
        let mut others = self.others.lock().unwrap();
        match (asked.method.as_str(), asked.path.as_str(), others.get(id)) {
            ("GET", "/nacos/v1/cs/configs", Some(text)) => Some(Said::text(200, text.clone())),
            ("GET", "/nacos/v1/cs/configs", None) => Some(Said::text(404, "config data not exist")),
            ("POST", "/nacos/v1/cs/configs", present) => {
                let (cas, md5) = (asked.header("casMd5"), present.map(|text| md5(text)).unwrap_or_default());
                if !cas.is_empty() && cas != md5 {
                    return Some(Said::text(500, CONFLICT));
                }
                others.insert(id.clone(), form["content"].clone());
                Some(Said::text(200, "true"))
            }
            _ => None,
        }
    }

    fn log_in(&self, asked: &Asked) -> Said {
        // A servlet takes parameters from the query and from a form alike.
        let form = asked.form();
        let parameter = |name: &str| form.get(name).or(asked.query.get(name)).map(String::as_str);
        let given = (parameter("username"), parameter("password"));
        match self.login {
            Some((user, password)) if given == (Some(user), Some(password)) => {
                let number = self.newest_token.fetch_add(1, Ordering::SeqCst) + 1;
                let login = json!({"accessToken": format!("token-{number}"), "globalAdmin": false,
                    "tokenTtl": self.token_ttl.load(Ordering::SeqCst), "username": user});
                Said::json(&login)
            }
            _ => self.refuse_login(asked, parameter("username")),
        }
    }

    /// What the servers of Alibaba's source say.
    fn refuse_login(&self, asked: &Asked, user: Option<&str>) -> Said {
        let is_known = self.login.is_some_and(|(known, _)| user == Some(known));
        match self.generation {
            Generation::Second => fault(500, "Server failed, ErrCode:0, ErrMsg:user not found!"),
            Generation::Both if asked.path.starts_with("/nacos/v1/") => {
                fault(500, "Handle API Compatibility failed, please see log for detail.")
            }
            _ if is_known => fault(500, "No message available"),
            _ => fault(403, "Access Denied"),
        }
    }

    fn is_logged_in(&self, asked: &Asked) -> bool {
        self.takes(asked.query.get("accessToken").map(String::as_str))
    }

    /// Tells whether a token is still good.
    pub(super) fn takes(&self, token: Option<&str>) -> bool {
        let number = token.and_then(|token| token.strip_prefix("token-")?.parse::<usize>().ok());
        self.login.is_none()
            || number.is_some_and(|number| number >= self.oldest_token.load(Ordering::SeqCst))
    }

    fn is_ours(&self, group: Option<&String>, tenant: Option<&String>) -> bool {
        group.is_some_and(|group| group == GROUP) && tenant.map_or("", String::as_str) == self.tenant
    }

    /// Tells whether a read comes while the document is being changed.
    pub(super) fn is_busy(&self) -> bool {
        self.busy_reads.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok()
    }

    pub(super) fn shown(&self) -> Option<String> {
        let lags = self.lagging_reads.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        match lags {
            Ok(_) => self.before.lock().unwrap().clone(),
            Err(_) => self.text.borrow().clone(),
        }
    }

    fn publish(&self, asked: &Asked) -> bool {
        let form = asked.form();
        assert_eq!(form["dataId"], DATA_ID);
        self.store(&form["content"], Some(asked.header("casMd5")).filter(|md5| !md5.is_empty()))
    }

    fn change(&self, text: &str) {
        *self.before.lock().unwrap() = self.current();
        self.lagging_reads.store(self.lag.swap(0, Ordering::SeqCst), Ordering::SeqCst);
        self.text.send_replace(Some(text.to_owned()));
    }

    /// There is no "only if there is none": `casMd5` of a missing document creates it.
    pub(super) fn store(&self, text: &str, cas: Option<&str>) -> bool {
        if let Some(rival) = self.rival_before.lock().unwrap().take() {
            self.text.send_replace(Some(rival));
        }
        let present = self.text.borrow().clone();
        let has_changed = cas.zip(present.as_ref()).is_some_and(|(cas, present)| md5(present) != cas);
        if has_changed && !self.ignores_cas.load(Ordering::SeqCst) {
            return false;
        }
        self.change(text);
        if let Some(rival) = self.rival_after.lock().unwrap().take() {
            self.text.send_replace(Some(rival));
        }
        true
    }

    async fn listen(&self, asked: &Asked) -> Said {
        let form = asked.form();
        let question = form.get("Listening-Configs").cloned().unwrap_or_default();
        let fields: Vec<&str> = question.trim_end_matches('\u{1}').split('\u{2}').collect();
        // Wrong separators listen to nothing: an empty answer at once.
        if !question.ends_with('\u{1}') || fields.len() < 3 || fields[0] != DATA_ID {
            return Said::text(200, "");
        }
        assert_eq!(fields[1], GROUP);
        assert_eq!(fields.get(3).copied().unwrap_or_default(), self.tenant);
        let mut texts = self.text.subscribe();
        let has_changed = async {
            let differs = |text: &Option<String>| text.as_deref().map(md5).unwrap_or_default() != fields[2];
            let _gone = texts.wait_for(differs).await;
        };
        let hold = if asked.header("Long-Pulling-Timeout-No-Hangup") == "true" {
            Duration::ZERO
        } else {
            assert!(asked.header("Long-Pulling-Timeout").parse::<u64>().unwrap() >= 10_000);
            *self.hold.lock().unwrap()
        };
        match tokio::time::timeout(hold, has_changed).await {
            Ok(()) if self.tenant.is_empty() => Said::text(200, format!("{DATA_ID}%02{GROUP}%01\n")),
            Ok(()) => Said::text(200, format!("{DATA_ID}%02{GROUP}%02{}%01\n", self.tenant)),
            Err(_) => Said::text(200, ""),
        }
    }
}

/// An error as Spring writes them.
fn fault(status: u16, message: &str) -> Said {
    let body = json!({"timestamp": "2026-11-23T06:00:00.000+08:00", "status": status, "message": message});
    Said::text(status, body.to_string()).with("content-type", "application/json")
}

pub(crate) fn md5(text: &str) -> String {
    let digest = Md5::digest(text.as_bytes());
    digest
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]))
        .collect()
}
