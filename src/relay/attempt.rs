//! One try at one backend: send the request, wait for the first byte of the answer.

use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use tokio::time::timeout_at;

use super::answer::{AnswerBody, AnswerError};
use super::ask::Operation;
use super::events::Prelude;
use super::gate;
use super::patience::Limits;
use super::plan::{Ended, May};
use crate::echo;
use crate::live::Snapshot;
use crate::load::Cause;
use crate::table::{Address, Endpoint, RetryOn, Target};
use crate::upstream::{Call, Failure, Pieces};

/// What all tries of a request share.
#[derive(Clone)]
pub(super) struct Sent {
    pub(super) operation: Operation,
    pub(super) method: Method,
    pub(super) query: Option<String>,
    /// The client's headers, cleaned.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// Whether the body names its model.
    pub(super) names_model: bool,
    /// Whether the client doesn't get events that are broken.
    pub(super) leaves_out_broken: bool,
}

/// An answer that has begun: its head, its first bytes, and the rest to come.
pub(super) struct Begun {
    pub(super) head: Response<()>,
    pub(super) first: Option<Bytes>,
    /// The text of the error that it is or begins with.
    pub(super) error: Option<Bytes>,
    /// A stream that has not shown its first useful token yet.
    pub(super) tokenless: Option<Prelude>,
    pub(super) rest: AnswerBody,
}

/// Why a try came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum TryError {
    /// No head.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// A head, and then a broken body before its first byte.
    #[error("the backend broke its answer off before the first byte")]
    Broken(#[source] AnswerError),
    /// The time for all tries together ran out.
    #[error("the request's total limit of {0:?} was over before the first byte")]
    Total(Duration),
    /// A switch of protocols that nobody asked for.
    #[error("the backend switched protocols unasked")]
    Switched,
}

/// Asks one backend. The head is held until it is clear that an answer follows, since until then
/// another backend may still give it.
pub(super) async fn attempt(
    snapshot: &Snapshot,
    target: &Target,
    sent: &Sent,
    body: &Pieces,
    limits: Limits,
) -> Result<Begun, TryError> {
    let Limits { timeouts, asked, deadline } = limits;
    let limit = timeouts.first_byte;
    let first_byte = asked + limit;
    let total = timeouts.total.zip(deadline).filter(|(_, deadline)| *deadline < first_byte);
    let until = total.map_or(first_byte, |(_, deadline)| deadline);
    match (timeout_at(until, begin(snapshot, target, sent, body)).await, total) {
        (Ok(result), _) => result,
        (Err(_elapsed), Some((total, _))) => Err(TryError::Total(total)),
        (Err(_elapsed), None) => Err(Failure::FirstByteTimeout(limit).into()),
    }
}

async fn begin(snapshot: &Snapshot, target: &Target, sent: &Sent, body: &Pieces) -> Result<Begun, TryError> {
    let backend = snapshot.table.backend(target.backend);
    let (head, mut rest) = match &backend.address {
        Address::Echo(spec) => {
            let answer = echo::answer(spec, &sent.operation.path, &sent.method, &body.joined()).await;
            let (head, rest) = answer.into_parts();
            (head, AnswerBody::Echo(rest))
        }
        Address::Http(endpoint) => {
            let upstream = snapshot.upstream(target.backend);
            let call = Call {
                method: &sent.method,
                target: sent.target(endpoint),
                headers: &sent.headers,
                own: &backend.headers,
                body,
            };
            let answer = upstream.send(target.timeouts.connect, &call).await?;
            let (head, rest) = answer.into_parts();
            (head, AnswerBody::Upstream(rest))
        }
    };
    if head.status == StatusCode::SWITCHING_PROTOCOLS {
        return Err(TryError::Switched);
    }
    let opening = gate::open(head.status, &head.headers, &mut rest, sent.leaves_out_broken).await;
    let gate::Opening { first, error, tokenless } = opening.map_err(TryError::Broken)?;
    Ok(Begun { head: Response::from_parts(head, ()), first, error, tokenless, rest })
}

// === impl Sent ===

impl Sent {
    /// Returns the path and the query at a backend.
    fn target(&self, endpoint: &Endpoint) -> PathAndQuery {
        let query = self.query.as_deref();
        let target = if self.operation.rootless && !self.names_model {
            endpoint.root_path(&self.operation.path, query)
        } else {
            endpoint.path(&self.operation.path, query)
        };
        target.unwrap_or(PathAndQuery::from_static("/"))
    }
}

// === impl Begun ===

impl Begun {
    /// Says in a few words what was wrong with it.
    pub(super) fn failure(&self) -> String {
        match self.head.status() {
            status if status.is_client_error() || status.is_server_error() => {
                format!("status {}", status.as_u16())
            }
            _ => "an error instead of an answer".to_owned(),
        }
    }
}

// === impl TryError ===

impl TryError {
    /// Tells whether nothing came in time.
    pub(super) fn is_silence(&self) -> bool {
        match self {
            Self::Failure(failure) => failure.is_timeout(),
            Self::Total(_) => true,
            Self::Broken(_) | Self::Switched => false,
        }
    }

    /// Returns what it says of the backend.
    pub(super) fn cause(&self) -> Cause {
        match self {
            Self::Failure(Failure::FirstByteTimeout(_)) | Self::Total(_) => Cause::Silent,
            Self::Failure(Failure::HeadCut(_) | Failure::NotTaken(_) | Failure::GivenUp(_))
            | Self::Broken(_) => Cause::Cut,
            Self::Failure(_) | Self::Switched => Cause::Unreachable,
        }
    }

    /// Returns how the try ended, if another one is wanted after it.
    pub(super) fn ended(&self, on: &RetryOn) -> Option<Ended> {
        let (wanted, may) =
            if self.is_silence() { (on.timeout, May::OtherBackend) } else { (on.connect, May::Anywhere) };
        wanted.then_some(Ended { may, retry_after: None })
    }
}
