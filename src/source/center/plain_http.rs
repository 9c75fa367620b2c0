//! A document behind a URL: a file server, an object store, a Git host.
//!
//! There is no push in HTTP, so the document is asked for again and again, and a server that
//! knows `ETag` answers "the same" in a few bytes. One that knows `Prefer: wait` (RFC 7240) may
//! hold the question until there is news. A server that takes `PUT` with `If-Match` is written to.

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use reqwest::{Client, Method, RequestBuilder, StatusCode, header};
use sha2::{Digest, Sha256};
use tokio::time::{sleep, timeout};

use super::backoff::jittered;
use super::read_back::read_back;
use super::{
    Answer, Center, CenterAddress, CenterError, Fetched, HttpCenter, Revision, WriteError, format_of,
};
use crate::config::Format;
use crate::table::{Secret, hex, parse_duration};

/// How long one server may take to answer.
const LIMIT: Duration = Duration::from_secs(5);

/// How long a read may take, other servers included.
const READ: Duration = Duration::from_secs(10);

/// How often the document is asked for, unless the address says so.
const EVERY: Duration = Duration::from_secs(5);

/// The least time between two questions, whatever the address or the server says.
const LEAST_PAUSE: Duration = Duration::from_millis(100);

/// How long a server may hold a question.
const HOLD: Duration = Duration::from_secs(25);

/// How long a wait lasts.
const WAIT: Duration = Duration::from_secs(55);

/// What begins a revision of ours, for servers that give no `ETag`.
const OURS: &str = "sha256:";

/// A document behind a URL.
#[derive(Debug)]
pub struct PlainHttp {
    http: HttpCenter,
    format: Format,
    every: Duration,
}

// === impl PlainHttp ===

impl PlainHttp {
    /// Prepares to ask for a URL.
    pub fn new(address: CenterAddress) -> Result<Self, CenterError> {
        let every = match address.parameter("every") {
            None => EVERY,
            Some(text) => parse_duration(text).ok_or_else(|| {
                CenterError::Nonsense(format!("the parameter `every={text}`; write `5s`, `500ms` or `1m`"))
            })?,
        };
        let format = format_of(&address.path);
        Ok(Self { http: HttpCenter::new(address)?, format, every: every.max(LEAST_PAUSE) })
    }

    fn request(&self, client: &Client, method: Method, base: &str) -> RequestBuilder {
        let address = self.http.address();
        let request = client
            .request(method, format!("{base}/{}", address.path))
            // A cache on the way must ask its server.
            .header(header::CACHE_CONTROL, "no-cache");
        match &address.user {
            None if address.password.is_none() => request,
            user => {
                let password = address.password.as_ref().map(Secret::expose);
                request.basic_auth(user.as_deref().unwrap_or_default(), password)
            }
        }
    }

    async fn read(&self) -> Result<Fetched, CenterError> {
        let asking = self.http.ask(LIMIT, |client, base| self.request(client, Method::GET, base));
        let answer = timeout(READ, asking).await.map_err(|_| CenterError::Silent(READ))??;
        self.fetched(answer)
    }

    /// Reads the answer to a question for the document.
    pub(super) fn fetched(&self, answer: Answer) -> Result<Fetched, CenterError> {
        if answer.status != StatusCode::OK {
            return Err(self.refusal(&answer));
        }
        if is_page(&answer.body) {
            return Err(CenterError::Nonsense("a page of HTML, not a table".to_owned()));
        }
        let revision = match answer.header("etag") {
            Some(tag) => Revision::opaque(tag),
            None => Revision::opaque(format!("{OURS}{}", digest(&answer.body))),
        };
        Ok(Fetched { content: answer.body, format: self.format, revision })
    }

    fn refusal(&self, answer: &Answer) -> CenterError {
        if answer.status.is_redirection() {
            let told = format!("{}; redirects are not followed, give the last address", answer.status);
            return CenterError::Refused(told);
        }
        match self.http.refusal(answer) {
            CenterError::Missing | CenterError::Refused(_) if answer.status == StatusCode::GONE => {
                CenterError::Missing
            }
            refusal => refusal,
        }
    }

    /// Asks until the document is another one.
    async fn poll(&self, since: &Revision) -> Result<(), CenterError> {
        let hold = format!("wait={}", HOLD.as_secs());
        loop {
            let began = Instant::now();
            let asking = self.http.ask(HOLD + LIMIT, |client, base| {
                let request = self.request(client, Method::GET, base).header("prefer", &hold);
                if is_ours(since) { request } else { request.header(header::IF_NONE_MATCH, &since.text) }
            });
            let answer = asking.await?;
            let is_held = answer.header("preference-applied").is_some_and(|told| told.contains("wait"));
            if answer.status != StatusCode::NOT_MODIFIED {
                match self.fetched(answer) {
                    Ok(fetched) if fetched.revision == *since => {}
                    Ok(_) | Err(CenterError::Missing) => return Ok(()),
                    Err(error) => return Err(error),
                }
            }
            let pause = if is_held { LEAST_PAUSE } else { jittered(self.every) };
            sleep(pause.saturating_sub(began.elapsed())).await;
        }
    }

    async fn put(&self, expected: Option<&Revision>, text: &str) -> Result<Revision, WriteError> {
        if expected.is_some_and(is_ours) {
            return Err(WriteError::ReadOnly("its server gives no ETag, so nobody could tell who was first"));
        }
        if expected.is_some_and(|revision| revision.text.starts_with("W/")) {
            return Err(WriteError::ReadOnly("its server gives weak ETags only, which no write can name"));
        }
        self.before(expected).await?;
        let asking = self.http.ask(READ, |client, base| {
            let request = self.request(client, Method::PUT, base);
            let request = match expected {
                Some(revision) => request.header(header::IF_MATCH, &revision.text),
                None => request.header(header::IF_NONE_MATCH, "*"),
            };
            let kind = if self.format == Format::Dotenv { "text/plain" } else { "application/yaml" };
            request.header(header::CONTENT_TYPE, kind).body(text.to_owned())
        });
        let answer = asking.await?;
        match answer.status {
            status if status.is_success() => read_back(self, text, true).await,
            StatusCode::PRECONDITION_FAILED | StatusCode::CONFLICT => read_back(self, text, false).await,
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => {
                Err(WriteError::ReadOnly("its server takes no PUT"))
            }
            _ => Err(self.refusal(&answer).into()),
        }
    }

    /// Looks before writing: some servers take a PUT and don't know its conditions.
    async fn before(&self, expected: Option<&Revision>) -> Result<(), WriteError> {
        let present = match self.read().await {
            Ok(fetched) => Some(fetched.revision),
            Err(CenterError::Missing) => None,
            Err(error) => return Err(error.into()),
        };
        let is_expected = present.as_ref() == expected;
        if is_expected { Ok(()) } else { Err(WriteError::Conflict { present }) }
    }
}

/// A login page or a list of files comes with status 200 too.
fn is_page(body: &[u8]) -> bool {
    let body = body.trim_ascii_start();
    ["<!doctype", "<html"].iter().any(|start| {
        body.get(..start.len()).is_some_and(|bytes| bytes.eq_ignore_ascii_case(start.as_bytes()))
    })
}

fn is_ours(revision: &Revision) -> bool {
    revision.text.starts_with(OURS)
}

fn digest(body: &[u8]) -> String {
    hex(&Sha256::digest(body)[..16])
}

impl Center for PlainHttp {
    fn fetch(&self) -> BoxFuture<'_, Result<Fetched, CenterError>> {
        Box::pin(self.read())
    }

    fn wait<'c>(&'c self, since: &'c Revision) -> BoxFuture<'c, Result<(), CenterError>> {
        // Polls that told nothing are no fault.
        Box::pin(async move { timeout(WAIT, self.poll(since)).await.unwrap_or(Ok(())) })
    }

    fn replace<'c>(
        &'c self,
        expected: Option<&'c Revision>,
        text: &'c str,
    ) -> BoxFuture<'c, Result<Revision, WriteError>> {
        Box::pin(self.put(expected, text))
    }
}
