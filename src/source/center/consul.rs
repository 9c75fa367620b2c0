//! Consul's key/value store: a key, read whole, and watched by blocking queries.
//!
//! A revision is the key's `ModifyIndex`. The index of a query is a hint with rules of its own:
//! it can wake without a change, run backwards after a restore, and belong to the whole store
//! while the key is missing; so an answer counts only if the key's own index differs.

#[cfg(any(test, fuzzing))]
pub(super) mod any_bytes;
mod roster;

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use reqwest::header::HeaderName;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde::Deserialize;
use tokio::time::{sleep, timeout};

use super::form;
use super::http::with_login;
use super::read_back::read_back;
use super::{
    Answer, Center, CenterAddress, CenterError, Fetched, HttpCenter, Revision, Roster, WriteError, format_of,
    url_path,
};
use crate::config::Format;
use crate::table::Secret;
use crate::table::base64;

/// How long one server may take to answer at once.
const LIMIT: Duration = Duration::from_secs(4);

/// How long a read may take, other servers included.
const READ: Duration = Duration::from_secs(10);

/// How long a query blocks. Consul adds up to a sixteenth.
const HOLD: Duration = Duration::from_secs(50);

/// How much longer its answer may take.
const GRACE: Duration = Duration::from_secs(10);

/// The least time between two queries that told no change: not all of them block.
const LEAST_PAUSE: Duration = Duration::from_millis(100);

/// A key in Consul.
#[derive(Debug)]
pub struct Consul {
    http: HttpCenter,
    format: Format,
    session: roster::Session,
}

/// A key, as Consul writes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    modify_index: u64,
    value: Option<String>,
}

// === impl Consul ===

impl Consul {
    /// Prepares to speak with Consul.
    pub fn new(address: CenterAddress) -> Result<Self, CenterError> {
        let format = format_of(&address.path);
        Ok(Self { http: HttpCenter::new(address)?, format, session: roster::Session::default() })
    }

    fn request(&self, client: &Client, method: Method, base: &str, query: &[(&str, &str)]) -> RequestBuilder {
        let path = format!("kv/{}", url_path::encoded(&self.http.address().path));
        self.request_at(client, method, base, &path, query)
    }

    /// Prepares a question about what stands at a path below `/v1/`.
    fn request_at(
        &self,
        client: &Client,
        method: Method,
        base: &str,
        path: &str,
        query: &[(&str, &str)],
    ) -> RequestBuilder {
        let address = self.http.address();
        let mut query = query.to_vec();
        query.extend(address.parameter("dc").map(|dc| ("dc", dc)));
        let request = client.request(method, format!("{base}/v1/{path}?{}", form::encoded(&query)));
        let password = address.password.as_ref().map(Secret::expose);
        match address.parameter("token").or(password) {
            Some(token) => with_login(request, HeaderName::from_static("x-consul-token"), token),
            None => request,
        }
    }

    fn entry(&self, answer: &Answer) -> Result<Entry, CenterError> {
        if answer.status != StatusCode::OK {
            return Err(self.refusal(answer));
        }
        let entries: Vec<Entry> = answer.json()?;
        entries.into_iter().next().ok_or(CenterError::Missing)
    }

    /// A missing key has an index; anything else that isn't found is not Consul's.
    fn refusal(&self, answer: &Answer) -> CenterError {
        match self.http.refusal(answer) {
            CenterError::Missing if answer.header("x-consul-index").is_none() => {
                CenterError::Nonsense("nothing at /v1/kv; is it Consul?".to_owned())
            }
            // Consul 1.7 and older say it with 500 from another data center.
            CenterError::Refused(told)
                if told.contains("Permission denied") || told.contains("ACL not found") =>
            {
                CenterError::Unauthorized(told)
            }
            refusal => refusal,
        }
    }

    async fn read(&self) -> Result<Fetched, CenterError> {
        let asking = self.http.ask(LIMIT, |client, base| self.request(client, Method::GET, base, &[]));
        let answer = timeout(READ, asking).await.map_err(|_| CenterError::Silent(READ))??;
        self.fetched(&answer)
    }

    /// Reads the answer to a question for the key.
    fn fetched(&self, answer: &Answer) -> Result<Fetched, CenterError> {
        let entry = self.entry(answer)?;
        let content = base64::decode(entry.value.as_deref().unwrap_or_default())
            .ok_or_else(|| CenterError::Nonsense("a value that is no base64".to_owned()))?;
        let revision = Revision::number(entry.modify_index);
        Ok(Fetched { content: Bytes::from(content), format: self.format, revision })
    }

    /// Asks until the key is no longer this one; Consul answers once something may have changed.
    ///
    /// An answer without a change may come from a restore, which lets go of all questions with
    /// what was before it. The store then counts from further back, and would hold the next
    /// question for as long as it may; so that one is asked without an index, and is not held.
    async fn watch(&self, since: &Revision) -> Result<(), CenterError> {
        let wait = format!("{}s", HOLD.as_secs());
        // An index of 0 would not block.
        let index = since.order.unwrap_or_default().max(1).to_string();
        let held = [("index", index.as_str()), ("wait", wait.as_str())];
        let mut is_held = true;
        loop {
            let began = Instant::now();
            let query = if is_held { &held[..] } else { &[] };
            let limit = if is_held { HOLD + GRACE } else { LIMIT };
            let asking = self.http.ask(limit, |client, base| self.request(client, Method::GET, base, query));
            match self.entry(&asking.await?) {
                Ok(entry) if Some(entry.modify_index) == since.order => {}
                Ok(_) | Err(CenterError::Missing) => return Ok(()),
                Err(error) => return Err(error),
            }
            sleep(LEAST_PAUSE.saturating_sub(began.elapsed())).await;
            is_held = !is_held;
        }
    }

    async fn put(&self, expected: Option<&Revision>, text: &str) -> Result<Revision, WriteError> {
        let cas = expected.map_or("0", |revision| &revision.text);
        let asking = self.http.ask(READ, |client, base| {
            self.request(client, Method::PUT, base, &[("cas", cas)]).body(text.to_owned())
        });
        let answer = asking.await?;
        if answer.status != StatusCode::OK {
            return Err(self.refusal(&answer).into());
        }
        match answer.body.trim_ascii() {
            said @ (b"true" | b"false") => read_back(self, text, said == b"true").await,
            _ => Err(CenterError::Nonsense("neither true nor false to a write".to_owned()).into()),
        }
    }
}

impl Center for Consul {
    fn fetch(&self) -> BoxFuture<'_, Result<Fetched, CenterError>> {
        Box::pin(self.read())
    }

    fn wait<'c>(&'c self, since: &'c Revision) -> BoxFuture<'c, Result<(), CenterError>> {
        // A query that was held and told nothing is no fault.
        Box::pin(async move { timeout(HOLD + GRACE, self.watch(since)).await.unwrap_or(Ok(())) })
    }

    fn replace<'c>(
        &'c self,
        expected: Option<&'c Revision>,
        text: &'c str,
    ) -> BoxFuture<'c, Result<Revision, WriteError>> {
        Box::pin(self.put(expected, text))
    }

    fn roster(&self) -> Option<&dyn Roster> {
        Some(self)
    }
}
