//! What a client is told when something goes wrong: one shape, OpenAI's.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::json;

use super::ReplyBody;

/// The most bytes of a client's own text that an error repeats.
const ECHO_MOST: usize = 256;

/// What kind of thing went wrong. Each has its status, type and code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The request can't be understood.
    BadRequest,
    /// No key, or not one of ours.
    InvalidKey,
    /// No route for the model.
    ModelNotFound,
    /// No such path.
    UnknownPath,
    /// The path exists, the method doesn't.
    MethodNotAllowed,
    /// The request's body took too long.
    RequestTimeout,
    /// The body is over the limit.
    TooLarge,
    /// The target alone is over the limit of a head.
    TargetTooLong,
    /// The head is over the limit.
    HeadTooLarge,
    /// The body is coded in a way that isn't known here.
    UnknownCoding,
    /// Another version of HTTP than those that are spoken here.
    UnknownVersion,
    /// As many requests or connections are open as may be.
    Overloaded,
    /// No backend could be reached, or its answer made no sense.
    Unreachable,
    /// No backend answered in time.
    BackendTimeout,
    /// All backends of the model are taken out of service.
    OutOfService,
    /// The caller has asked for as much as it may.
    RateLimited,
    /// All backends of the model have as much as they are given at once.
    AtLimit,
    /// The answer broke after it had begun.
    Interrupted,
    /// The request has been here before.
    Loop,
    /// The router is not ready.
    NotReady,
    /// A bug of ours.
    Internal,
}

/// An error for a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What went wrong.
    pub kind: FaultKind,
    /// One sentence that says what to do; never an address, never a key.
    pub message: String,
    /// The request's field at fault.
    pub param: Option<&'static str>,
    /// How long to wait before another try, as a backend said it.
    pub retry_after: Option<HeaderValue>,
}

/// Cuts a client's text to a length and makes it printable, so that it forges nothing.
#[must_use]
pub fn clipped(text: &[u8], most: usize) -> String {
    // Nearly every text is one that nothing has to be done to.
    if text.len() <= most
        && text.iter().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'))
        && let Ok(plain) = str::from_utf8(text)
    {
        return plain.to_owned();
    }
    let cut = &text[..text.len().min(most)];
    let shown: String = String::from_utf8_lossy(cut)
        .chars()
        .map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })
        .collect();
    if cut.len() < text.len() {
        format!("{}…", shown.trim_end_matches(char::REPLACEMENT_CHARACTER))
    } else {
        shown
    }
}

// === impl FaultKind ===

impl FaultKind {
    /// Returns the status it is answered with.
    #[must_use]
    pub fn status(self) -> StatusCode {
        self.row().0
    }

    /// Returns `error.code`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> (StatusCode, &'static str, &'static str) {
        const REQUEST: &str = "invalid_request_error";
        const UPSTREAM: &str = "upstream_error";
        const LIMIT: &str = "rate_limit_error";
        match self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, REQUEST, "invalid_request"),
            Self::InvalidKey => (StatusCode::UNAUTHORIZED, REQUEST, "invalid_api_key"),
            Self::ModelNotFound => (StatusCode::NOT_FOUND, REQUEST, "model_not_found"),
            Self::UnknownPath => (StatusCode::NOT_FOUND, REQUEST, "unknown_url"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, REQUEST, "method_not_allowed"),
            Self::RequestTimeout => (StatusCode::REQUEST_TIMEOUT, REQUEST, "request_timeout"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, REQUEST, "request_too_large"),
            Self::TargetTooLong => (StatusCode::URI_TOO_LONG, REQUEST, "url_too_long"),
            Self::HeadTooLarge => {
                (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, REQUEST, "request_head_too_large")
            }
            Self::UnknownCoding => (StatusCode::NOT_IMPLEMENTED, REQUEST, "unknown_coding"),
            Self::UnknownVersion => (StatusCode::HTTP_VERSION_NOT_SUPPORTED, REQUEST, "unknown_version"),
            Self::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "server_error", "overloaded"),
            Self::Unreachable => (StatusCode::BAD_GATEWAY, UPSTREAM, "backend_unreachable"),
            Self::BackendTimeout => (StatusCode::GATEWAY_TIMEOUT, UPSTREAM, "backend_timeout"),
            Self::OutOfService => (StatusCode::SERVICE_UNAVAILABLE, UPSTREAM, "backend_out_of_service"),
            Self::RateLimited => (StatusCode::TOO_MANY_REQUESTS, LIMIT, "rate_limit_exceeded"),
            Self::AtLimit => (StatusCode::TOO_MANY_REQUESTS, LIMIT, "model_at_limit"),
            Self::Interrupted => (StatusCode::BAD_GATEWAY, UPSTREAM, "answer_interrupted"),
            Self::Loop => (StatusCode::LOOP_DETECTED, REQUEST, "routing_loop"),
            Self::NotReady => (StatusCode::SERVICE_UNAVAILABLE, "server_error", "not_ready"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "internal_error"),
        }
    }
}

// === impl Fault ===

impl Fault {
    /// Makes a fault.
    #[must_use]
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), param: None, retry_after: None }
    }

    /// Makes the fault of a request that can't be understood.
    #[must_use]
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(FaultKind::BadRequest, message)
    }

    /// Makes the fault of a router that has as many of these open as it may have.
    #[must_use]
    pub fn overloaded(what: &str) -> Self {
        let message = format!("the router has as many {what} as it may have; try again in a moment");
        let wait = Some(HeaderValue::from_static("1"));
        Self { retry_after: wait, ..Self::new(FaultKind::Overloaded, message) }
    }

    /// Makes the fault of a model that no route answers for.
    #[must_use]
    pub fn unknown_model(asked: Option<&str>, nearest: &[&str], known: usize) -> Self {
        let message = match asked {
            None => "the request names no `model`, and the routing table has no `default`".to_owned(),
            Some(asked) => {
                let asked = clipped(asked.as_bytes(), ECHO_MOST);
                let hint = match nearest {
                    [] => format!("GET /v1/models lists all {known}"),
                    names => format!("did you mean {}?", ticked(names)),
                };
                format!("no route for model `{asked}`; {hint}")
            }
        };
        Self { param: Some("model"), ..Self::new(FaultKind::ModelNotFound, message) }
    }

    /// Makes the fault of a model whose backends get no requests; `out` says of each why.
    #[must_use]
    pub fn out_of_service(model: &str, out: &[String]) -> Self {
        let why = if out.is_empty() { "each has weight 0".to_owned() } else { out.join(", ") };
        let message = format!("no backend of model `{model}` is in service: {why}");
        Self::new(FaultKind::OutOfService, message)
    }

    /// Makes the fault of a model whose backends have no room; `full` says of each how full it is.
    #[must_use]
    pub fn at_limit(model: &str, full: &[String], retry_after: Duration) -> Self {
        let full = full.join(", ");
        let message = |seconds| format!("model `{model}` is at its limit: {full}; try again in {seconds} s");
        Self::later(FaultKind::AtLimit, retry_after, message)
    }

    /// Makes a fault that passes by itself; says so in whole seconds, of which there is at least one.
    #[must_use]
    pub fn later(kind: FaultKind, wait: Duration, message: impl FnOnce(u64) -> String) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let seconds = seconds.max(1);
        Self { retry_after: Some(HeaderValue::from(seconds)), ..Self::new(kind, message(seconds)) }
    }

    /// Returns the body.
    #[must_use]
    pub fn json(&self) -> Bytes {
        let (_, kind, code) = self.kind.row();
        let body =
            json!({"error": {"message": self.message, "type": kind, "param": self.param, "code": code}});
        Bytes::from(body.to_string())
    }

    /// Returns the same as an event of a stream, set off from whatever stood before.
    #[must_use]
    pub fn event(&self) -> Bytes {
        [b"\n\ndata: ", &*self.json(), b"\n\n"].concat().into()
    }

    /// Returns the whole answer.
    #[must_use]
    pub fn response(&self) -> Response<ReplyBody> {
        let body = self.json();
        let mut response = Response::new(ReplyBody::whole(body));
        *response.status_mut() = self.kind.status();
        let headers: &mut HeaderMap = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(wait) = &self.retry_after {
            headers.insert(header::RETRY_AFTER, wait.clone());
        }
        if self.kind == FaultKind::InvalidKey {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

fn ticked(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
