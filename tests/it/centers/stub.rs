//! A small HTTP server to write a center's stub on: it goes down, comes back on the same port,
//! cuts what it holds, and misbehaves on demand.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, header::HeaderMap};
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::held_port::{HeldPort, Listening};

/// A request, read whole.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// As it came.
    pub(crate) target: String,
    /// Decoded.
    pub(crate) path: String,
    /// Decoded, the last of equal names.
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What a stub says to a request.
pub(crate) enum Said {
    /// An answer in one piece.
    Whole(StatusCode, Vec<(&'static str, String)>, Bytes),
    /// An answer that goes on for as long as the sender lives.
    Pieces(mpsc::Receiver<Bytes>),
    /// The connection breaks instead.
    Cut,
}

/// How the server misbehaves, whatever the stub would say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Manner {
    /// It doesn't.
    #[default]
    Well,
    /// Answers after a while.
    Slow(Duration),
    /// Takes the question, and never answers.
    Mute,
    /// Answers with this status and text.
    Status(u16, String),
    /// Answers 200 with this text.
    Text(String),
    /// Answers 200 with so many bytes.
    Huge(usize),
    /// Breaks every connection once the question is there.
    Cuts,
}

/// Breaks the connection that it is returned to.
#[derive(Debug, thiserror::Error)]
#[error("the stub cuts this connection")]
struct Cut;

type Body = UnsyncBoxBody<Bytes, Infallible>;

type Answers = dyn Fn(Asked) -> BoxFuture<'static, Said> + Send + Sync;

/// A running server. It ends with its owner.
pub(crate) struct StubServer {
    shared: Arc<Shared>,
    port: HeldPort,
}

struct Shared {
    answers: Box<Answers>,
    manner: Mutex<Manner>,
    asked: Mutex<Vec<Asked>>,
}

// === impl StubServer ===

impl StubServer {
    /// Serves on a port of its own.
    pub(crate) fn start<F, A>(answers: F) -> Self
    where
        F: Fn(Asked) -> A + Send + Sync + 'static,
        A: Future<Output = Said> + Send + 'static,
    {
        let shared = Arc::new(Shared {
            answers: Box::new(move |asked| Box::pin(answers(asked))),
            manner: Mutex::default(),
            asked: Mutex::default(),
        });
        let server = Self { shared, port: HeldPort::any() };
        server.up();
        server
    }

    /// `host:port`.
    pub(crate) fn authority(&self) -> String {
        self.port.address().to_string()
    }

    /// Stops listening and breaks every connection.
    pub(crate) async fn down(&self) {
        self.port.down().await;
    }

    /// Listens again, if it does not.
    pub(crate) fn up(&self) {
        self.port.up(|listener| accept(listener, Arc::clone(&self.shared)));
    }

    /// Breaks every connection, and goes on.
    pub(crate) async fn cut(&self) {
        self.down().await;
        self.up();
    }

    /// Misbehaves from now on.
    pub(crate) fn behave(&self, manner: Manner) {
        *self.shared.manner.lock().unwrap() = manner;
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// How many requests so far were for a path that begins like this.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.shared.asked.lock().unwrap().iter().filter(|asked| asked.path.starts_with(path)).count()
    }
}

/// Connections end with this task.
async fn accept(listener: Listening, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _peer) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let service = service_fn(|request| answer(request, &shared));
            // An answer that is cut ends the connection with an error.
            let _cut = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(request: Request<Incoming>, shared: &Shared) -> Result<Response<Body>, Cut> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    let query = head.uri.query().map(pairs).unwrap_or_default();
    let (target, path) = (head.uri.to_string(), decoded(head.uri.path()));
    let asked = Asked { method: head.method, target, path, query, headers: head.headers, body };
    shared.asked.lock().unwrap().push(asked.clone());
    let manner = shared.manner.lock().unwrap().clone();
    let said = match manner {
        Manner::Well => (shared.answers)(asked).await,
        Manner::Slow(by) => {
            tokio::time::sleep(by).await;
            (shared.answers)(asked).await
        }
        Manner::Mute => std::future::pending().await,
        Manner::Status(status, text) => Said::text(status, text),
        Manner::Text(text) => Said::text(200, text),
        Manner::Huge(bytes) => Said::text(200, vec![b'a'; bytes]),
        Manner::Cuts => Said::Cut,
    };
    said.into_response()
}

// === impl Said ===

impl Said {
    /// An answer with a text.
    pub(crate) fn text(status: u16, text: impl Into<Bytes>) -> Self {
        Self::Whole(StatusCode::from_u16(status).unwrap(), Vec::new(), text.into())
    }

    /// 200 with JSON.
    pub(crate) fn json(value: &serde_json::Value) -> Self {
        Self::text(200, value.to_string()).with("content-type", "application/json")
    }

    /// Adds a header.
    pub(crate) fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        match self {
            Self::Whole(status, mut headers, body) => {
                headers.push((name, value.into()));
                Self::Whole(status, headers, body)
            }
            other => other,
        }
    }

    fn into_response(self) -> Result<Response<Body>, Cut> {
        match self {
            Self::Whole(status, headers, body) => {
                let mut response = Response::builder().status(status);
                for (name, value) in headers {
                    response = response.header(name, value);
                }
                Ok(response.body(Full::new(body).boxed_unsync()).unwrap())
            }
            Self::Pieces(pieces) => {
                let frames = stream::unfold(pieces, async |mut pieces| {
                    let piece = pieces.recv().await?;
                    Some((Ok(Frame::data(piece)), pieces))
                });
                Ok(Response::new(StreamBody::new(frames).boxed_unsync()))
            }
            Self::Cut => Err(Cut),
        }
    }
}

impl Asked {
    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as a form.
    pub(crate) fn form(&self) -> BTreeMap<String, String> {
        pairs(std::str::from_utf8(&self.body).unwrap_or_default())
    }

    /// A header, empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(&name.replace('+', " ")), decoded(&value.replace('+', " ")))
        })
        .collect()
}

fn decoded(text: &str) -> String {
    patchbay::table::percent_decoded(text)
}
