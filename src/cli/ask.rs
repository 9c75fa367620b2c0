//! Asks a running router over its admin API.

use std::error::Error as _;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue, IF_MATCH};
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use thiserror::Error;

use super::admin_port::{AdminPort, TrustError};
use super::console::Console;
use super::exit::Exit;
use crate::app::Conflict;
use crate::table::{Explanation, Supposed};

/// The variable that holds the admin API's token.
const TOKEN: &str = "PATCHBAY_ADMIN_TOKEN";

/// Why there is no answer.
#[derive(Debug, Error)]
pub(super) enum AskError {
    #[error("no router answers at {admin}: {source}{}", because(source))]
    NotReachable { admin: String, source: reqwest::Error },
    #[error(transparent)]
    Trust(#[from] TrustError),
    #[error("`{admin}` isn't an address; `http://127.0.0.1:9998` is one")]
    Address { admin: String },
    #[error("{message}")]
    Refused { message: String },
    #[error("{}", .0.message)]
    Conflict(Box<Conflict>),
    #[error("{admin} answered {status}; is that a patchbay?")]
    Strange { admin: String, status: StatusCode },
    #[error(transparent)]
    Runtime(#[from] std::io::Error),
}

/// The shape of a refusal.
#[derive(Debug, Deserialize)]
struct Refusal {
    error: RefusalText,
    #[serde(default)]
    conflict: Option<Box<Conflict>>,
}

#[derive(Debug, Deserialize)]
struct RefusalText {
    message: String,
}

/// How long an answer may take that the router has at hand.
const AT_ONCE: Duration = Duration::from_secs(5);

/// How long a completion may take.
const GLANCE: Duration = Duration::from_millis(400);

/// Asks how a model is routed.
pub(super) fn explanation(
    admin: &AdminPort,
    model: Option<&str>,
    supposed: &Supposed,
) -> Result<Explanation, AskError> {
    let mut query = supposed.query();
    query.extend(model.map(|model| ("model", model.to_owned())));
    let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
    get(admin, "explain", &query, Duration::ZERO)
}

/// Asks for the status while somebody waits for a completion: an answer at once, or none.
pub(super) fn glance() -> Option<Map<String, Value>> {
    let admin = AdminPort::of_environment();
    ask(Question { admin: &admin, path: "status", query: &[], limit: GLANCE, change: None }).ok()
}

/// Asks for these parts of the status.
pub(super) fn status(admin: &AdminPort, parts: &[&str]) -> Result<Map<String, Value>, AskError> {
    let mut status: Map<String, Value> = get(admin, "status", &[], Duration::ZERO)?;
    status.retain(|name, _| name == "schema" || parts.contains(&name.as_str()));
    Ok(status)
}

/// Asks for what stands at a path below `/admin/v1/`; the router may take this long and a little.
pub(super) fn get<T: DeserializeOwned>(
    admin: &AdminPort,
    path: &str,
    query: &[(&str, &str)],
    patience: Duration,
) -> Result<T, AskError> {
    ask(Question { admin, path, query, limit: patience + AT_ONCE, change: None })
}

/// Sends a command to a path below `/admin/v1/`; the answer may take this long and a little.
pub(super) fn post<T: DeserializeOwned>(
    admin: &AdminPort,
    path: &str,
    query: &[(&str, &str)],
    patience: Duration,
    change: Change,
) -> Result<T, AskError> {
    ask(Question { admin, path, query, limit: patience + AT_ONCE, change: Some(change) })
}

/// What a command sends.
pub(super) struct Change {
    /// The generation that it is based on; without one, any will do.
    pub(super) if_generation: Option<u64>,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
}

struct Question<'a> {
    admin: &'a AdminPort,
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    limit: Duration,
    change: Option<Change>,
}

fn ask<T: DeserializeOwned>(question: Question<'_>) -> Result<T, AskError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(answer(question))
}

async fn answer<T: DeserializeOwned>(question: Question<'_>) -> Result<T, AskError> {
    let Question { admin: port, path, query, limit, change } = question;
    let admin = port.url();
    let failed = |source| AskError::NotReachable { admin: admin.clone(), source };
    // No proxy: the environment's is for the outside, and the token must not go there.
    let client = port.trusted_by(Client::builder().no_proxy().timeout(limit))?;
    let client = client.build().map_err(failed)?;
    let url = Url::parse_with_params(&format!("{admin}/admin/v1/{path}"), query)
        .map_err(|_| AskError::Address { admin: admin.clone() })?;
    let mut request = match change {
        None => client.get(url),
        Some(change) => with_change(client.post(url), change),
    };
    if let Ok(token) = std::env::var(TOKEN) {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await.map_err(failed)?;
    let status = answer.status();
    let body = answer.bytes().await.map_err(failed)?;
    // A wait that ran out is answered in the shape of one that did not.
    if status.is_success() || status == StatusCode::REQUEST_TIMEOUT {
        return serde_json::from_slice(&body).map_err(|_| AskError::Strange { admin, status });
    }
    match serde_json::from_slice::<Refusal>(&body) {
        Ok(Refusal { conflict: Some(conflict), .. }) => Err(AskError::Conflict(conflict)),
        Ok(refusal) => Err(AskError::Refused { message: refusal.error.message }),
        Err(_) => Err(AskError::Strange { admin, status }),
    }
}

fn with_change(request: RequestBuilder, change: Change) -> RequestBuilder {
    let condition =
        change.if_generation.map_or_else(|| "*".to_owned(), |generation| format!("\"{generation}\""));
    let request = request.header(IF_MATCH, condition).header(CONTENT_TYPE, change.content_type);
    // Only a hint: who it really is, the router finds out by itself.
    let operator = std::env::var("USER").ok().and_then(|user| HeaderValue::from_str(&user).ok());
    let request = match operator {
        Some(operator) => request.header("x-patchbay-operator", operator),
        None => request,
    };
    request.body(change.body)
}

/// What is behind a failure in the end, where that tells whose certificate is not trusted.
fn because(failure: &reqwest::Error) -> String {
    let reasons = std::iter::successors(failure.source(), |&reason| reason.source());
    let last = reasons.last().map(ToString::to_string).unwrap_or_default();
    if last.contains("UnknownIssuer") {
        format!(": {last} (whom to trust: --ca FILE)")
    } else if last.contains("ertificate") {
        format!(": {last}")
    } else {
        String::new()
    }
}

// === impl AskError ===

impl AskError {
    /// Says it, and how a verb ends that gets it.
    pub(super) fn tell(&self, console: Console) -> Exit {
        let told = self.to_string();
        // The diagnostics of a refused table begin by themselves with what they are.
        let mark = if told.starts_with("error") { "" } else { "error: " };
        console.talk(format_args!("{mark}{told}"));
        match self {
            Self::Conflict(conflict) => {
                conflict.by.iter().for_each(|by| console.talk(format_args!("  by {by}")));
                conflict.changes.iter().for_each(|change| console.talk(format_args!("  {change}")));
                Exit::Conflict
            }
            Self::Refused { .. } => Exit::Refused,
            Self::Address { .. } | Self::Trust(_) => Exit::Usage,
            _ => Exit::NotReachable,
        }
    }
}
