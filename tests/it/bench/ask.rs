//! A request from a well-behaved client, and its answer.

use bytes::{Bytes, BytesMut};
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::Stream;
use crate::wait::within;

/// A request that has not been sent yet.
#[derive(Debug)]
pub(crate) struct Ask {
    client: reqwest::Client,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

/// An answer as far as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether the body ended before its end.
    pub(crate) broken: bool,
}

// === impl Ask ===

impl Ask {
    pub(super) fn new(client: reqwest::Client, method: &str, url: &str) -> Self {
        Self {
            client,
            method: method.to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    pub(super) fn with_client(mut self, client: reqwest::Client) -> Self {
        self.client = client;
        self
    }

    pub(crate) fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Waits for the head of the answer.
    pub(crate) async fn open(self) -> reqwest::Response {
        let method = self.method.parse().unwrap();
        let mut request = self.client.request(method, &self.url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if !self.body.is_empty() {
            request = request.body(self.body);
        }
        within("the head of an answer", request.send()).await.unwrap()
    }

    /// Asks, and reads the answer as far as it comes.
    pub(crate) async fn send(self) -> Answer {
        let mut response = self.open().await;
        let mut body = BytesMut::new();
        let broken = loop {
            match within("the rest of an answer", response.chunk()).await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: body.freeze(), broken }
    }

    /// Asks, and gives the text of the completion.
    pub(crate) async fn text(self) -> String {
        let answer = self.send().await;
        assert_eq!(answer.status, 200, "{}", answer.lossy());
        assert!(!answer.broken, "the answer broke off: {}", answer.lossy());
        answer.json()["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
    }

    /// Asks for events.
    pub(crate) async fn stream(mut self) -> Stream {
        let mut body: Value = serde_json::from_slice(&self.body).unwrap();
        body["stream"] = Value::Bool(true);
        self.body = body.to_string().into();
        Stream::new(self.open().await)
    }
}

// === impl Answer ===

impl Answer {
    /// Returns a header as text, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.lossy()))
    }

    pub(crate) fn lossy(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the message of an error in OpenAI's shape, whose other fields must be there.
    pub(crate) fn error(&self) -> String {
        assert!(self.status >= 400, "{} {}", self.status, self.lossy());
        assert_eq!(self.header("content-type"), "application/json");
        assert!(!self.broken, "an error that breaks off");
        let json = self.json();
        let error = json["error"].as_object().unwrap_or_else(|| panic!("no error in {json}"));
        for field in ["message", "type", "param", "code"] {
            assert!(error.contains_key(field), "no {field} in {json}");
        }
        assert!(error["type"].is_string(), "{json}");
        error["message"].as_str().unwrap().to_owned()
    }

    /// Returns the `code` of an error.
    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}
