//! Where a document is: `nacos://user:password@h1:8848,h2:8848/routes.yaml?group=G`.

use std::collections::BTreeMap;
use std::fmt;

use thiserror::Error;

use super::authority::Server;
use crate::table::{Secret, percent_decoded};

/// Which protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Nacos: `nacos://host:8848/DATA_ID?group=G&namespace=N`.
    Nacos,
    /// Apollo: `apollo://host:8080/APP_ID/CLUSTER/NAMESPACE`.
    Apollo,
    /// etcd v3: `etcd://host:2379/KEY`.
    Etcd,
    /// Consul KV: `consul://host:8500/KEY`.
    Consul,
    /// `ZooKeeper`: `zookeeper://host:2181/PATH`.
    Zookeeper,
    /// Redis: `redis://host:6379/KEY`.
    Redis,
    /// A document behind a URL.
    Http,
    /// A Kubernetes `ConfigMap` by the API: `configmap://NAMESPACE/NAME/KEY`.
    ConfigMap,
}

/// Where a document is, and how to log in. Its `Display` and `Debug` show no password and no
/// parameter that may be one.
#[derive(Clone, PartialEq, Eq)]
pub struct CenterAddress {
    /// The protocol.
    pub scheme: Scheme,
    /// Whether to encrypt.
    pub tls: bool,
    /// The servers, in the order to try them. Never empty.
    pub servers: Vec<Server>,
    /// What follows the servers, without its first slash: decoded, but for a plain URL.
    pub path: String,
    /// The user.
    pub user: Option<String>,
    /// The password or token.
    pub password: Option<Secret>,
    parameters: BTreeMap<String, Secret>,
}

/// Why a text is no center's address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressError {
    /// No scheme that we know.
    #[error(
        "a source begins with nacos://, apollo://, etcd://, consul://, zookeeper://, redis://, http(s):// or configmap://"
    )]
    Scheme,
    /// A server that isn't `host` or `host:port`.
    #[error("`{0}` isn't a server; write HOST or HOST:PORT, several with commas")]
    Server(String),
    /// Nothing that names the document.
    #[error("the address names no document; write {0}")]
    NoDocument(&'static str),
    /// A parameter that this center doesn't have.
    #[error("{scheme} has no parameter `{name}`; it has {known}")]
    Parameter {
        /// The scheme.
        scheme: &'static str,
        /// The parameter.
        name: String,
        /// What it has.
        known: String,
    },
}

/// One protocol's way of writing an address.
struct Form {
    scheme: Scheme,
    name: &'static str,
    tls: bool,
    port: u16,
    /// How many segments the path needs at least.
    segments: usize,
    shape: &'static str,
    parameters: &'static [&'static str],
}

/// Parameters that every center over TLS takes: files with an authority, with our own certificate,
/// and with its key.
const COMMON: [&str; 3] = ["ca", "cert", "key"];

const FORMS: [Form; 15] = {
    const NACOS: &[&str] = &["group", "namespace", "mode"];
    const APOLLO: &[&str] = &["secret", "portal", "token", "env", "user"];
    const REDIS: &[&str] = &["db", "channel"];
    const CONSUL: &[&str] = &["dc", "token"];
    const HTTP: &[&str] = &["every"];
    const CONFIG_MAP: &[&str] = &["server", "token_file"];
    const fn form(
        scheme: Scheme,
        name: &'static str,
        tls: bool,
        port: u16,
        segments: usize,
        shape: &'static str,
        parameters: &'static [&'static str],
    ) -> Form {
        Form { scheme, name, tls, port, segments, shape, parameters }
    }
    [
        form(Scheme::Nacos, "nacos", false, 8848, 1, "nacos://HOST:8848/DATA_ID", NACOS),
        form(Scheme::Nacos, "nacoss", true, 443, 1, "nacoss://HOST/DATA_ID", NACOS),
        form(Scheme::Apollo, "apollo", false, 8080, 3, "apollo://HOST:8080/APP_ID/CLUSTER/NAMESPACE", APOLLO),
        form(Scheme::Apollo, "apollos", true, 443, 3, "apollos://HOST/APP_ID/CLUSTER/NAMESPACE", APOLLO),
        form(Scheme::Etcd, "etcd", false, 2379, 1, "etcd://HOST:2379/KEY", &[]),
        form(Scheme::Etcd, "etcds", true, 2379, 1, "etcds://HOST:2379/KEY", &[]),
        form(Scheme::Consul, "consul", false, 8500, 1, "consul://HOST:8500/KEY", CONSUL),
        form(Scheme::Consul, "consuls", true, 8501, 1, "consuls://HOST:8501/KEY", CONSUL),
        form(Scheme::Zookeeper, "zookeeper", false, 2181, 1, "zookeeper://HOST:2181/PATH", &[]),
        form(Scheme::Zookeeper, "zookeepers", true, 2281, 1, "zookeepers://HOST:2281/PATH", &[]),
        form(Scheme::Redis, "redis", false, 6379, 1, "redis://HOST:6379/KEY", REDIS),
        form(Scheme::Redis, "rediss", true, 6379, 1, "rediss://HOST:6379/KEY", REDIS),
        form(Scheme::Http, "http", false, 80, 0, "http://HOST/PATH", HTTP),
        form(Scheme::Http, "https", true, 443, 0, "https://HOST/PATH", HTTP),
        form(Scheme::ConfigMap, "configmap", true, 443, 3, "configmap://NAMESPACE/NAME/KEY", CONFIG_MAP),
    ]
};

// === impl CenterAddress ===

impl CenterAddress {
    /// Reads an address.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (name, rest) = text.trim().split_once("://").ok_or(AddressError::Scheme)?;
        let form = FORMS.iter().find(|form| form.name == name).ok_or(AddressError::Scheme)?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (login, place) =
            place.rsplit_once('@').map_or((None, place), |(login, place)| (Some(login), place));
        // Kubernetes has one API server, and a ConfigMap's namespace stands in its place.
        let (servers, path) = match form.scheme {
            Scheme::ConfigMap => ("kubernetes.default.svc", place),
            _ => place.split_once('/').unwrap_or((place, "")),
        };
        let is_http = form.scheme == Scheme::Http;
        // A plain URL stays as it is written: some Git hosts want `%2F` in it, and signed ones all.
        let path = if is_http { with_query(path, query) } else { percent_decoded(path) };
        if path.split('/').filter(|segment| !segment.is_empty()).count() < form.segments {
            return Err(AddressError::NoDocument(form.shape));
        }
        let servers: Vec<Server> = servers
            .split(',')
            .map(|server| {
                Server::parse(server.trim(), form.port).ok_or_else(|| AddressError::Server(server.to_owned()))
            })
            .collect::<Result<_, _>>()?;
        let (user, password) = match login.map(|login| login.split_once(':').unwrap_or((login, ""))) {
            None => (None, None),
            Some((user, password)) => (
                Some(percent_decoded(user)).filter(|user| !user.is_empty()),
                Some(percent_decoded(password)).filter(|password| !password.is_empty()),
            ),
        };
        Ok(Self {
            scheme: form.scheme,
            tls: form.tls,
            servers,
            path,
            user,
            password: password.as_deref().map(Secret::new),
            parameters: parameters(form, query)?,
        })
    }

    /// Returns a parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(Secret::expose)
    }

    /// Returns where proposals for this document are shown.
    #[must_use]
    pub fn proposals(&self) -> Self {
        self.beside("proposal")
    }

    /// Returns where its replicas show what they do for all.
    #[must_use]
    pub fn duties(&self) -> Self {
        self.beside("duty")
    }

    fn beside(&self, what: &str) -> Self {
        Self { path: format!("{}.{what}", self.path), ..self.clone() }
    }

    /// Returns a server's base URL, for protocols over HTTP.
    #[must_use]
    pub fn base(&self, server: &Server) -> String {
        format!("{}://{server}", if self.tls { "https" } else { "http" })
    }

    fn form(&self) -> &'static Form {
        FORMS
            .iter()
            .find(|form| form.scheme == self.scheme && form.tls == self.tls)
            .expect("parse() takes both from one of the forms")
    }
}

/// Whether a part of a plain URL's query is meant for us. `key` alone is what many servers call
/// something of their own.
fn is_ours(pair: &str, query: &str) -> bool {
    let has = |name| query.split('&').any(|pair| name_of(pair) == name);
    match name_of(pair) {
        "every" | "ca" => true,
        "cert" | "key" => has("cert") && has("key"),
        _ => false,
    }
}

fn name_of(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

/// A plain URL keeps its own query; only what is ours is taken off.
fn with_query(path: &str, query: &str) -> String {
    let theirs: Vec<&str> =
        query.split('&').filter(|pair| !pair.is_empty() && !is_ours(pair, query)).collect();
    if theirs.is_empty() { path.to_owned() } else { format!("{path}?{}", theirs.join("&")) }
}

fn parameters(form: &Form, query: &str) -> Result<BTreeMap<String, Secret>, AddressError> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty() && (form.scheme != Scheme::Http || is_ours(pair, query)))
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if form.parameters.contains(&name) || (form.tls && COMMON.contains(&name)) {
                return Ok((name.to_owned(), Secret::new(&percent_decoded(value))));
            }
            let known: Vec<&str> =
                form.parameters.iter().chain(COMMON.iter().filter(|_| form.tls)).copied().collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            Err(AddressError::Parameter { scheme: form.name, name: name.to_owned(), known })
        })
        .collect()
}

impl fmt::Display for CenterAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scheme == Scheme::ConfigMap {
            return write!(f, "configmap://{}", self.path);
        }
        let servers: Vec<String> = self.servers.iter().map(ToString::to_string).collect();
        let (path, query) =
            self.path.split_once('?').map_or((self.path.as_str(), ""), |(path, _)| (path, "?…"));
        write!(f, "{}://{}/{path}{query}", self.form().name, servers.join(","))?;
        let mut mark = '?';
        for name in ["group", "namespace"] {
            if let Some(value) = self.parameter(name) {
                write!(f, "{mark}{name}={value}")?;
                mark = '&';
            }
        }
        Ok(())
    }
}

impl fmt::Debug for CenterAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
