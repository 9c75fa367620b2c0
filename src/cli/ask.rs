//! Asks a running router over its admin API.

use std::time::Duration;

use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use thiserror::Error;

use super::console::Console;
use super::exit::Exit;
use crate::table::Explanation;

/// Where the admin API is, if nobody says otherwise.
pub(super) const DEFAULT_ADMIN: &str = "http://127.0.0.1:9998";

/// The variable that holds the admin API's token.
const TOKEN: &str = "PATCHBAY_ADMIN_TOKEN";

/// Why there is no answer.
#[derive(Debug, Error)]
pub(super) enum AskError {
    #[error("no router answers at {admin}: {source}")]
    NotReachable { admin: String, source: reqwest::Error },
    #[error("`{admin}` isn't an address; `http://127.0.0.1:9998` is one")]
    Address { admin: String },
    #[error("{message}")]
    Refused { message: String },
    #[error("{admin} answered {status}; is that a patchbay?")]
    Strange { admin: String, status: StatusCode },
    #[error(transparent)]
    Runtime(#[from] std::io::Error),
}

/// The shape of a refusal.
#[derive(Debug, Deserialize)]
struct Refusal {
    error: RefusalText,
}

#[derive(Debug, Deserialize)]
struct RefusalText {
    message: String,
}

/// How long an answer may take that the router has at hand.
const AT_ONCE: Duration = Duration::from_secs(5);

/// Asks how a model is routed.
pub(super) fn explanation(admin: Option<&str>, model: Option<&str>) -> Result<Explanation, AskError> {
    let query: Vec<(&str, &str)> = model.map(|model| ("model", model)).into_iter().collect();
    get(admin, "explain", &query, Duration::ZERO)
}

/// Asks for these parts of the status.
pub(super) fn status(admin: Option<&str>, parts: &[&str]) -> Result<Map<String, Value>, AskError> {
    let mut status: Map<String, Value> = get(admin, "status", &[], Duration::ZERO)?;
    status.retain(|name, _| name == "schema" || parts.contains(&name.as_str()));
    Ok(status)
}

/// Asks for what stands at a path below `/admin/v1/`; the router may take this long and a little.
pub(super) fn get<T: DeserializeOwned>(
    admin: Option<&str>,
    path: &str,
    query: &[(&str, &str)],
    patience: Duration,
) -> Result<T, AskError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(ask_for(admin.unwrap_or(DEFAULT_ADMIN), path, query, patience + AT_ONCE))
}

async fn ask_for<T: DeserializeOwned>(
    admin: &str,
    path: &str,
    query: &[(&str, &str)],
    limit: Duration,
) -> Result<T, AskError> {
    let admin = if admin.contains("://") { admin.to_owned() } else { format!("http://{admin}") };
    let admin = admin.trim_end_matches('/').to_owned();
    let failed = |source| AskError::NotReachable { admin: admin.clone(), source };
    // No proxy: the environment's is for the outside, and the token must not go there.
    let client = Client::builder().no_proxy().timeout(limit).build().map_err(failed)?;
    let url = Url::parse_with_params(&format!("{admin}/admin/v1/{path}"), query)
        .map_err(|_| AskError::Address { admin: admin.clone() })?;
    let mut request = client.get(url);
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
        Ok(refusal) => Err(AskError::Refused { message: refusal.error.message }),
        Err(_) => Err(AskError::Strange { admin, status }),
    }
}

// === impl AskError ===

impl AskError {
    /// Says it, and how a verb ends that gets it.
    pub(super) fn tell(&self, console: Console) -> Exit {
        console.talk(format_args!("error: {self}"));
        match self {
            Self::Refused { .. } => Exit::Refused,
            Self::Address { .. } => Exit::Usage,
            _ => Exit::NotReachable,
        }
    }
}
