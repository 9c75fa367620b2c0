//! Asking a center that speaks HTTP: several servers, limits on time and size.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect::Policy};

use super::credentials::Credentials;
use super::lines::Lines;
use super::tls::Trust;
use super::{Answer, CenterAddress, CenterError};
use crate::table::Secret;

/// The most bytes of an answer that are read: a document of 4 MiB, base64 and JSON around it.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(3);

/// A client of the servers of one center.
#[derive(Debug)]
pub struct HttpCenter {
    client: Client,
    address: CenterAddress,
    credentials: Credentials,
    /// The server that answered last is asked first.
    favourite: AtomicUsize,
}

// === impl HttpCenter ===

impl HttpCenter {
    /// Prepares a client.
    pub fn new(address: CenterAddress) -> Result<Self, CenterError> {
        let authority = address.parameter("ca").map(PathBuf::from);
        Self::with_authority(address, authority.as_deref())
    }

    /// Prepares a client that trusts the authority in a file, or the system's.
    pub(super) fn with_authority(
        address: CenterAddress,
        authority: Option<&Path>,
    ) -> Result<Self, CenterError> {
        let mut builder = Client::builder()
            .connect_timeout(CONNECT)
            .redirect(Policy::none())
            .no_proxy()
            .tcp_nodelay(true)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("patchbay/", env!("CARGO_PKG_VERSION")));
        if address.tls {
            let trust = Trust::with_authority(&address, authority)?;
            builder = builder.tls_backend_preconfigured(trust.into_config());
        }
        let client = builder.build().map_err(|error| CenterError::Nonsense(words(&error)))?;
        let credentials = Credentials::of(&address);
        Ok(Self { client, address, credentials, favourite: AtomicUsize::new(0) })
    }

    /// Returns where the document is.
    pub fn address(&self) -> &CenterAddress {
        &self.address
    }

    /// Asks the servers in turn until one answers at all; `make` gets a server's base URL. An
    /// answer of 500 and above counts as none while there is another server to ask.
    pub async fn ask(
        &self,
        limit: Duration,
        make: impl Fn(&Client, &str) -> RequestBuilder,
    ) -> Result<Answer, CenterError> {
        let count = self.address.servers.len();
        let first = self.favourite.load(Ordering::Relaxed);
        let mut last = CenterError::Silent(limit);
        for step in 0..count {
            let at = (first + step) % count;
            let request = make(&self.client, &self.address.base(&self.address.servers[at]));
            match exchange(request, limit).await {
                Ok(answer) if answer.status.is_server_error() && step + 1 < count => {
                    last = CenterError::Refused(answer.status.to_string());
                }
                Ok(answer) => {
                    self.favourite.store(at, Ordering::Relaxed);
                    return Ok(answer);
                }
                Err(error) => {
                    // Whoever asks next, or gives up on this question, need not wait for it again.
                    self.favourite.store((at + 1) % count, Ordering::Relaxed);
                    last = error;
                }
            }
        }
        Err(last)
    }

    /// Sorts an answer that is no success, without any credential that it may repeat.
    pub fn refusal(&self, answer: &Answer) -> CenterError {
        let told = match self.quoted(&answer.words()) {
            Some(words) if !words.is_empty() => format!("{}: {words}", answer.status),
            _ => answer.status.to_string(),
        };
        match answer.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => CenterError::Unauthorized(told),
            StatusCode::NOT_FOUND => CenterError::Missing,
            _ => CenterError::Refused(told),
        }
    }

    /// Returns what may be passed on of the center's own words; `None` if they repeat a credential.
    pub(super) fn quoted(&self, words: &str) -> Option<String> {
        self.credentials.quoted(words)
    }

    /// Has a credential kept out of what is told that doesn't stand in the address.
    pub(super) fn keep(&self, login: &Secret) {
        self.credentials.keep(login);
    }

    /// Opens an answer that is read line by line, such as a watch; the inner error is an answer
    /// that refuses.
    pub(super) async fn open_lines(
        &self,
        make: impl Fn(&Client, &str) -> RequestBuilder,
    ) -> Result<Result<Lines, Answer>, CenterError> {
        let response = self.open(make).await?;
        if response.status() == StatusCode::OK {
            return Ok(Ok(Lines::of(response)));
        }
        let reading = tokio::time::timeout(CONNECT, whole(response));
        Ok(Err(reading.await.map_err(|_| CenterError::Silent(CONNECT))??))
    }

    /// Opens an answer that is read piece by piece, such as a watch.
    pub async fn open(
        &self,
        make: impl Fn(&Client, &str) -> RequestBuilder,
    ) -> Result<Response, CenterError> {
        let at = self.favourite.load(Ordering::Relaxed) % self.address.servers.len();
        let request = make(&self.client, &self.address.base(&self.address.servers[at]));
        let sent = tokio::time::timeout(CONNECT * 2, request.send()).await;
        let opened = sent.map_err(|_| CenterError::Silent(CONNECT * 2))?.map_err(|error| fault(&error));
        if opened.is_err() {
            self.favourite.store(at + 1, Ordering::Relaxed);
        }
        opened
    }
}

async fn exchange(request: RequestBuilder, limit: Duration) -> Result<Answer, CenterError> {
    let asking = async { whole(request.send().await.map_err(|error| fault(&error))?).await };
    tokio::time::timeout(limit, asking).await.map_err(|_| CenterError::Silent(limit))?
}

/// Reads an answer to its end, if it is not too large.
pub(super) async fn whole(mut response: Response) -> Result<Answer, CenterError> {
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = BytesMut::new();
    while let Some(piece) = response.chunk().await.map_err(|error| fault(&error))? {
        if body.len() + piece.len() > MOST_BYTES {
            return Err(CenterError::TooLarge(MOST_BYTES));
        }
        body.extend_from_slice(&piece);
    }
    Ok(Answer { status, headers, body: body.freeze() })
}

/// Puts a login into a request's head, marked so that no library prints it or puts it into a table.
pub(super) fn with_login(request: RequestBuilder, name: HeaderName, login: &str) -> RequestBuilder {
    match HeaderValue::from_str(login) {
        Ok(mut value) => {
            value.set_sensitive(true);
            request.header(name, value)
        }
        // The request fails when it is sent, and says why.
        Err(_not_visible) => request.header(name, login),
    }
}

/// Sorts a client's error.
#[must_use]
pub fn fault(error: &reqwest::Error) -> CenterError {
    if error.is_timeout() {
        return CenterError::Silent(CONNECT);
    }
    CenterError::Unreachable(words(error))
}

/// Tells the innermost cause; the outer texts repeat the URL, in which a token may stand.
fn words(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let text = innermost.to_string();
    if text.contains("://") { "the request could not be made".to_owned() } else { text }
}
