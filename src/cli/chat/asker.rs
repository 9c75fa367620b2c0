//! The client: one streamed request, and what can be told of its answer.

use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use reqwest::{Client, Response};
use serde_json::Value;

use super::asked::{Asked, Fault};
use crate::cli::admin_port::AdminPort;
use crate::probe::EventReader;

/// How long an answer may say nothing; as long as DB-GPT's clients wait.
const SILENCE: Duration = Duration::from_secs(600);

/// Asks the data port, and never tries twice.
pub(super) struct Asker {
    client: Client,
    runtime: tokio::runtime::Runtime,
    url: String,
    key: Option<String>,
}

// === impl Asker ===

impl Asker {
    pub(super) fn new(base: &str, trust: &AdminPort, key: Option<String>) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        // No proxy: the environment's is for the outside.
        let client = Client::builder().no_proxy().read_timeout(SILENCE);
        let client = trust.trusted_by(client).map_err(std::io::Error::other)?;
        let client = client.build().map_err(std::io::Error::other)?;
        Ok(Self { client, runtime, url: format!("{base}/v1/chat/completions"), key })
    }

    /// Asks once; the text goes to `show` as it comes.
    pub(super) fn ask(&self, body: &Value, show: impl FnMut(&str)) -> Asked {
        let mut asked = Asked::default();
        let ended = self.runtime.block_on(self.read(body, &mut asked, show));
        asked.fault = ended.err();
        asked
    }

    async fn read(&self, body: &Value, asked: &mut Asked, mut show: impl FnMut(&str)) -> Result<(), Fault> {
        let began = Instant::now();
        let mut request = self.client.post(&self.url).json(body);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let mut response = request.send().await.map_err(|error| Fault::NotReachable(error.to_string()))?;
        asked.take_headers(response.headers());
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        if !is_event_stream(response.headers()) {
            return Err(Fault::Failed(
                "the answer isn't a stream of events; patchbay check --probe tells more".to_owned(),
            ));
        }
        let mut events = EventReader::default();
        let broken = |error: reqwest::Error| Fault::Failed(format!("the answer broke off: {error}"));
        while let Some(bytes) = response.chunk().await.map_err(broken)? {
            for data in events.take(&bytes) {
                asked.take_event(&data, began.elapsed(), &mut show)?;
            }
        }
        for data in events.rest() {
            asked.take_event(&data, began.elapsed(), &mut show)?;
        }
        asked.took = began.elapsed();
        Ok(())
    }
}

async fn refusal(response: Response) -> Fault {
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap_or_default();
    let message = serde_json::from_slice::<Value>(&body).ok();
    let message = message.as_ref().and_then(|body| body["error"]["message"].as_str().map(str::to_owned));
    Fault::Failed(
        message.unwrap_or_else(|| format!("status {status}: {}", String::from_utf8_lossy(&body).trim())),
    )
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(reqwest::header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}
