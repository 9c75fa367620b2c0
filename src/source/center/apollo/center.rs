//! The document in the config service.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::{StatusCode, header::AUTHORIZATION};
use serde::Deserialize;
use tokio::time::sleep;

use super::notifications::{Heard, News, Notification};
use super::place::{Place, path_and_query};
use super::portal::Portal;
use super::properties::dotenv_of;
use super::signature::signature;
use crate::config::Format;
use crate::source::center::http::with_login;
use crate::source::center::{
    Answer, Center, CenterAddress, CenterError, Fetched, HttpCenter, Revision, WriteError,
};
use crate::table::Secret;

/// How long all servers together may take to answer a plain question.
const PATIENCE: Duration = Duration::from_secs(8);

/// The config service holds a question for a minute.
const HOLD: Duration = Duration::from_secs(65);

/// A pause where the server tells nothing new, and does not hold the question either.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a release may take until it can be read.
const LAG: Duration = Duration::from_secs(5);

/// A document in Apollo.
#[derive(Debug)]
pub struct Apollo {
    http: HttpCenter,
    pub(super) place: Place,
    secret: Option<Secret>,
    portal: Option<Portal>,
    heard: Mutex<Heard>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Release {
    pub(super) configurations: BTreeMap<String, String>,
    release_key: String,
}

// === impl Apollo ===

impl Apollo {
    /// Prepares to read a namespace. The parameter `secret` is the app's access key; `portal`,
    /// `token`, `env` and `user` say how to write.
    pub fn new(address: CenterAddress) -> Result<Self, CenterError> {
        let place = Place::of(&address);
        let portal = Portal::of(&address)?;
        let secret = address.parameter("secret").map(Secret::new).or_else(|| address.password.clone());
        Ok(Self { http: HttpCenter::new(address)?, place, secret, portal, heard: Mutex::default() })
    }

    async fn ask(
        &self,
        limit: Duration,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Answer, CenterError> {
        let asked = path_and_query(path, query);
        self.http
            .ask(limit, |client, base| {
                let request = client.get(format!("{base}{asked}"));
                let Some(secret) = &self.secret else { return request };
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
                let signed = signature(secret.expose(), now.as_millis(), &asked);
                with_login(request, AUTHORIZATION, &format!("Apollo {}:{signed}", self.place.app))
                    .header("Timestamp", now.as_millis().to_string())
            })
            .await
    }

    async fn read(&self) -> Result<Fetched, CenterError> {
        let Place { app, cluster, namespace, .. } = &self.place;
        let messages = self.heard().messages();
        let query: Vec<(&str, &str)> = messages.iter().map(|told| ("messages", told.as_str())).collect();
        let count = u32::try_from(self.http.address().servers.len()).unwrap_or(u32::MAX);
        let limit = (PATIENCE / count).max(PAUSE);
        let answer = self.ask(limit, &["configs", app, cluster, namespace], &query).await?;
        self.fetched(&answer)
    }

    /// Reads the answer to a question for the newest release.
    pub(super) fn fetched(&self, answer: &Answer) -> Result<Fetched, CenterError> {
        if answer.status != StatusCode::OK {
            return Err(self.http.refusal(answer));
        }
        let Release { mut configurations, release_key } = answer.json()?;
        let content = match self.place.format {
            Format::Dotenv => dotenv_of(&configurations),
            _ => configurations.remove("content").unwrap_or_default(),
        };
        Ok(Fetched {
            content: Bytes::from(content),
            format: self.place.format,
            revision: Revision::opaque(release_key),
        })
    }

    async fn hint(&self, since: &str) -> Result<(), CenterError> {
        let pause = self.heard().look_again(since);
        if let Some(pause) = pause {
            sleep(pause).await;
            return Ok(());
        }
        let began = Instant::now();
        let question = self.heard().question(&self.place);
        let Place { app, cluster, .. } = &self.place;
        let query = [("appId", app.as_str()), ("cluster", cluster), ("notifications", &question)];
        let told =
            self.ask(HOLD, &["notifications", "v2"], &query).await.and_then(|answer| self.told(&answer));
        let news = match told {
            Ok(told) => self.heard().take(told, since),
            Err(error) => {
                self.heard().reset();
                return Err(error);
            }
        };
        if news == News::Nothing {
            sleep(PAUSE.saturating_sub(began.elapsed())).await;
        }
        Ok(())
    }

    pub(super) fn told(&self, answer: &Answer) -> Result<Vec<Notification>, CenterError> {
        match answer.status {
            StatusCode::OK => answer.json(),
            StatusCode::NOT_MODIFIED => Ok(Vec::new()),
            _ => Err(self.http.refusal(answer)),
        }
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn present(&self) -> Result<Option<Fetched>, CenterError> {
        match self.read().await {
            Ok(fetched) => Ok(Some(fetched)),
            Err(CenterError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn write(&self, expected: Option<&Revision>, text: &str) -> Result<Revision, WriteError> {
        let Some(portal) = &self.portal else {
            return Err(WriteError::ReadOnly(
                "Apollo takes changes only through its portal; add portal=URL&token=TOKEN to the address",
            ));
        };
        if self.place.format == Format::Dotenv {
            return Err(WriteError::ReadOnly(
                "a namespace of properties is edited item by item in Apollo's portal; a namespace such as routes.yaml can be written",
            ));
        }
        let present = self.present().await?;
        if present.as_ref().map(|fetched| &fetched.revision) != expected {
            return Err(WriteError::Conflict { present: present.map(|fetched| fetched.revision) });
        }
        let draft = portal.draft(&self.place).await?;
        let released = present.map(|fetched| fetched.content);
        let is_released = |draft: &String| released.as_deref().unwrap_or_default() == draft.as_bytes();
        // Our own text stands there if an earlier try could edit and not release.
        if draft.is_some_and(|draft| draft != text && !is_released(&draft)) {
            let whose = "an edit that nobody has released yet; release it or take it back in the portal";
            return Err(CenterError::Refused(whose.to_owned()).into());
        }
        portal.edit(&self.place, text).await?;
        portal.release(&self.place).await?;
        let began = Instant::now();
        let mut pause = Duration::from_millis(10);
        loop {
            let present = self.present().await?;
            match present {
                Some(fetched)
                    if Some(&fetched.revision) != expected && fetched.content == text.as_bytes() =>
                {
                    return Ok(fetched.revision);
                }
                present if present.as_ref().map(|fetched| &fetched.revision) != expected => {
                    return Err(WriteError::Replaced { present: present.map(|fetched| fetched.revision) });
                }
                _ if began.elapsed() > LAG => {
                    let still = "the old release still, although it had made a new one";
                    return Err(CenterError::Refused(still.to_owned()).into());
                }
                _ => sleep(pause).await,
            }
            pause = (pause * 2).min(Duration::from_millis(250));
        }
    }
}

impl Center for Apollo {
    fn fetch(&self) -> BoxFuture<'_, Result<Fetched, CenterError>> {
        self.read().boxed()
    }

    fn wait<'c>(&'c self, since: &'c Revision) -> BoxFuture<'c, Result<(), CenterError>> {
        self.hint(&since.text).boxed()
    }

    fn replace<'c>(
        &'c self,
        expected: Option<&'c Revision>,
        text: &'c str,
    ) -> BoxFuture<'c, Result<Revision, WriteError>> {
        self.write(expected, text).boxed()
    }
}
