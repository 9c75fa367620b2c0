//! The document over gRPC.

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::{Duration, Instant, timeout};

use super::session::{Session, is_being_changed};
use crate::source::center::nacos::access::Access;
use crate::source::center::nacos::place::Place;
use crate::source::center::socket::{Servers, within};
use crate::source::center::{CenterAddress, CenterError, Fetched};
use crate::table::Secret;

/// The gRPC port is so far above the HTTP port.
const PORT_OFFSET: u16 = 1000;

/// How long one exchange may take.
const LIMIT: Duration = Duration::from_secs(3);

/// How long one wait listens.
const HOLD: Duration = Duration::from_secs(30);

/// Between two signs of life, as the servers expect them.
const ALIVE: Duration = Duration::from_secs(5);

/// The channel to one of the servers.
#[derive(Debug)]
pub(in crate::source::center::nacos) struct Push {
    servers: Servers,
    /// Whoever finds it in use opens one of their own.
    kept: Mutex<Option<Session>>,
}

// === impl Push ===

impl Push {
    pub(in crate::source::center::nacos) fn new(address: &CenterAddress) -> Result<Self, CenterError> {
        let mut address = address.clone();
        for server in &mut address.servers {
            server.port = server.port.saturating_add(PORT_OFFSET);
        }
        Ok(Self { servers: Servers::speaking(address, b"h2")?, kept: Mutex::new(None) })
    }

    /// Tells whether a server takes connections there.
    pub(in crate::source::center::nacos) async fn is_there(&self, place: &Place) -> bool {
        let Ok(session) = self.connect(place).await else { return false };
        *self.kept.lock().await = Some(session);
        true
    }

    /// Reads the document; `None` while the server is about to change it.
    pub(in crate::source::center::nacos) async fn read(
        &self,
        access: &Access,
        place: &Place,
    ) -> Result<Option<Fetched>, CenterError> {
        let answer = self.ask(access, place, "ConfigQueryRequest", &question(place)).await?;
        fetched(&answer, place)
    }

    /// Publishes a text; `false` if the server refused to, since what it has is not `expected`.
    pub(in crate::source::center::nacos) async fn publish(
        &self,
        access: &Access,
        place: &Place,
        text: &str,
        expected: Option<&str>,
    ) -> Result<bool, CenterError> {
        let mut json = question(place);
        json["content"] = text.into();
        json["casMd5"] = expected.into();
        json["additionMap"] = json!({"type": place.kind()});
        match self.ask(access, place, "ConfigPublishRequest", &json).await {
            Ok(_) => Ok(true),
            Err(CenterError::Refused(_)) if expected.is_some() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Waits until the server says that the text no longer has this md5, for a while. Tells
    /// whether it said so.
    pub(in crate::source::center::nacos) async fn wait(
        &self,
        access: &Access,
        place: &Place,
        md5: &str,
    ) -> Result<bool, CenterError> {
        let token = access.token().await?;
        let mut kept = self.kept.lock().await;
        let session = match &mut *kept {
            Some(session) => session,
            none => none.insert(self.connect(place).await?),
        };
        let told = wait_on(session, place, md5, token.as_ref().map(Secret::expose)).await;
        if told.is_err() {
            *kept = None;
        }
        if matches!(told, Err(CenterError::Unauthorized(_))) {
            access.forget();
        }
        told
    }

    /// Asks with a login; one that is refused is renewed once.
    async fn ask(
        &self,
        access: &Access,
        place: &Place,
        kind: &str,
        json: &Value,
    ) -> Result<Value, CenterError> {
        let mut is_fresh = false;
        loop {
            let token = access.token().await?;
            let answer = self.exchange(place, kind, json, token.as_ref().map(Secret::expose)).await;
            if !matches!(answer, Err(CenterError::Unauthorized(_))) || token.is_none() || is_fresh {
                return answer;
            }
            access.forget();
            is_fresh = true;
        }
    }

    async fn exchange(
        &self,
        place: &Place,
        kind: &str,
        json: &Value,
        token: Option<&str>,
    ) -> Result<Value, CenterError> {
        if let Ok(mut kept) = self.kept.try_lock()
            && let Some(session) = &mut *kept
        {
            let answer = within(LIMIT, session.ask(kind, json.clone(), token)).await;
            if !is_broken(&answer) {
                return answer;
            }
            // It may have died long ago; only a new one can tell.
            *kept = None;
        }
        let mut session = self.connect(place).await?;
        let answer = within(LIMIT, session.ask(kind, json.clone(), token)).await;
        if !is_broken(&answer)
            && let Ok(mut kept) = self.kept.try_lock()
        {
            *kept = Some(session);
        }
        answer
    }

    async fn connect(&self, place: &Place) -> Result<Session, CenterError> {
        let mut last = CenterError::Silent(LIMIT);
        for (at, server) in self.servers.in_order() {
            let opening = async {
                let stream = self.servers.connect(server).await?;
                Session::open(stream, server, self.servers.address().tls, &place.tenant).await
            };
            match within(self.servers.turn(), opening).await {
                Ok(session) => {
                    self.servers.prefer(at);
                    return Ok(session);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// Reads the answer to a query; `None` while the server is about to change the document.
pub(super) fn fetched(answer: &Value, place: &Place) -> Result<Option<Fetched>, CenterError> {
    match answer.get("content") {
        _ if is_being_changed(answer) => Ok(None),
        Some(Value::String(content)) => Ok(Some(place.document(Bytes::copy_from_slice(content.as_bytes())))),
        _ => Err(CenterError::Nonsense("a document without content".to_owned())),
    }
}

async fn wait_on(
    session: &mut Session,
    place: &Place,
    md5: &str,
    token: Option<&str>,
) -> Result<bool, CenterError> {
    let mut context = question(place);
    context["md5"] = md5.into();
    let listening = json!({"module": "config", "listen": true, "configListenContexts": [context]});
    session.is_told = false;
    let answer = within(LIMIT, session.ask("ConfigBatchListenRequest", listening, token)).await?;
    let changed = answer.get("changedConfigs").and_then(Value::as_array);
    if changed.is_some_and(|changed| !changed.is_empty()) {
        return Ok(true);
    }
    let began = Instant::now();
    while !session.is_told && began.elapsed() < HOLD {
        match timeout(ALIVE, session.listen()).await {
            Ok(heard) => heard?,
            Err(_quiet) => {
                let check = json!({"module": "internal"});
                within(LIMIT, session.ask("HealthCheckRequest", check, token)).await?;
            }
        }
    }
    Ok(session.is_told)
}

fn question(place: &Place) -> Value {
    json!({"module": "config", "dataId": place.data_id, "group": place.group, "tenant": place.tenant})
}

/// Tells whether the connection is at fault.
fn is_broken(answer: &Result<Value, CenterError>) -> bool {
    matches!(answer, Err(CenterError::Unreachable(_) | CenterError::Silent(_) | CenterError::Nonsense(_)))
}
