//! A connection that the server knows.

use std::fmt;
use std::net::IpAddr;

use bytes::Bytes;
use h2::SendStream;
use h2::client::ResponseFuture;
use serde_json::{Value, json};
use tokio::net::UdpSocket;
use tokio::time::{Duration, Instant, sleep};

use super::frames::{Frames, framed};
use super::link::{Link, Mover, answered, broken, ended, moved};
use super::payload::Payload;
use crate::source::center::socket::Stream;
use crate::source::center::{CenterError, Server};

/// "Connection is unregistered": the setup has not arrived yet.
const UNREGISTERED: i64 = 301;
const NO_RIGHT: i64 = 403;

/// "Requested file is being modified", of a query.
const CONFLICT: i64 = 400;
const UNAUTHORIZED: i64 = 401;

/// How long a server may take to know the connection.
const SETUP: Duration = Duration::from_secs(2);

/// A connection on which questions can be asked. If a future of it is dropped, it still works.
#[derive(Debug)]
pub(super) struct Session {
    link: Link,
    mover: Moving,
    theirs: Theirs,
    ours: SendStream<Bytes>,
    client_ip: String,
    /// Whether the server has said that what is listened to has changed.
    pub(super) is_told: bool,
}

/// The server's own questions.
#[derive(Debug)]
enum Theirs {
    /// Nothing has come yet, not even headers.
    Awaited(ResponseFuture),
    Open(Frames),
}

struct Moving(Mover);

impl fmt::Debug for Moving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Moving")
    }
}

// === impl Session ===

impl Session {
    /// Makes itself known to a server.
    pub(super) async fn open(
        stream: Stream,
        server: &Server,
        is_encrypted: bool,
        tenant: &str,
    ) -> Result<Self, CenterError> {
        let client_ip = own_ip(server).await.map_or(String::new(), |ip| ip.to_string());
        let (link, mut mover) = Link::over(stream, server.to_string(), is_encrypted).await?;
        let check = Payload { kind: "ServerCheckRequest".to_owned(), json: json!({"module": "internal"}) };
        let checked = moved(&mut mover, link.clone().call(check.encode(&client_ip, &[]))).await?;
        if checked.kind != "ServerCheckResponse" {
            refused(&checked)?;
            return Err(CenterError::Nonsense("no answer of the gRPC port of Nacos".to_owned()));
        }
        let (response, mut ours) = moved(&mut mover, link.clone().open()).await?;
        let setup = Payload {
            kind: "ConnectionSetupRequest".to_owned(),
            json: json!({
                "module": "internal",
                "clientVersion": concat!("patchbay:", env!("CARGO_PKG_VERSION")),
                "tenant": tenant,
                "labels": {"source": "sdk", "module": "config", "AppName": "patchbay"},
                "abilities": {"remoteAbility": {"supportRemoteConnection": true},
                    "configAbility": {"supportRemoteMetrics": false}, "namingAbility": {}},
            }),
        };
        ours.send_data(framed(&setup.encode(&client_ip, &[])), false).map_err(|error| broken(&error))?;
        Ok(Self {
            link,
            mover: Moving(mover),
            theirs: Theirs::Awaited(response),
            ours,
            client_ip,
            is_told: false,
        })
    }

    /// Asks, and waits for the answer. Until then the server's own questions are answered.
    pub(super) async fn ask(
        &mut self,
        kind: &str,
        json: Value,
        token: Option<&str>,
    ) -> Result<Value, CenterError> {
        let headers: Vec<(&str, &str)> = token.map(|token| ("accessToken", token)).into_iter().collect();
        let payload = Payload { kind: kind.to_owned(), json };
        let message = payload.encode(&self.client_ip, &headers);
        let began = Instant::now();
        loop {
            let answer = self.call(message.clone()).await?;
            match refused(&answer) {
                Err(CenterError::Refused(_))
                    if code(&answer.json) == UNREGISTERED && began.elapsed() < SETUP =>
                {
                    sleep(Duration::from_millis(10)).await;
                }
                Err(error) => return Err(error),
                Ok(()) => return Ok(answer.json),
            }
        }
    }

    async fn call(&mut self, message: Bytes) -> Result<Payload, CenterError> {
        let answer = self.link.clone().call(message);
        tokio::pin!(answer);
        loop {
            let theirs = tokio::select! {
                biased;
                answer = &mut answer => return answer,
                theirs = self.theirs.next() => theirs?,
                end = self.mover.0.as_mut() => return Err(ended(end)),
            };
            self.reply(&theirs)?;
        }
    }

    /// Waits for a question of the server and answers it.
    pub(super) async fn listen(&mut self) -> Result<(), CenterError> {
        let theirs = moved(&mut self.mover.0, self.theirs.next()).await?;
        self.reply(&theirs)
    }

    fn reply(&mut self, asked: &Payload) -> Result<(), CenterError> {
        let Some(name) = asked.kind.strip_suffix("Request") else { return Ok(()) };
        match name {
            "ConfigChangeNotify" => self.is_told = true,
            "ClientDetection" | "SetupAck" => {}
            "ConnectReset" => {
                return Err(CenterError::Unreachable("it sent us to another server".to_owned()));
            }
            _ => return Ok(()),
        }
        let id = asked.json.get("requestId").cloned().unwrap_or_default();
        let reply = Payload {
            kind: format!("{name}Response"),
            json: json!({"resultCode": 200, "errorCode": 0, "success": true, "requestId": id}),
        };
        let message = framed(&reply.encode(&self.client_ip, &[]));
        self.ours.send_data(message, false).map_err(|error| broken(&error))
    }
}

// === impl Theirs ===

impl Theirs {
    async fn next(&mut self) -> Result<Payload, CenterError> {
        loop {
            match self {
                Self::Awaited(response) => *self = Self::Open(answered(response).await?),
                Self::Open(frames) => {
                    let closed = || CenterError::Unreachable("it closed the stream of changes".to_owned());
                    return frames.next().await?.ok_or_else(closed);
                }
            }
        }
    }
}

/// Returns the address by which the server sees us; its rules for trying a text out on a few
/// clients go by that. Nothing is sent.
async fn own_ip(server: &Server) -> Option<IpAddr> {
    for any in ["0.0.0.0:0", "[::]:0"] {
        if let Ok(socket) = UdpSocket::bind(any).await
            && socket.connect((server.host.as_str(), server.port)).await.is_ok()
        {
            return socket.local_addr().ok().map(|address| address.ip());
        }
    }
    None
}

fn code(answer: &Value) -> i64 {
    answer.get("errorCode").and_then(Value::as_i64).unwrap_or_default()
}

/// Tells whether a document can't be read now, but in a moment.
pub(super) fn is_being_changed(answer: &Value) -> bool {
    code(answer) == CONFLICT
}

/// Tells whether an answer is a refusal.
pub(super) fn refused(answer: &Payload) -> Result<(), CenterError> {
    let result = answer.json.get("resultCode").and_then(Value::as_i64);
    let is_query = answer.kind == "ConfigQueryResponse";
    match (result, code(&answer.json)) {
        (Some(200), _) => Ok(()),
        (_, CONFLICT) if is_query => Ok(()),
        (_, 300) if is_query => Err(CenterError::Missing),
        (_, code @ (NO_RIGHT | UNAUTHORIZED)) => Err(CenterError::Unauthorized(format!("error {code}"))),
        (_, code) => Err(CenterError::Refused(format!("error {code}"))),
    }
}
