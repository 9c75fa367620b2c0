//! Asking a Nacos server over HTTP, logged in where the address names a user.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder, StatusCode, header::CONTENT_TYPE};
use serde::Deserialize;

use crate::source::center::form::{FORM, encoded};
use crate::source::center::{Answer, CenterAddress, CenterError, HttpCenter};
use crate::table::Secret;

/// Where logins are taken: in 1.x and 2.x, in 3.x, and where older clients knock.
const DOORS: [&str; 3] = ["/nacos/v1/auth/login", "/nacos/v3/auth/user/login", "/nacos/v1/auth/users/login"];

/// How long all servers together may take to answer one question.
const PATIENCE: Duration = Duration::from_secs(6);

/// A token lasts for hours; one that names no time is taken for this one.
const USUAL_LIFE: Duration = Duration::from_secs(1800);

/// A token is renewed once a day at the latest.
const LONGEST_LIFE: Duration = Duration::from_secs(86_400);

/// The servers of one center, and the login there.
#[derive(Debug)]
pub(super) struct Access {
    http: HttpCenter,
    token: Mutex<Option<Token>>,
}

#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) text: Secret,
    /// Well before the server forgets it.
    renew_at: Instant,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Login {
    access_token: String,
    /// Seconds.
    token_ttl: Option<u64>,
}

// === impl Access ===

impl Access {
    pub(super) fn new(address: CenterAddress) -> Result<Self, CenterError> {
        Ok(Self { http: HttpCenter::new(address)?, token: Mutex::new(None) })
    }

    pub(super) fn address(&self) -> &CenterAddress {
        self.http.address()
    }

    /// Returns how long one server may take to answer a plain question.
    pub(super) fn limit(&self) -> Duration {
        let count = u32::try_from(self.address().servers.len()).unwrap_or(u32::MAX);
        (PATIENCE / count).max(Duration::from_secs(1))
    }

    /// Posts a text to be published, to be taken only while the present one has the md5 `expected`.
    pub(super) async fn publish(
        &self,
        path: &str,
        form: &str,
        expected: Option<&str>,
    ) -> Result<Answer, CenterError> {
        self.ask(self.limit(), |client, base, login| {
            let request =
                client.post(format!("{base}{path}?{login}")).header(CONTENT_TYPE, FORM).body(form.to_owned());
            match expected {
                Some(md5) => request.header("casMd5", md5),
                None => request,
            }
        })
        .await
    }

    /// Asks with a login; one that is refused is renewed once. `make` gets a server's base URL and
    /// the pairs that the query has to end with.
    pub(super) async fn ask(
        &self,
        limit: Duration,
        make: impl Fn(&Client, &str, &str) -> RequestBuilder,
    ) -> Result<Answer, CenterError> {
        let mut is_fresh = false;
        loop {
            let token = self.token().await?;
            let login =
                token.as_ref().map_or(String::new(), |token| encoded(&[("accessToken", token.expose())]));
            let answer = self.http.ask(limit, |client, base| make(client, base, &login)).await?;
            if !matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
                return Ok(answer);
            }
            if token.is_none() || is_fresh {
                return Err(self.refusal(&answer));
            }
            self.forget();
            is_fresh = true;
        }
    }

    /// Sorts an answer that is no success.
    pub(super) fn refusal(&self, answer: &Answer) -> CenterError {
        self.http.refusal(answer)
    }

    /// Returns the token of the login, renewed in time; `None` if the address names no user.
    pub(super) async fn token(&self) -> Result<Option<Secret>, CenterError> {
        let Some(user) = &self.address().user else { return Ok(None) };
        let held = self.held().filter(|token| Instant::now() < token.renew_at);
        if let Some(token) = held {
            return Ok(Some(token.text));
        }
        let password = self.address().password.as_ref().map_or("", Secret::expose);
        let token = self.log_in(user, password).await?;
        self.http.keep(&token.text);
        let text = token.text.clone();
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(Some(text))
    }

    /// Drops the token, so that the next question logs in anew.
    pub(super) fn forget(&self) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn held(&self) -> Option<Token> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn log_in(&self, user: &str, password: &str) -> Result<Token, CenterError> {
        let form = encoded(&[("username", user), ("password", password)]);
        let mut refusal = CenterError::Unauthorized("it takes no logins".to_owned());
        for door in DOORS {
            let answer = self
                .http
                .ask(self.limit(), |client, base| {
                    client.post(format!("{base}{door}")).header(CONTENT_TYPE, FORM).body(form.clone())
                })
                .await?;
            match answer.status {
                StatusCode::OK => return token_in(&answer.body),
                StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::METHOD_NOT_ALLOWED => {}
                // So do all versions answer an unknown user or a wrong password. Of 3.x, none of
                // the doors says why.
                StatusCode::INTERNAL_SERVER_ERROR => {
                    refusal = CenterError::Unauthorized(format!(
                        "{}, as for an unknown user or a wrong password",
                        answer.status
                    ));
                }
                _ => {
                    refusal = self.refusal(&answer);
                    break;
                }
            }
        }
        Err(refusal)
    }
}

/// Reads the answer to a login.
pub(super) fn token_in(body: &[u8]) -> Result<Token, CenterError> {
    // Later versions wrap their answers: {"code":0,"data":{…}}.
    #[derive(Deserialize)]
    struct Wrapped {
        data: Login,
    }
    let login = serde_json::from_slice::<Login>(body)
        .or_else(|_| serde_json::from_slice::<Wrapped>(body).map(|wrapped| wrapped.data))
        .map_err(|_| CenterError::Nonsense("a login without an accessToken".to_owned()))?;
    let life = login.token_ttl.map_or(USUAL_LIFE, Duration::from_secs).min(LONGEST_LIFE);
    Ok(Token { text: Secret::new(&login.access_token), renew_at: Instant::now() + life.mul_f64(0.8) })
}
