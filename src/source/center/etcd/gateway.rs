//! Questions to the gateway: its prefix, its login, its refusals.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::{RequestBuilder, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::messages::Authenticated;
use crate::source::center::answer::Answer;
use crate::source::center::http::with_login;
use crate::source::center::lines::Lines;
use crate::source::center::{CenterAddress, CenterError, HttpCenter};
use crate::table::Secret;

/// How long one server may take to answer.
const LIMIT: Duration = Duration::from_secs(4);

/// Where the gateway is: since 3.4, in 3.3, in 3.2.
const PREFIXES: [&str; 3] = ["/v3", "/v3beta", "/v3alpha"];

/// Words with which a server asks for another login, whatever the version says as the status.
const WANT_LOGIN: [&str; 4] = [
    "invalid auth token",
    "revision of auth store is old",
    "revision in header is old",
    "user name is empty",
];

#[derive(Debug)]
pub(super) struct Gateway {
    http: HttpCenter,
    prefix: AtomicUsize,
    login: Mutex<Login>,
}

#[derive(Debug, Clone)]
enum Login {
    /// Not asked for yet, or no longer taken.
    None,
    Token(Secret),
    /// Neither given nor wanted.
    Needless,
}

// === impl Gateway ===

impl Gateway {
    pub(super) fn new(address: CenterAddress) -> Result<Self, CenterError> {
        let http = HttpCenter::new(address)?;
        Ok(Self { http, prefix: AtomicUsize::new(0), login: Mutex::new(Login::None) })
    }

    /// Asks, and logs in once more if the last login is no longer taken.
    pub(super) async fn ask<T: DeserializeOwned>(&self, what: &str, body: &Value) -> Result<T, CenterError> {
        let login = self.log_in().await?;
        match self.ask_as(&login, what, body).await {
            Err(CenterError::Unauthorized(_)) if self.forget_login() => {
                let login = self.log_in().await?;
                self.ask_as(&login, what, body).await
            }
            asked => asked,
        }
    }

    /// Opens an answer without an end.
    pub(super) async fn open(&self, what: &str, body: &Value) -> Result<Lines, CenterError> {
        let login = self.log_in().await?;
        let prefix = PREFIXES[self.prefix.load(Ordering::Relaxed)];
        let opening = self
            .http
            .open_lines(|client, base| login.onto(client.post(format!("{base}{prefix}{what}")).json(body)));
        opening.await?.map_err(|answer| self.refusal(&answer))
    }

    /// Sorts an error by its words: versions differ in their statuses.
    pub(super) fn sorted(&self, words: &str) -> CenterError {
        let told = self.http.quoted(words).unwrap_or_else(|| "words that repeat the login".to_owned());
        if WANT_LOGIN.iter().any(|wanted| words.contains(wanted)) {
            self.forget_login();
            return CenterError::Unauthorized(told);
        }
        let is_login = words.contains("authentication failed") || words.contains("permission denied");
        if is_login { CenterError::Unauthorized(told) } else { CenterError::Refused(told) }
    }

    async fn ask_as<T: DeserializeOwned>(
        &self,
        login: &Login,
        what: &str,
        body: &Value,
    ) -> Result<T, CenterError> {
        for _prefix in PREFIXES {
            let at = self.prefix.load(Ordering::Relaxed);
            let prefix = PREFIXES[at];
            let asking = self.http.ask(LIMIT, |client, base| {
                login.onto(client.post(format!("{base}{prefix}{what}")).json(body))
            });
            let answer = asking.await?;
            match answer.status {
                StatusCode::OK => return answer.json(),
                StatusCode::NOT_FOUND => self.prefix.store((at + 1) % PREFIXES.len(), Ordering::Relaxed),
                _ => return Err(self.refusal(&answer)),
            }
        }
        Err(CenterError::Nonsense(
            "no JSON gateway; is it etcd, and is `--enable-grpc-gateway` on?".to_owned(),
        ))
    }

    pub(super) fn refusal(&self, answer: &Answer) -> CenterError {
        if answer.status == StatusCode::UNAUTHORIZED {
            self.forget_login();
        }
        match (self.http.refusal(answer), self.sorted(&answer.words())) {
            (CenterError::Refused(told), CenterError::Unauthorized(_)) => CenterError::Unauthorized(told),
            (CenterError::Missing, _) => CenterError::Refused(answer.status.to_string()),
            (refusal, _) => refusal,
        }
    }

    async fn log_in(&self) -> Result<Login, CenterError> {
        let login = self.login.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !matches!(login, Login::None) {
            return Ok(login);
        }
        let address = self.http.address();
        let login = match (&address.user, &address.password) {
            (Some(user), Some(password)) => {
                let body = json!({ "name": user, "password": password.expose() });
                match self.ask_as(&Login::None, "/auth/authenticate", &body).await {
                    Ok(Authenticated { token }) => {
                        let token = Secret::new(&token);
                        self.http.keep(&token);
                        Login::Token(token)
                    }
                    Err(CenterError::Refused(told)) if told.contains("authentication is not enabled") => {
                        Login::Needless
                    }
                    Err(error) => return Err(error),
                }
            }
            _ => Login::Needless,
        };
        *self.login.lock().unwrap_or_else(PoisonError::into_inner) = login.clone();
        Ok(login)
    }

    /// Returns whether there is a chance that another login helps.
    fn forget_login(&self) -> bool {
        *self.login.lock().unwrap_or_else(PoisonError::into_inner) = Login::None;
        self.http.address().password.is_some()
    }
}

// === impl Login ===

impl Login {
    fn onto(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::Token(token) => with_login(request, header::AUTHORIZATION, token.expose()),
            Self::None | Self::Needless => request,
        }
    }
}
