//! What is done for one request, step by step.

use std::fmt::Write;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

/// One step.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Writes these bytes.
    Send(Bytes),
    /// Waits until so many `resume` calls were made in all.
    Pause(usize),
    /// Waits until it is let go: `let_go` does so with one after the other.
    Turn,
    /// Waits.
    Sleep(Duration),
    /// Sends FIN and is done with the connection.
    Fin,
    /// Sends RST.
    Reset,
    /// Does nothing until the other side closes.
    Hold,
}

/// What is done for one request.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(super) steps: Vec<Step>,
    /// Whether the answer goes out without the request's body having been read.
    pub(super) early: bool,
}

/// Frames bytes as one HTTP chunk.
pub(crate) fn chunk(data: impl AsRef<[u8]>) -> Vec<u8> {
    let data = data.as_ref();
    [format!("{:x}\r\n", data.len()).as_bytes(), data, b"\r\n"].concat()
}

/// Makes an event with this delta.
pub(crate) fn event(delta: &str) -> String {
    let choice = json!({"index": 0, "delta": {"content": delta}, "finish_reason": null});
    let event = json!({"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1,
        "model": "fake", "choices": [choice]});
    format!("data: {event}\n\n")
}

const STREAM_HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const FINISH: &str = "data: {\"id\":\"chatcmpl-fake\",\"object\":\"chat.completion.chunk\",\"created\":1,\
    \"model\":\"fake\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

// === impl Reply ===

impl Reply {
    /// Sends exactly these bytes and keeps the connection open for the next request.
    pub(crate) fn raw(bytes: impl AsRef<[u8]>) -> Self {
        Self { steps: vec![Step::Send(Bytes::copy_from_slice(bytes.as_ref()))], early: false }
    }

    /// Sends a whole answer with these header lines (without the last `\r\n`) and a length.
    pub(crate) fn whole(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut head = format!("HTTP/1.1 {status} Status\r\n");
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        write!(head, "content-length: {}\r\n\r\n", body.len()).unwrap();
        Self::raw([head.as_bytes(), body].concat())
    }

    /// A JSON answer.
    pub(crate) fn json(status: u16, body: impl AsRef<[u8]>) -> Self {
        Self::whole(status, &[("content-type", "application/json")], body)
    }

    /// A chat completion with this text.
    pub(crate) fn text(text: &str) -> Self {
        let choice =
            json!({"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"});
        let answer = json!({"id": "chatcmpl-fake", "object": "chat.completion", "created": 1, "model": "fake",
            "choices": [choice],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}});
        Self::json(200, answer.to_string())
    }

    /// An error in OpenAI's shape.
    pub(crate) fn error(status: u16, message: &str) -> Self {
        let error = json!({"error": {"message": message, "type": "fake_error", "param": null, "code": null}});
        Self::json(status, error.to_string())
    }

    /// Events with these deltas, one a chunk, then finish and `[DONE]`.
    pub(crate) fn stream<'a>(deltas: impl IntoIterator<Item = &'a str>) -> Self {
        let mut reply = Self::stream_open(deltas);
        reply.push(chunk(FINISH));
        reply.push(chunk("data: [DONE]\n\n"));
        reply.push(b"0\r\n\r\n");
        reply
    }

    /// Events with these deltas and no end: add what happens then.
    pub(crate) fn stream_open<'a>(deltas: impl IntoIterator<Item = &'a str>) -> Self {
        let mut reply = Self::raw(STREAM_HEAD);
        for delta in deltas {
            reply.push(chunk(event(delta)));
        }
        reply
    }

    /// Never answers.
    pub(crate) fn silence() -> Self {
        Self { steps: vec![Step::Hold], early: false }
    }

    /// Closes without a byte.
    pub(crate) fn close() -> Self {
        Self { steps: vec![Step::Fin], early: false }
    }

    /// Resets without a byte.
    pub(crate) fn reset() -> Self {
        Self { steps: vec![Step::Reset], early: false }
    }

    /// Then sends these bytes.
    pub(crate) fn then(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.push(bytes);
        self
    }

    /// Then sends these bytes again and again.
    pub(crate) fn then_times(mut self, times: usize, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = Bytes::copy_from_slice(bytes.as_ref());
        self.steps.extend((0..times).map(|_| Step::Send(bytes.clone())));
        self
    }

    /// Then waits for the next `resume`.
    pub(crate) fn then_pause(mut self) -> Self {
        let pauses = self.steps.iter().filter(|step| matches!(step, Step::Pause(_))).count();
        self.steps.push(Step::Pause(pauses + 1));
        self
    }

    /// Then waits.
    pub(crate) fn then_sleep(mut self, time: Duration) -> Self {
        self.steps.push(Step::Sleep(time));
        self
    }

    /// Then closes.
    pub(crate) fn then_fin(mut self) -> Self {
        self.steps.push(Step::Fin);
        self
    }

    /// Then resets.
    pub(crate) fn then_reset(mut self) -> Self {
        self.steps.push(Step::Reset);
        self
    }

    /// Then does nothing more, and keeps the connection open.
    pub(crate) fn then_hold(mut self) -> Self {
        self.steps.push(Step::Hold);
        self
    }

    /// Waits until it is let go before anything else.
    pub(crate) fn held(mut self) -> Self {
        self.steps.insert(0, Step::Turn);
        self
    }

    /// Waits before anything else.
    pub(crate) fn after(mut self, time: Duration) -> Self {
        self.steps.insert(0, Step::Sleep(time));
        self
    }

    /// Waits for a `resume` before the event with this number (from 0).
    pub(crate) fn pausing_after(mut self, events: usize) -> Self {
        let at = (events + 1).min(self.steps.len());
        self.steps.insert(at, Step::Pause(1));
        self
    }

    /// Answers before the request's body was read.
    pub(crate) fn early(mut self) -> Self {
        self.early = true;
        self
    }

    fn push(&mut self, bytes: impl AsRef<[u8]>) {
        self.steps.push(Step::Send(Bytes::copy_from_slice(bytes.as_ref())));
    }
}
