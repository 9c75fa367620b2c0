//! The API server: where it is, who asks, and what it refuses.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

use crate::config::Vars;
use crate::source::center::authority::Server;
use crate::source::center::lines::Lines;
use crate::source::center::{Answer, CenterAddress, CenterError, HttpCenter, Scheme};
use crate::table::Secret;

/// What Kubernetes mounts into every pod.
const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";
const AUTHORITY: &str = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

/// How long one server may take to answer.
const LIMIT: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Api {
    http: HttpCenter,
    token_file: Option<PathBuf>,
}

impl CenterAddress {
    /// Fills in the API server that Kubernetes tells every pod of, if this address needs one.
    #[must_use]
    pub fn in_cluster(mut self, vars: &Vars) -> Self {
        let told = (vars.get("KUBERNETES_SERVICE_HOST"), vars.get("KUBERNETES_SERVICE_PORT"));
        if self.scheme == Scheme::ConfigMap
            && let (Some(host), Some(port)) = told
            && let Ok(port) = port.parse()
        {
            self.servers = vec![Server { host: host.clone(), port }];
        }
        self
    }
}

// === impl Api ===

impl Api {
    pub(super) fn new(mut address: CenterAddress) -> Result<Self, CenterError> {
        let token_file = address.parameter("token_file").map(PathBuf::from);
        if let Some(server) = address.parameter("server").map(str::to_owned) {
            let wrong = || CenterError::Nonsense(format!("the parameter `server={server}`; write HOST:PORT"));
            let (scheme, place) = server.split_once("://").unwrap_or(("https", &server));
            let (tls, port) = match scheme {
                "https" => (true, 443),
                "http" => (false, 80),
                _ => return Err(wrong()),
            };
            let places = place.trim_end_matches('/').split(',');
            address.servers =
                places.map(|place| Server::parse(place, port)).collect::<Option<_>>().ok_or_else(wrong)?;
            address.tls = tls;
        }
        let mounted = Path::new(AUTHORITY);
        let authority = address.parameter("ca").map(PathBuf::from);
        let authority = authority.or_else(|| mounted.exists().then(|| mounted.to_owned()));
        Ok(Self { http: HttpCenter::with_authority(address, authority.as_deref())?, token_file })
    }

    pub(super) fn path(&self) -> &str {
        &self.http.address().path
    }

    /// Asks for one answer; what is no success is an error.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, CenterError> {
        let token = self.token().await?;
        let asking = self.http.ask(LIMIT, |client, base| {
            let request = asked(client, method.clone(), &format!("{base}{path}"), token.as_ref());
            match body {
                Some(body) => request.json(body),
                None => request,
            }
        });
        asking.await
    }

    /// Opens a watch; the inner error is that what is watched from is too old.
    pub(super) async fn watch(&self, path: &str) -> Result<Result<Lines, Gone>, CenterError> {
        let token = self.token().await?;
        let opening = self
            .http
            .open_lines(|client, base| asked(client, Method::GET, &format!("{base}{path}"), token.as_ref()));
        match opening.await? {
            Ok(lines) => Ok(Ok(lines)),
            Err(answer) if answer.status == StatusCode::GONE => Ok(Err(Gone)),
            Err(answer) => Err(self.refusal(&answer)),
        }
    }

    pub(super) fn refusal(&self, answer: &Answer) -> CenterError {
        let is_status = || answer.json::<Value>().is_ok_and(|value| value["kind"] == "Status");
        match self.http.refusal(answer) {
            CenterError::Missing if !is_status() => {
                CenterError::Nonsense("nothing at /api/v1; is it a Kubernetes API server?".to_owned())
            }
            refusal => refusal,
        }
    }

    /// Returns why a watch has ended.
    pub(super) fn ended(&self, words: &str) -> CenterError {
        let told = self.http.quoted(words).unwrap_or_else(|| "words that repeat the token".to_owned());
        CenterError::Refused(told)
    }

    /// Reads the token anew each time: Kubernetes replaces it every hour or so.
    async fn token(&self) -> Result<Option<Secret>, CenterError> {
        if let Some(password) = &self.http.address().password {
            return Ok(Some(password.clone()));
        }
        let token = self.token_of_file().await?;
        if let Some(token) = &token {
            self.http.keep(token);
        }
        Ok(token)
    }

    async fn token_of_file(&self) -> Result<Option<Secret>, CenterError> {
        let file = self.token_file.as_deref().unwrap_or(Path::new(TOKEN));
        match tokio::fs::read_to_string(file).await {
            Ok(token) => Ok(Some(Secret::new(token.trim()))),
            Err(error) if error.kind() == ErrorKind::NotFound && self.token_file.is_none() => Ok(None),
            Err(error) => {
                Err(CenterError::Unauthorized(format!("the token file {}: {error}", file.display())))
            }
        }
    }
}

/// The version to watch from is too old.
pub(super) struct Gone;

fn asked(client: &Client, method: Method, url: &str, token: Option<&Secret>) -> RequestBuilder {
    let request = client.request(method, url);
    match token {
        Some(token) => request.bearer_auth(token.expose()),
        None => request,
    }
}
