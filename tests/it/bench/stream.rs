//! A streamed answer, event by event.

use bytes::BytesMut;
use memchr::memmem;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::wait::within;

/// A streamed answer that is being read.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) headers: HeaderMap,
    response: reqwest::Response,
    buffer: BytesMut,
}

/// How a stream came to its end.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct End {
    /// The text of the events until then.
    pub(crate) text: String,
    /// The in-band error.
    pub(crate) error: Option<Value>,
    /// Whether `[DONE]` came.
    pub(crate) done: bool,
    /// Whether a `finish_reason` came.
    pub(crate) finished: bool,
    /// Whether the body broke off.
    pub(crate) broken: bool,
}

// === impl Stream ===

impl Stream {
    pub(super) fn new(response: reqwest::Response) -> Self {
        assert_eq!(response.status(), 200);
        let headers = response.headers().clone();
        Self { headers, response, buffer: BytesMut::new() }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Waits for the next event and gives its text; fails if the stream ends instead.
    pub(crate) async fn next(&mut self) -> String {
        let event = self.event().await.expect("the stream broke off").expect("the stream ended");
        let json: Value = serde_json::from_str(&event).unwrap();
        json["choices"][0]["delta"]["content"].as_str().unwrap_or_default().to_owned()
    }

    /// Reads on to a clean end, and gives the text until then.
    pub(crate) async fn rest(self) -> String {
        let end = self.end().await;
        assert!(end.done && !end.broken && end.error.is_none(), "not a clean end: {end:?}");
        end.text
    }

    /// Reads on to the end, whatever it is.
    pub(crate) async fn end(mut self) -> End {
        let mut end = End::default();
        loop {
            let event = match self.event().await {
                Ok(Some(event)) => event,
                Ok(None) => return end,
                Err(_) => {
                    return End { broken: true, ..end };
                }
            };
            if event == "[DONE]" {
                end.done = true;
                continue;
            }
            let json: Value = serde_json::from_str(&event).unwrap();
            end.text += json["choices"][0]["delta"]["content"].as_str().unwrap_or_default();
            end.finished |= json["choices"][0]["finish_reason"].is_string();
            if let Some(error) = json.get("error") {
                end.error = Some(error.clone());
            }
        }
    }

    /// Reads on to the end, whatever it is, and gives the text of the wire and whether the body
    /// broke off.
    pub(crate) async fn raw_rest(mut self) -> (String, bool) {
        let broken = loop {
            match within("the rest of a stream", self.response.chunk()).await {
                Ok(Some(chunk)) => self.buffer.extend_from_slice(&chunk),
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        (String::from_utf8_lossy(&self.buffer).into_owned(), broken)
    }

    async fn event(&mut self) -> Result<Option<String>, reqwest::Error> {
        loop {
            if let Some(at) = memmem::find(&self.buffer, b"\n\n") {
                let event = self.buffer.split_to(at + 2);
                let text = std::str::from_utf8(&event).unwrap().trim();
                if text.is_empty() || text.starts_with(':') {
                    continue;
                }
                return Ok(Some(text.strip_prefix("data: ").unwrap().to_owned()));
            }
            match within("the next event", self.response.chunk()).await? {
                Some(chunk) => self.buffer.extend_from_slice(&chunk),
                None if self.buffer.is_empty() => return Ok(None),
                None => panic!("half an event at the end: {:?}", self.buffer),
            }
        }
    }
}
