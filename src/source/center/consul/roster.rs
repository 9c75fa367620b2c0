//! Replicas as keys that end with their session.
//!
//! Consul lets a session live for ten seconds at least, and may take twice as long to end it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::{Consul, LIMIT, READ};
use crate::source::center::socket::within;
use crate::source::center::{Answer, CenterError, Roster, url_path};
use crate::table::base64;

/// The shortest life of a session.
const SHORTEST: Duration = Duration::from_secs(10);

/// The longest value of a key.
const MOST_BYTES: usize = 512 * 1024;

/// The session of the own replica, once there is one.
#[derive(Debug, Default)]
pub(super) struct Session(Mutex<Option<String>>);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Created {
    #[serde(rename = "ID")]
    id: String,
}

/// A key that a session may hold.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Held {
    value: Option<String>,
    session: Option<String>,
}

// === impl Session ===

impl Session {
    fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, session: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = session;
    }
}

// === impl Consul ===

impl Consul {
    async fn show(&self, id: &str, card: &str, ttl: Duration) -> Result<(), CenterError> {
        if let Some(session) = self.session.get() {
            let renewed = self.exchange(Method::PUT, &format!("session/renew/{session}"), &[], "").await?;
            match renewed.status {
                StatusCode::OK if self.holds(&session, id, card).await? => return Ok(()),
                StatusCode::OK => return self.take(&session, id, card).await,
                // It has ended, or the server has lost it.
                StatusCode::NOT_FOUND => self.session.set(None),
                _ => return Err(self.refusal(&renewed)),
            }
        }
        let life = format!("{}s", ttl.max(SHORTEST).as_secs());
        // No lock delay: nobody else takes this key. No checks: only the time counts.
        let wish = json!({
            "Name": "patchbay", "TTL": life, "Behavior": "delete", "LockDelay": "0s", "Checks": [],
        });
        let created = self.exchange(Method::PUT, "session/create", &[], &wish.to_string()).await?;
        if created.status != StatusCode::OK {
            return Err(self.refusal(&created));
        }
        let Created { id: session } = created.json()?;
        self.session.set(Some(session.clone()));
        self.take(&session, id, card).await
    }

    /// Tells whether the card is there as it should be: every write is one for all servers.
    async fn holds(&self, session: &str, id: &str, card: &str) -> Result<bool, CenterError> {
        let held = self.held(&self.key_of(id), &[]).await?;
        Ok(held.first().is_some_and(|held| {
            held.session.as_deref() == Some(session) && held.card().as_deref() == Some(card)
        }))
    }

    async fn take(&self, session: &str, id: &str, card: &str) -> Result<(), CenterError> {
        let taken = self.exchange(Method::PUT, &self.key_of(id), &[("acquire", session)], card).await?;
        match (taken.status, taken.body.trim_ascii()) {
            (StatusCode::OK, b"true") => Ok(()),
            (StatusCode::OK, _) => {
                Err(CenterError::Refused("another session holds this replica's key".to_owned()))
            }
            _ => {
                // Whatever is wrong with the session is mended by another one.
                self.session.set(None);
                Err(self.refusal(&taken))
            }
        }
    }

    async fn hide(&self, id: &str) -> Result<(), CenterError> {
        let gone = self.exchange(Method::DELETE, &self.key_of(id), &[], "").await?;
        if gone.status != StatusCode::OK {
            return Err(self.refusal(&gone));
        }
        if let Some(session) = self.session.get() {
            self.exchange(Method::PUT, &format!("session/destroy/{session}"), &[], "").await?;
            self.session.set(None);
        }
        Ok(())
    }

    async fn held(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Held>, CenterError> {
        let answer = self.exchange(Method::GET, path, query, "").await?;
        match answer.status {
            StatusCode::OK => answer.json(),
            _ => match self.refusal(&answer) {
                CenterError::Missing => Ok(Vec::new()),
                refusal => Err(refusal),
            },
        }
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, CenterError> {
        self.http
            .ask(LIMIT, |client, base| {
                self.request_at(client, method.clone(), base, path, query).body(body.to_owned())
            })
            .await
    }

    fn key_of(&self, id: &str) -> String {
        format!("kv/{}.replicas/{id}", url_path::encoded(&self.http.address().path))
    }
}

// === impl Held ===

impl Held {
    pub(super) fn card(&self) -> Option<String> {
        let card = base64::decode(self.value.as_deref()?)?;
        Some(String::from_utf8_lossy(&card).into_owned())
    }
}

impl Roster for Consul {
    fn announce<'c>(
        &'c self,
        id: &'c str,
        card: &'c str,
        ttl: Duration,
    ) -> BoxFuture<'c, Result<(), CenterError>> {
        Box::pin(within(READ, self.show(id, card, ttl)))
    }

    fn withdraw<'c>(&'c self, id: &'c str) -> BoxFuture<'c, Result<(), CenterError>> {
        Box::pin(within(READ, self.hide(id)))
    }

    fn most_bytes(&self) -> usize {
        MOST_BYTES
    }

    fn cards(&self) -> BoxFuture<'_, Result<Vec<String>, CenterError>> {
        Box::pin(within(READ, async {
            let held = self.held(&self.key_of(""), &[("recurse", "true")]).await?;
            Ok(held.iter().filter(|held| held.session.is_some()).filter_map(Held::card).collect())
        }))
    }
}
