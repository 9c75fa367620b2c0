//! What a request that changes something has to say: from whom, on which condition, how long its
//! answer may wait.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Uri, header, request::Parts};
use axum::response::Response;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::guard::Sender;
use super::port::refusal;
use crate::control::{Order, user_of};
use crate::live::Author;
use crate::table::parse_duration;

/// The most bytes of a document, as of a file.
const MOST_TEXT: usize = 4 * 1024 * 1024;
/// The most bytes of a command.
const MOST_JSON: usize = 64 * 1024;
/// How long a body may take.
const BODY_LIMIT: Duration = Duration::from_secs(30);
/// How long an answer waits for a change to be live, if the request doesn't say.
const USUAL_WAIT: Duration = Duration::from_secs(10);
/// The longest such wait.
const LONGEST_WAIT: Duration = Duration::from_secs(600);
/// The most characters of a reason that are kept.
const MOST_WHY: usize = 1000;

/// A request to change something, whose body has not been read.
pub(super) struct Demand {
    /// Who, and on which conditions.
    pub(super) order: Order,
    content_type: String,
    body: Body,
}

/// Why it is none.
pub(super) type Refused = Box<Response>;

pub(super) fn refused<T>(status: StatusCode, message: &str) -> Result<T, Refused> {
    Err(Box::new(refusal(status, message)))
}

// === impl Demand ===

impl Demand {
    /// Reads the head of a request; `how` is what the command is called.
    pub(super) fn of(request: Request, how: &str) -> Result<Self, Refused> {
        let (Parts { headers, uri, extensions, .. }, body) = request.into_parts();
        let if_generation = if_match(&headers)?;
        let query = query(&uri)?;
        let sender = extensions.get::<Sender>().cloned().unwrap_or(Sender::Unknown);
        let author = Author {
            who: who(&sender, &headers),
            how: how.to_owned(),
            why: query.get("why").and_then(|w| why(w)),
        };
        let dry_run = flag(&query, "dry_run")?.unwrap_or(false);
        let probe = flag(&query, "probe")?.unwrap_or(true);
        let wait = query.get("wait").map_or(Some(USUAL_WAIT), |text| match text.as_str() {
            "0" => Some(Duration::ZERO),
            text => parse_duration(text),
        });
        let Some(wait) = wait.filter(|wait| *wait <= LONGEST_WAIT) else {
            return refused(StatusCode::BAD_REQUEST, "`wait` is a duration up to 10m, such as 10s, or 0");
        };
        let content_type = text(&headers, header::CONTENT_TYPE.as_str()).unwrap_or_default();
        let content_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Ok(Self {
            order: Order { author, if_generation, dry_run, wait, drain_old: false, probe, lasting: None },
            content_type,
            body,
        })
    }

    /// Reads a document.
    pub(super) async fn text(self) -> Result<(Order, String), Refused> {
        let is_document =
            self.content_type.ends_with("yaml") || self.content_type == "application/octet-stream";
        if !is_document {
            let message = "send the document as `Content-Type: application/yaml`";
            return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, message);
        }
        let (order, bytes) = self.bytes(MOST_TEXT).await?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok((order, text)),
            Err(_) => refused(StatusCode::BAD_REQUEST, "the document is not UTF-8"),
        }
    }

    /// Reads a command. Only JSON will do: a form of a page somewhere else can't send that.
    pub(super) async fn json<T: DeserializeOwned>(self) -> Result<(Order, T), Refused> {
        if self.content_type != "application/json" {
            let message = "send the command as `Content-Type: application/json`";
            return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, message);
        }
        let (order, bytes) = self.bytes(MOST_JSON).await?;
        match serde_json::from_slice(&bytes) {
            Ok(value) => Ok((order, value)),
            Err(error) => refused(StatusCode::BAD_REQUEST, &format!("the body is no such command: {error}")),
        }
    }

    async fn bytes(self, most: usize) -> Result<(Order, Vec<u8>), Refused> {
        match timeout(BODY_LIMIT, to_bytes(self.body, most)).await {
            Ok(Ok(bytes)) => Ok((self.order, bytes.into())),
            Ok(Err(_)) => {
                let message = format!("the body broke off, or has more than {most} bytes");
                refused(StatusCode::PAYLOAD_TOO_LARGE, &message)
            }
            Err(_) => refused(StatusCode::REQUEST_TIMEOUT, "the body did not come in time"),
        }
    }
}

/// Reads the condition that every change must state: a generation, or `*` for any.
fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Refused> {
    let Some(condition) = text(headers, header::IF_MATCH.as_str()) else {
        let message =
            "say which generation this change is based on: `If-Match: \"N\"`, or `If-Match: *` for any";
        return refused(StatusCode::PRECONDITION_REQUIRED, message);
    };
    let condition = condition.trim();
    if condition == "*" {
        return Ok(None);
    }
    let number = condition.trim_start_matches("W/").trim_matches('"').parse();
    match number {
        Ok(generation) => Ok(Some(generation)),
        Err(_) => refused(StatusCode::BAD_REQUEST, "`If-Match` is a generation such as \"7\", or *"),
    }
}

/// Reads a yes or no of the query.
fn flag(query: &HashMap<String, String>, name: &str) -> Result<Option<bool>, Refused> {
    match query.get(name).map(String::as_str) {
        None => Ok(None),
        Some("0" | "false") => Ok(Some(false)),
        Some("" | "1" | "true") => Ok(Some(true)),
        Some(_) => refused(StatusCode::BAD_REQUEST, &format!("`{name}` is 1 or 0")),
    }
}

fn query(uri: &Uri) -> Result<HashMap<String, String>, Refused> {
    let known = ["dry_run", "probe", "wait", "why"];
    let query = axum::extract::Query::<HashMap<String, String>>::try_from_uri(uri);
    let Ok(axum::extract::Query(query)) = query else {
        return refused(StatusCode::BAD_REQUEST, "the query can't be read");
    };
    match query.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => {
            refused(StatusCode::BAD_REQUEST, &format!("there is no `{name}`; there are {}", known.join(", ")))
        }
        None => Ok(query),
    }
}

/// Returns a reason, if one is given.
pub(super) fn why(text: &str) -> Option<String> {
    let why: String = text.trim().chars().take(MOST_WHY).collect();
    Some(why).filter(|why| !why.is_empty())
}

/// What the request itself says of who sends it is a hint only, taken where nothing better is known.
fn who(sender: &Sender, headers: &HeaderMap) -> String {
    let hint = || text(headers, "x-patchbay-operator").filter(|hint| !hint.is_empty() && hint.len() <= 64);
    let known = match sender {
        Sender::Token(name) => Some(name.clone()),
        Sender::Peer(ends) => user_of(ends.peer, ends.own),
        Sender::Unknown => None,
    };
    match (known, hint()) {
        (Some(known), Some(hint)) if known != hint => format!("{known} (as {hint})"),
        (Some(known), _) => known,
        (None, Some(hint)) => format!("unknown (as {hint})"),
        (None, None) => "unknown".to_owned(),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
