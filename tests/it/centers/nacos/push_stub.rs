//! The gRPC port of a Nacos server, after `nacos_grpc_service.proto` and the server's handlers.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::{BufMut, Bytes, BytesMut};
use h2::server::{SendResponse, handshake};
use h2::{RecvStream, SendStream};
use http::{HeaderMap, Request, Response};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::stub::{DATA_ID, GROUP, State, md5};
use crate::centers::held_port::{HeldPort, Listening};

/// The port of a server.
pub(crate) struct PushStub {
    port: HeldPort,
    state: Arc<State>,
    pub(crate) heard: Arc<Heard>,
}

/// What clients have said.
#[derive(Default)]
pub(crate) struct Heard {
    /// Connections that made themselves known.
    pub(crate) setups: AtomicUsize,
    /// Times that something was to be listened to.
    pub(crate) listens: AtomicUsize,
    /// Answers to "this has changed".
    pub(crate) acks: AtomicUsize,
    /// Answers to "you are known".
    pub(crate) setup_acks: AtomicUsize,
    /// Changes are not told.
    pub(crate) is_deaf: AtomicBool,
}

/// What is known of one connection.
#[derive(Default)]
struct Connection {
    is_registered: AtomicBool,
    listened_md5: Mutex<Option<String>>,
}

// === impl PushStub ===

impl PushStub {
    /// Takes a port; `None` if somebody else has it.
    pub(crate) fn start(port: u16, state: Arc<State>) -> Option<Self> {
        let stub = Self { port: HeldPort::take(port)?, state, heard: Arc::default() };
        stub.up();
        Some(stub)
    }

    /// Stops listening and breaks every connection.
    pub(crate) async fn down(&self) {
        self.port.down().await;
    }

    /// Listens again, if it does not.
    pub(crate) fn up(&self) {
        self.port.up(|listener| accept(listener, Arc::clone(&self.state), Arc::clone(&self.heard)));
    }
}

async fn accept(listener: Listening, state: Arc<State>, heard: Arc<Heard>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _peer) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        connections.spawn(serve(stream, Arc::clone(&state), Arc::clone(&heard)));
    }
}

async fn serve(stream: TcpStream, state: Arc<State>, heard: Arc<Heard>) {
    let Ok(mut http) = handshake(stream).await else { return };
    let connection = Arc::new(Connection::default());
    let mut streams = JoinSet::new();
    while let Some(Ok((request, respond))) = http.accept().await {
        let (state, heard) = (Arc::clone(&state), Arc::clone(&heard));
        let connection = Arc::clone(&connection);
        assert_eq!(request.headers()["content-type"], "application/grpc");
        assert_eq!(request.headers()["te"], "trailers");
        match request.uri().path() {
            "/Request/request" => streams.spawn(call(request, respond, state, heard, connection)),
            "/BiRequestStream/requestBiStream" => {
                streams.spawn(both_ways(request, respond, state, heard, connection))
            }
            other => panic!("no such method: {other}"),
        };
    }
}

async fn call(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    state: Arc<State>,
    heard: Arc<Heard>,
    connection: Arc<Connection>,
) {
    let mut body = request.into_body();
    let mut buffer = BytesMut::new();
    let Some(asked) = message(&mut body, &mut buffer).await else { return };
    let (kind, answer) = answer(&asked, &state, &heard, &connection);
    let response = Response::builder().header("content-type", "application/grpc").body(()).unwrap();
    let Ok(mut stream) = respond.send_response(response, false) else { return };
    let _gone = stream.send_data(encoded(kind, &answer), false);
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", "0".parse().unwrap());
    let _gone = stream.send_trailers(trailers);
}

fn answer(asked: &Message, state: &State, heard: &Heard, connection: &Connection) -> (&'static str, Value) {
    let failed = |code: i64, text: &str| json!({"resultCode": 500, "errorCode": code, "message": text, "success": false});
    let text = state.current();
    match asked.kind.as_str() {
        "ServerCheckRequest" => (
            "ServerCheckResponse",
            json!({"resultCode": 200, "errorCode": 0, "connectionId": "1_127.0.0.1_1"}),
        ),
        _ if !connection.is_registered.load(Ordering::SeqCst) => {
            ("ErrorResponse", failed(301, "Connection is unregistered."))
        }
        "HealthCheckRequest" => ("HealthCheckResponse", json!({"resultCode": 200, "errorCode": 0})),
        "ConfigQueryRequest" if !state.takes(asked.token.as_deref()) => {
            ("ConfigQueryResponse", failed(403, "token invalid!"))
        }
        "ConfigQueryRequest" if !is_ours(&asked.json) => panic!("not listened for: {}", asked.json),
        "ConfigQueryRequest" if state.is_busy() => {
            ("ConfigQueryResponse", failed(400, "requested file is being modified, please try later."))
        }
        "ConfigQueryRequest" => match state.shown() {
            Some(text) => (
                "ConfigQueryResponse",
                json!({"resultCode": 200, "errorCode": 0, "success": true, "content": text,
                    "md5": md5(&text), "contentType": "yaml", "lastModified": 1, "beta": false}),
            ),
            None => ("ConfigQueryResponse", failed(300, "config data not exist")),
        },
        "ConfigPublishRequest" => {
            assert!(is_ours(&asked.json));
            let content = asked.json["content"].as_str().unwrap();
            let is_stored = state.store(content, asked.json["casMd5"].as_str());
            let said = if is_stored {
                json!({"resultCode": 200, "errorCode": 0})
            } else {
                failed(500, "Cas publish fail")
            };
            ("ConfigPublishResponse", said)
        }
        "ConfigBatchListenRequest" => {
            heard.listens.fetch_add(1, Ordering::SeqCst);
            assert_eq!(asked.json["listen"], true);
            let context = &asked.json["configListenContexts"][0];
            assert!(is_ours(context));
            let listened = context["md5"].as_str().unwrap().to_owned();
            let changed = if text.as_deref().map(md5).unwrap_or_default() == listened {
                json!([])
            } else {
                json!([{"dataId": DATA_ID, "group": GROUP, "tenant": context["tenant"]}])
            };
            *connection.listened_md5.lock().unwrap() = Some(listened);
            (
                "ConfigChangeBatchListenResponse",
                json!({"resultCode": 200, "errorCode": 0, "changedConfigs": changed}),
            )
        }
        _ => ("ErrorResponse", failed(302, "RequestHandler Not Found")),
    }
}

fn is_ours(json: &Value) -> bool {
    json["dataId"] == DATA_ID && json["group"] == GROUP
}

/// Headers are sent with the first message only, as grpc-java does.
async fn both_ways(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    state: Arc<State>,
    heard: Arc<Heard>,
    connection: Arc<Connection>,
) {
    let mut body = request.into_body();
    let mut buffer = BytesMut::new();
    let setup = message(&mut body, &mut buffer).await.unwrap();
    assert_eq!(setup.kind, "ConnectionSetupRequest");
    assert!(setup.json["clientVersion"].is_string() && setup.json["labels"]["source"] == "sdk");
    // Calls that overtake the setup are refused.
    tokio::time::sleep(std::time::Duration::from_millis(15)).await;
    connection.is_registered.store(true, Ordering::SeqCst);
    heard.setups.fetch_add(1, Ordering::SeqCst);
    let response = Response::builder().header("content-type", "application/grpc").body(()).unwrap();
    let Ok(mut stream) = respond.send_response(response, false) else { return };
    tell(&mut stream, "SetupAckRequest", &json!({"requestId": "1", "connectionId": "1_127.0.0.1_1"}));
    let mut texts = state.watch();
    loop {
        tokio::select! {
            said = message(&mut body, &mut buffer) => match said.map(|said| said.kind).as_deref() {
                Some("ConfigChangeNotifyResponse") => drop(heard.acks.fetch_add(1, Ordering::SeqCst)),
                Some("SetupAckResponse") => drop(heard.setup_acks.fetch_add(1, Ordering::SeqCst)),
                Some(other) => panic!("nobody asked for {other}"),
                None => return,
            },
            _ = texts.changed() => {
                let now = texts.borrow_and_update().as_deref().map(md5).unwrap_or_default();
                let is_news = connection.listened_md5.lock().unwrap().as_ref().is_some_and(|md5| *md5 != now);
                if is_news && !heard.is_deaf.load(Ordering::SeqCst) {
                    let change = json!({"requestId": "2", "dataId": DATA_ID, "group": GROUP, "tenant": ""});
                    tell(&mut stream, "ConfigChangeNotifyRequest", &change);
                }
            }
        }
    }
}

fn tell(stream: &mut SendStream<Bytes>, kind: &str, json: &Value) {
    let _gone = stream.send_data(encoded(kind, json), false);
}

struct Message {
    kind: String,
    token: Option<String>,
    json: Value,
}

async fn message(body: &mut RecvStream, buffer: &mut BytesMut) -> Option<Message> {
    loop {
        if buffer.len() >= 5 {
            let length = u32::from_be_bytes(buffer[1..5].try_into().unwrap()) as usize;
            if buffer.len() >= 5 + length {
                let frame = buffer.split_to(5 + length);
                return Some(decoded(&frame[5..]));
            }
        }
        let piece = body.data().await?.ok()?;
        let _gone = body.flow_control().release_capacity(piece.len());
        buffer.extend_from_slice(&piece);
    }
}

fn decoded(message: &[u8]) -> Message {
    let metadata = fields(message).find(|(number, _)| *number == 2).unwrap().1;
    let body = fields(message).find(|(number, _)| *number == 3).unwrap().1;
    let value = fields(body).find(|(number, _)| *number == 2).unwrap().1;
    let kind = fields(metadata).find(|(number, _)| *number == 3).unwrap().1;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let token = fields(metadata).filter(|(number, _)| *number == 7).find_map(|(_, entry)| {
        let mut pair = fields(entry).map(|(_, content)| text(content));
        (pair.next()? == "accessToken").then(|| pair.next())?
    });
    Message { kind: text(kind), token, json: serde_json::from_slice(value).unwrap() }
}

/// Fields of a message; all of them have a length.
fn fields(mut message: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (&tag, rest) = message.split_first()?;
        assert_eq!(tag & 7, 2);
        let (mut length, mut used) = (0, 0);
        while {
            length |= usize::from(rest[used] & 0x7f) << (7 * used);
            used += 1;
            rest[used - 1] & 0x80 != 0
        } {}
        message = &rest[used + length..];
        Some((tag >> 3, &rest[used..used + length]))
    })
}

fn encoded(kind: &str, json: &Value) -> Bytes {
    let put = |out: &mut BytesMut, number: u8, content: &[u8]| {
        out.put_u8(number << 3 | 2);
        let mut length = content.len();
        while length >= 0x80 {
            out.put_u8(u8::try_from(length & 0x7f).unwrap() | 0x80);
            length >>= 7;
        }
        out.put_u8(u8::try_from(length).unwrap());
        out.put_slice(content);
    };
    let (mut metadata, mut any, mut message, mut frame) =
        (BytesMut::new(), BytesMut::new(), BytesMut::new(), BytesMut::new());
    put(&mut metadata, 3, kind.as_bytes());
    put(&mut any, 2, json.to_string().as_bytes());
    put(&mut message, 2, &metadata);
    put(&mut message, 3, &any);
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap());
    frame.put_slice(&message);
    frame.freeze()
}
