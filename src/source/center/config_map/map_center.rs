//! A key of a `ConfigMap` as a center.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::api::{Api, Gone};
use super::messages::{Event, Kind, List, version};
use crate::config::Format;
use crate::source::center::answer::json as json_of;
use crate::source::center::read_back::read_back;
use crate::source::center::{
    Answer, Center, CenterAddress, CenterError, Fetched, Revision, WriteError, form, format_of, url_path,
};
use crate::table::base64;

/// How long a read may take, other servers included.
const READ: Duration = Duration::from_secs(10);

/// How long a watch is held.
const HOLD: Duration = Duration::from_secs(55);

/// How often a watch begins anew because its version was too old; a second time is chance.
const MOST_GONE: usize = 3;

/// A key of a `ConfigMap`.
#[derive(Debug)]
pub struct ConfigMap {
    pub(super) api: Api,
    namespace: String,
    name: String,
    key: String,
    format: Format,
}

// === impl ConfigMap ===

impl ConfigMap {
    /// Prepares to speak with the API server: the one of the parameter `server`, else the
    /// address's own.
    pub fn new(address: CenterAddress) -> Result<Self, CenterError> {
        let api = Api::new(address)?;
        let mut parts = api.path().splitn(3, '/').map(str::to_owned);
        let mut part = || parts.next().unwrap_or_default();
        let (namespace, name, key) = (part(), part(), part());
        let format = format_of(&key);
        Ok(Self { api, namespace, name, key, format })
    }

    fn maps(&self) -> String {
        format!("/api/v1/namespaces/{}/configmaps", url_path::encoded(&self.namespace))
    }

    fn map(&self) -> String {
        format!("{}/{}", self.maps(), url_path::encoded(&self.name))
    }

    /// The same, as a list with one object.
    fn list(&self, more: &[(&str, &str)]) -> String {
        let field = format!("metadata.name={}", self.name);
        let mut query = vec![("fieldSelector", field.as_str())];
        query.extend(more);
        format!("{}?{}", self.maps(), form::encoded(&query))
    }

    /// Reads the whole object.
    async fn object(&self) -> Result<Value, CenterError> {
        let path = self.map();
        let asking = self.api.ask(Method::GET, &path, None);
        let answer = timeout(READ, asking).await.map_err(|_| CenterError::Silent(READ))??;
        self.object_in(&answer)
    }

    /// Reads the answer to a question for the object.
    pub(super) fn object_in(&self, answer: &Answer) -> Result<Value, CenterError> {
        if answer.status != StatusCode::OK {
            return Err(self.api.refusal(answer));
        }
        let object: Value = answer.json()?;
        if version(&object).is_empty() {
            return Err(CenterError::Nonsense("an object without a resourceVersion".to_owned()));
        }
        Ok(object)
    }

    /// Returns the key's bytes; a key that isn't text is in `binaryData`.
    pub(super) fn content(&self, object: &Value) -> Result<Bytes, CenterError> {
        if let Some(text) = object["data"][&self.key].as_str() {
            return Ok(Bytes::copy_from_slice(text.as_bytes()));
        }
        let binary = object["binaryData"][&self.key].as_str().ok_or(CenterError::Missing)?;
        base64::decode(binary)
            .map(Bytes::from)
            .ok_or_else(|| CenterError::Nonsense("a value that is no base64".to_owned()))
    }

    async fn read(&self) -> Result<Fetched, CenterError> {
        let object = self.object().await?;
        let revision = Revision::opaque(version(&object));
        Ok(Fetched { content: self.content(&object)?, format: self.format, revision })
    }

    /// Watches until the object changes.
    async fn watch(&self, since: &str) -> Result<(), CenterError> {
        let mut from = since.to_owned();
        for _gone in 0..MOST_GONE {
            if self.watch_from(&from, since).await?.is_ok() {
                return Ok(());
            }
            // An object that rests has an old version; a list has one that can be watched from.
            let answer = self.api.ask(Method::GET, &self.list(&[]), None).await?;
            if answer.status != StatusCode::OK {
                return Err(self.api.refusal(&answer));
            }
            let list: List = answer.json()?;
            if list.items.first().is_none_or(|object| object.metadata.resource_version != since) {
                return Ok(());
            }
            from = list.metadata.resource_version;
        }
        Err(CenterError::Refused("that every version to watch from is too old".to_owned()))
    }

    async fn watch_from(&self, from: &str, since: &str) -> Result<Result<(), Gone>, CenterError> {
        let seconds = (HOLD + READ).as_secs().to_string();
        let path = self.list(&[
            ("watch", "true"),
            ("resourceVersion", from),
            ("allowWatchBookmarks", "true"),
            ("timeoutSeconds", &seconds),
        ]);
        let mut lines = match self.api.watch(&path).await? {
            Ok(lines) => lines,
            Err(gone) => return Ok(Err(gone)),
        };
        loop {
            let line = lines.next().await?;
            let line = line.ok_or_else(|| CenterError::Unreachable("the watch ended".to_owned()))?;
            let event: Event = json_of(&line)?;
            match event.kind {
                Kind::Error if event.is_gone() => return Ok(Err(Gone)),
                Kind::Error => return Err(self.api.ended(event.words())),
                Kind::Added | Kind::Modified if event.version() == since => {}
                Kind::Added | Kind::Modified | Kind::Deleted => return Ok(Ok(())),
                Kind::Bookmark => {}
            }
        }
    }

    async fn put(&self, expected: Option<&Revision>, text: &str) -> Result<Revision, WriteError> {
        let object = match self.object().await {
            Ok(object) => object,
            Err(CenterError::Missing) if expected.is_none() => return self.create(text).await,
            Err(CenterError::Missing) => return Err(WriteError::Conflict { present: None }),
            Err(error) => return Err(error.into()),
        };
        let present = match self.content(&object) {
            Err(CenterError::Missing) => None,
            _ => Some(Revision::opaque(version(&object))),
        };
        if present.as_ref().map(|revision| &revision.text) != expected.map(|revision| &revision.text) {
            return Err(WriteError::Conflict { present });
        }
        // The object goes back with the version that it came with, and with all else that is in it.
        self.send(Method::PUT, &self.map(), object, text).await
    }

    async fn create(&self, text: &str) -> Result<Revision, WriteError> {
        let metadata = json!({ "name": self.name, "namespace": self.namespace });
        let object = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata });
        self.send(Method::POST, &self.maps(), object, text).await
    }

    /// Puts the text into the object.
    pub(super) fn fill(&self, object: &mut Value, text: &str) -> Result<(), CenterError> {
        if !matches!(object["data"], Value::Object(_) | Value::Null) {
            return Err(CenterError::Nonsense("an object whose `data` is none".to_owned()));
        }
        object["data"][&self.key] = text.into();
        if let Some(binary) = object["binaryData"].as_object_mut() {
            binary.remove(&self.key);
        }
        Ok(())
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        mut object: Value,
        text: &str,
    ) -> Result<Revision, WriteError> {
        self.fill(&mut object, text)?;
        let answer = self.api.ask(method, path, Some(&object)).await?;
        match answer.status {
            StatusCode::OK | StatusCode::CREATED => read_back(self, text, true).await,
            StatusCode::CONFLICT => read_back(self, text, false).await,
            StatusCode::UNPROCESSABLE_ENTITY if answer.words().contains("immutable") => {
                Err(WriteError::ReadOnly("it is immutable"))
            }
            _ => Err(self.api.refusal(&answer).into()),
        }
    }
}

impl Center for ConfigMap {
    fn fetch(&self) -> BoxFuture<'_, Result<Fetched, CenterError>> {
        Box::pin(self.read())
    }

    fn wait<'c>(&'c self, since: &'c Revision) -> BoxFuture<'c, Result<(), CenterError>> {
        // A watch that heard nothing is no fault.
        Box::pin(async move { timeout(HOLD, self.watch(&since.text)).await.unwrap_or(Ok(())) })
    }

    fn replace<'c>(
        &'c self,
        expected: Option<&'c Revision>,
        text: &'c str,
    ) -> BoxFuture<'c, Result<Revision, WriteError>> {
        Box::pin(self.put(expected, text))
    }
}
