//! A client that looks through every answer.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use reqwest::{Client, Response};
use serde_json::{Value, json};

/// How an answer is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Event by event.
    Stream,
    /// In one piece.
    Plain,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Answered, whole, by this backend.
    Answered {
        /// Whose signature it bears.
        by: String,
    },
    /// Not answered, or not as it should be.
    Failed {
        /// Why.
        why: String,
    },
    /// A stream that began and did not come to its end.
    Dropped {
        /// Why.
        why: String,
    },
}

/// Asks the router on behalf of many clients.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    client: Client,
    url: String,
}

impl Asker {
    /// Makes the client; it never tries twice.
    pub(super) fn new(at: SocketAddr) -> reqwest::Result<Self> {
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
        Ok(Self { client, url: format!("http://{at}/v1/chat/completions") })
    }

    /// Asks once and looks through the answer.
    pub(super) async fn ask(&self, kind: Kind) -> Outcome {
        let response = match self.send(kind, None).await {
            Ok(response) => response,
            Err(error) => return Outcome::Failed { why: error.to_string() },
        };
        let (status, backend) = (response.status(), backend_of(&response));
        let body = match response.bytes().await {
            Ok(body) => body,
            Err(error) if kind == Kind::Stream => return Outcome::Dropped { why: error.to_string() },
            Err(error) => return Outcome::Failed { why: error.to_string() },
        };
        if !status.is_success() {
            return Outcome::Failed { why: format!("status {status}") };
        }
        let text = match kind {
            Kind::Stream => match streamed_text(&body) {
                Some(text) => text,
                None => return Outcome::Dropped { why: "a stream without its end".to_owned() },
            },
            Kind::Plain => serde_json::from_slice::<Value>(&body)
                .ok()
                .and_then(|body| Some(body["choices"][0]["message"]["content"].as_str()?.to_owned()))
                .unwrap_or_default(),
        };
        // One signature, at the beginning, that of the backend in the header: nothing was mixed.
        let others = ["blue:", "green:"].map(|signature| text.matches(signature).count());
        if text.starts_with(&format!("{backend}: ")) && others.iter().sum::<usize>() == 1 {
            Outcome::Answered { by: backend }
        } else {
            Outcome::Failed { why: format!("{backend} is said to have answered {text:?}") }
        }
    }

    /// Asks without a pause until this backend answers; returns how long it took from `since`.
    pub(super) async fn until_answered_by(&self, backend: &str, since: Instant) -> Duration {
        loop {
            match self.send(Kind::Plain, Some(1)).await {
                Ok(response) if backend_of(&response) == backend => return since.elapsed(),
                // A failure would show among the counted requests, too.
                Ok(response) => drop(response.bytes().await),
                Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        }
    }

    async fn send(&self, kind: Kind, max_tokens: Option<u32>) -> reqwest::Result<Response> {
        let body = json!({
            "model": "demo",
            "stream": kind == Kind::Stream,
            "max_tokens": max_tokens,
            "messages": [{"role": "user", "content": "hi"}],
        });
        self.client.post(&self.url).json(&body).send().await
    }
}

fn backend_of(response: &Response) -> String {
    let header = response.headers().get("x-patchbay-backend");
    header.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// Puts a stream's text together; none where its end is missing.
fn streamed_text(body: &[u8]) -> Option<String> {
    let body = std::str::from_utf8(body).ok()?.strip_suffix("data: [DONE]\n\n")?;
    let events = body.split("\n\n").filter_map(|event| event.strip_prefix("data: "));
    let text = |event: &str| {
        let event: Value = serde_json::from_str(event).ok()?;
        Some(event["choices"][0]["delta"]["content"].as_str().unwrap_or_default().to_owned())
    };
    events.map(text).collect()
}
