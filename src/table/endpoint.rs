//! The address of an OpenAI-compatible server, in its normal form.

use std::fmt;

use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};
use thiserror::Error;

/// Paths that people paste along with the base; DB-GPT's `PROXY_SERVER_URL` always has one.
const OPERATIONS: [&str; 6] = [CHAT, "/completions", "/embeddings", "/rerank", "/responses", "/messages"];

const CHAT: &str = "/chat/completions";

/// A server's scheme, host, port and base path; paths of requests are appended to the base.
///
/// `http://h:8000`, `http://h:8000/v1`, `…/v1/` and `…/v1/chat/completions` are the same endpoint.
/// Any other base path (`/api/v1`, `/compatible-mode/v1`, an Azure deployment) stays as written.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    scheme: Scheme,
    authority: Authority,
    base: String,
    query: Option<String>,
    /// The path that nearly all requests go to, read once.
    chat: Option<PathAndQuery>,
}

/// Why a text can't be an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EndpointError {
    /// Not a URL at all.
    #[error("this isn't a URL")]
    NotAUrl,
    /// No scheme; `localhost:8000` is read by URL rules as the scheme `localhost`.
    #[error("the URL has no `http://` or `https://` in front")]
    NoScheme,
    /// A scheme that no backend speaks.
    #[error("`{0}://` isn't a scheme that a backend speaks; use http, https or echo")]
    Scheme(String),
    /// No host.
    #[error("the URL names no host")]
    NoHost,
    /// `user:password@` in the URL.
    #[error("the URL holds a user or password, which would print in logs; use `key` or `headers`")]
    UserInfo,
    /// A `#fragment`.
    #[error("the URL holds a `#`; what follows it is never sent")]
    Fragment,
    /// A port that isn't a number from 1 to 65535.
    #[error("the URL's port isn't a number from 1 to 65535")]
    Port,
}

// === impl Endpoint ===

impl Endpoint {
    /// Reads a URL and brings it to its normal form.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(EndpointError::NoScheme);
        };
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::HTTP,
            "https" => Scheme::HTTPS,
            other => return Err(EndpointError::Scheme(other.to_owned())),
        };
        if rest.contains('#') {
            return Err(EndpointError::Fragment);
        }
        let host_end = rest.find(['/', '?']).unwrap_or(rest.len());
        if rest[..host_end].contains('@') {
            return Err(EndpointError::UserInfo);
        }
        if host_end == 0 || rest.starts_with(':') {
            return Err(EndpointError::NoHost);
        }
        let authority: Authority =
            rest[..host_end].to_ascii_lowercase().parse().map_err(|_| EndpointError::NotAUrl)?;
        let has_port =
            rest[..host_end].rsplit_once(']').map_or(&rest[..host_end], |(_, tail)| tail).contains(':');
        if has_port && authority.port_u16().is_none_or(|port| port == 0) {
            return Err(EndpointError::Port);
        }
        let tail = if rest[host_end..].starts_with('?') {
            format!("/{}", &rest[host_end..])
        } else {
            rest[host_end..].to_owned()
        };
        let path: PathAndQuery = if tail.is_empty() {
            PathAndQuery::from_static("/")
        } else {
            tail.parse().map_err(|_| EndpointError::NotAUrl)?
        };
        let base = normal_base(path.path());
        let query = path.query().filter(|q| !q.is_empty()).map(str::to_owned);
        let chat = join(&base, CHAT, query.as_deref(), None);
        Ok(Self { scheme, authority, base, query, chat })
    }

    /// Tells whether connections to it are encrypted.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Returns `host` or `host:port` as written, for the `Host` header.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Returns the host without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.authority.host().trim_start_matches('[').trim_end_matches(']')
    }

    /// Returns the port, 80 or 443 where none is written.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(if self.is_tls() { 443 } else { 80 })
    }

    /// Returns the base path, `/v1` for a bare host; never ends with `/`.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Returns the query that is sent with every request, such as Azure's `api-version`.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// Tells whether this is an Azure deployment, which wants its key in the header `api-key`.
    #[must_use]
    pub fn is_azure(&self) -> bool {
        self.base.starts_with("/openai/deployments/")
    }

    /// Appends an operation (`/chat/completions`) and the client's query to the base path.
    ///
    /// Where both have a parameter of the same name, the endpoint's wins.
    #[must_use]
    pub fn path(&self, operation: &str, query: Option<&str>) -> Option<PathAndQuery> {
        match query {
            None if operation == CHAT => self.chat.clone(),
            _ => join(&self.base, operation, self.query(), query),
        }
    }

    /// Like [`path`](Self::path), but beside `/v1` and not below it: TEI serves `/rerank` there.
    #[must_use]
    pub fn root_path(&self, operation: &str, query: Option<&str>) -> Option<PathAndQuery> {
        join(self.base.strip_suffix("/v1").unwrap_or(&self.base), operation, self.query(), query)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

impl fmt::Display for Endpoint {
    /// Shows the normal form; a query shows as `?…`, since people put keys there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A bare host would read as `/v1`; an operation behind it says that there is no base path.
        let base = if self.base.is_empty() { OPERATIONS[0] } else { &self.base };
        write!(f, "{}://{}{base}", self.scheme, self.authority)?;
        if self.query.is_some() { f.write_str("?…") } else { Ok(()) }
    }
}

impl TryFrom<&Endpoint> for Uri {
    type Error = http::Error;

    fn try_from(endpoint: &Endpoint) -> Result<Self, Self::Error> {
        Self::builder()
            .scheme(endpoint.scheme.clone())
            .authority(endpoint.authority.clone())
            .path_and_query(if endpoint.base.is_empty() { "/" } else { &endpoint.base })
            .build()
    }
}

fn normal_base(path: &str) -> String {
    let mut base = path.trim_end_matches('/');
    if base.is_empty() {
        return "/v1".to_owned();
    }
    while let Some(shorter) = OPERATIONS.iter().find_map(|operation| base.strip_suffix(operation)) {
        base = shorter.trim_end_matches('/');
    }
    base.to_owned()
}

fn join(base: &str, operation: &str, own: Option<&str>, client: Option<&str>) -> Option<PathAndQuery> {
    let mut text = String::with_capacity(base.len() + operation.len() + 1);
    text.push_str(base);
    text.push_str(operation);
    let key = |pair: &str| pair.split('=').next().unwrap_or_default().to_owned();
    let own_keys: Vec<String> = own.into_iter().flat_map(|q| q.split('&')).map(key).collect();
    let pairs = own
        .into_iter()
        .flat_map(|q| q.split('&'))
        .chain(client.into_iter().flat_map(|q| q.split('&')).filter(|pair| !own_keys.contains(&key(pair))))
        .filter(|pair| !pair.is_empty());
    for (n, pair) in pairs.enumerate() {
        text.push(if n == 0 { '?' } else { '&' });
        text.push_str(pair);
    }
    PathAndQuery::try_from(text).ok()
}
