//! Replicas as ephemeral instances of a service that stands beside the document.
//!
//! An instance is renewed by registering it anew, which is as good as a beat and says the card too.
//! It has no address of its own: nobody is to call it, and two replicas must never be taken for
//! one. What was registered is shown half a second later; what is not renewed goes away when the
//! server next looks, which is every five seconds.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::{Method, StatusCode, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::json;

use super::Nacos;
use crate::source::center::form::{FORM, encoded};
use crate::source::center::socket::within;
use crate::source::center::{Answer, CenterError, Roster};

/// How long an exchange may take, all its questions together.
const LIMIT: Duration = Duration::from_secs(8);

/// The longest card: all metadata of an instance may have 1024 characters, names included.
const MOST_BYTES: usize = 900;

/// The metadata that holds the card.
const CARD: &str = "patchbay";

/// An API for instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// Of 1.x and 2.x.
    First,
    /// Of 3.x.
    Third,
}

/// An instance, as both list them.
#[derive(Deserialize)]
struct Instance {
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

/// A list of 1.x and 2.x.
#[derive(Deserialize)]
struct Hosts {
    hosts: Vec<Instance>,
}

/// Any answer of 3.x.
#[derive(Deserialize)]
struct Wrapped<T> {
    code: i64,
    data: T,
}

// === impl Naming ===

impl Naming {
    const fn path(self) -> &'static str {
        match self {
            Self::First => "/nacos/v1/ns/instance",
            Self::Third => "/nacos/v3/client/ns/instance",
        }
    }

    /// Reads the cards of a list of instances; `None` if it is none of this API.
    pub(super) fn cards(self, answer: &Answer) -> Option<Vec<String>> {
        let instances = self.listed(answer)?.into_iter();
        Some(instances.filter_map(|mut instance| instance.metadata.remove(CARD)).collect())
    }

    /// Reads a list of instances; `None` if it is none of this API.
    fn listed(self, answer: &Answer) -> Option<Vec<Instance>> {
        match self {
            Self::First => answer.json().ok().map(|Hosts { hosts }| hosts),
            Self::Third => match answer.json().ok()? {
                Wrapped { code: 0, data } => Some(data),
                Wrapped { .. } => None,
            },
        }
    }

    /// Tells whether a change was taken.
    pub(super) fn is_done(self, answer: &Answer) -> bool {
        let is_taken = match self {
            Self::First => answer.body.trim_ascii() == b"ok",
            Self::Third => answer.json().is_ok_and(|Wrapped::<serde_json::Value> { code, .. }| code == 0),
        };
        answer.status == StatusCode::OK && is_taken
    }
}

// === impl Nacos ===

impl Nacos {
    async fn naming(&self) -> Result<Naming, CenterError> {
        let known = *self.naming.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(naming) = known {
            return Ok(naming);
        }
        for naming in [Naming::Third, Naming::First] {
            let answer = self.instances(naming).await?;
            if naming.listed(&answer).is_some() {
                *self.naming.lock().unwrap_or_else(PoisonError::into_inner) = Some(naming);
                return Ok(naming);
            }
        }
        Err(CenterError::Nonsense("no list of instances; is its naming service on?".to_owned()))
    }

    async fn instances(&self, naming: Naming) -> Result<Answer, CenterError> {
        let query = format!("{}&healthyOnly=true", self.service());
        self.access
            .ask(self.access.limit(), |client, base, login| {
                client.get(format!("{base}{}/list?{query}&{login}", naming.path()))
            })
            .await
    }

    async fn shown(&self) -> Result<Vec<String>, CenterError> {
        let naming = self.naming().await?;
        let answer = self.instances(naming).await?;
        naming.cards(&answer).ok_or_else(|| self.no_longer(&answer))
    }

    async fn show(&self, id: &str, card: &str, ttl: Duration) -> Result<(), CenterError> {
        let (life, beat) = (ttl.as_millis().to_string(), (ttl / 3).as_millis().to_string());
        let metadata = json!({
            CARD: card,
            "preserved.heart.beat.interval": beat,
            "preserved.heart.beat.timeout": life,
            "preserved.ip.delete.timeout": life,
        });
        self.change(Method::POST, id, &[("metadata", &metadata.to_string())]).await
    }

    async fn change(&self, method: Method, id: &str, more: &[(&str, &str)]) -> Result<(), CenterError> {
        let naming = self.naming().await?;
        let place = format!("replica-{id}");
        let mut pairs = vec![("ip", place.as_str()), ("port", "1"), ("ephemeral", "true")];
        pairs.extend(more);
        let form = format!("{}&{}", self.service(), encoded(&pairs));
        let answer = self
            .access
            .ask(self.access.limit(), |client, base, login| {
                let url = format!("{base}{}", naming.path());
                // A body of DELETE is not read.
                if method == Method::POST {
                    client.post(format!("{url}?{login}")).header(CONTENT_TYPE, FORM).body(form.clone())
                } else {
                    client.request(method.clone(), format!("{url}?{form}&{login}"))
                }
            })
            .await?;
        if naming.is_done(&answer) { Ok(()) } else { Err(self.no_longer(&answer)) }
    }

    /// Another version may run there by now.
    fn no_longer(&self, answer: &Answer) -> CenterError {
        *self.naming.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if answer.status == StatusCode::OK {
            return CenterError::Nonsense("no answer of its naming service".to_owned());
        }
        self.access.refusal(answer)
    }

    fn service(&self) -> String {
        let service = format!("{}.replicas", self.place.data_id);
        let mut pairs = vec![("serviceName", service.as_str()), ("groupName", &self.place.group)];
        if !self.place.tenant.is_empty() {
            pairs.push(("namespaceId", &self.place.tenant));
        }
        encoded(&pairs)
    }
}

impl Roster for Nacos {
    fn announce<'c>(
        &'c self,
        id: &'c str,
        card: &'c str,
        ttl: Duration,
    ) -> BoxFuture<'c, Result<(), CenterError>> {
        within(LIMIT, self.show(id, card, ttl)).boxed()
    }

    fn withdraw<'c>(&'c self, id: &'c str) -> BoxFuture<'c, Result<(), CenterError>> {
        within(LIMIT, self.change(Method::DELETE, id, &[])).boxed()
    }

    fn most_bytes(&self) -> usize {
        MOST_BYTES
    }

    fn cards(&self) -> BoxFuture<'_, Result<Vec<String>, CenterError>> {
        within(LIMIT, self.shown()).boxed()
    }
}
