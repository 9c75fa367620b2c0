//! Questions to one backend, by connections of their own.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method, Response, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::Value;
use tokio::time::timeout;

use super::ProbeError;
use super::answer::Answer;
use crate::echo;
use crate::table::{Address, Backend};
use crate::upstream::{Call, Failure, Offer, Pieces, Stream, Upstream};

/// How long a connection may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// The most that is read of an answer; long lists of models have some hundred thousand bytes.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// What a question bears; the last only with a body.
static HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::USER_AGENT, HeaderValue::from_static(concat!("patchbay-probe/", env!("CARGO_PKG_VERSION")))),
    (header::ACCEPT, HeaderValue::from_static("*/*")),
    (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
];

/// An answer's body as it comes.
pub(super) type AnswerBody = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) method: Method,
    pub(super) place: Place,
    pub(super) body: Pieces,
}

/// Where it is asked.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// Below the base path: `/models`.
    BelowBase(&'static str),
    /// Beside the base path's `/v1`, and not below it.
    BesideV1(&'static str),
    /// From the host's root.
    AtRoot(PathAndQuery),
}

/// Asks one backend; its connections close with it.
pub(super) struct Asker<'b> {
    backend: &'b Backend,
    upstream: Arc<Upstream>,
}

// === impl Question ===

impl Question {
    pub(super) fn get(path: &'static str) -> Self {
        Self::get_at(Place::BelowBase(path))
    }

    pub(super) fn get_at(place: Place) -> Self {
        Self { method: Method::GET, place, body: Pieces::default() }
    }

    pub(super) fn post(path: &'static str, body: &Value) -> Self {
        Self {
            method: Method::POST,
            place: Place::BelowBase(path),
            body: Pieces::whole(body.to_string().into()),
        }
    }
}

// === impl Place ===

impl Place {
    fn path(&self) -> &str {
        match self {
            Self::BelowBase(path) | Self::BesideV1(path) => path,
            Self::AtRoot(path) => path.as_str(),
        }
    }
}

// === impl Asker ===

impl<'b> Asker<'b> {
    pub(super) fn new(backend: &'b Backend) -> Self {
        Self { backend, upstream: Arc::new(Upstream::new(backend)) }
    }

    /// Asks and reads the answer to its end.
    pub(super) async fn ask(&self, question: &Question, limit: Duration) -> Result<Answer, ProbeError> {
        let whole = async {
            let (head, body) = self.begin(question).await?.into_parts();
            // Boxed, since the compiler can't tell otherwise that the whole may go to another thread.
            let body = Limited::new(body, MOST_BYTES).collect().boxed().await.map_err(|error| {
                if error.is::<LengthLimitError>() {
                    ProbeError::TooLarge(MOST_BYTES)
                } else {
                    ProbeError::Broken
                }
            })?;
            Ok(Answer::new(&head, body.to_bytes(), self.backend))
        };
        timeout(limit, whole).await.unwrap_or(Err(ProbeError::Slow(limit)))
    }

    /// Asks and waits for the answer's head.
    pub(super) async fn begin(&self, question: &Question) -> Result<Response<AnswerBody>, ProbeError> {
        if let Address::Echo(spec) = &self.backend.address {
            let answer =
                echo::answer(spec, question.place.path(), &question.method, &question.body.joined()).await;
            return Ok(answer.map(|body| body.map_err(Into::into).boxed_unsync()));
        }
        let answer = self.upstream.send(CONNECT_LIMIT, &self.call(question)).await?;
        Ok(answer.map(|body| body.map_err(Into::into).boxed_unsync()))
    }

    /// Connects and says nothing; an echo is always there.
    pub(super) async fn knock(&self, limit: Duration) -> Result<(), Failure> {
        match self.upstream.connector() {
            Some(connector) => connector.connect(limit, Offer::Best).await.map(drop),
            None => Ok(()),
        }
    }

    /// Returns how many connections were made so far.
    pub(super) fn connections(&self) -> usize {
        self.upstream.opened()
    }

    /// Connects, and writes the request down, for one who wants to close only half of the
    /// connection, which no HTTP client can.
    pub(super) async fn raw(&self, question: &Question) -> Option<(Stream, Vec<u8>)> {
        let text = self.upstream.written(&self.call(question))?;
        let stream = self.upstream.connector()?.connect(CONNECT_LIMIT, Offer::Http1).await.ok()?;
        Some((stream, text))
    }

    fn call<'c>(&'c self, question: &'c Question) -> Call<'c> {
        let target = match (&self.backend.address, &question.place) {
            (Address::Echo(_), _) => None,
            (Address::Http(endpoint), Place::BelowBase(path)) => endpoint.path(path, None),
            (Address::Http(endpoint), Place::BesideV1(path)) => endpoint.root_path(path, None),
            (Address::Http(_), Place::AtRoot(path)) => Some(path.clone()),
        };
        let target = target.unwrap_or(PathAndQuery::from_static("/"));
        let headers = if question.body.is_empty() { &HEADERS[..2] } else { &HEADERS };
        Call { method: &question.method, target, headers, own: &self.backend.headers, body: &question.body }
    }
}
