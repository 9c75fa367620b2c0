//! What is done for one request, step by step.

use bytes::Bytes;
use h2::Reason;
use serde_json::json;

use crate::fake::event;

/// One step.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Sends an interim answer.
    Interim(u16),
    /// Sends the head.
    Head(u16, Vec<(&'static str, String)>),
    /// Sends these bytes.
    Data(Bytes),
    /// Sends trailers, with which the answer ends.
    Trailers(Vec<(&'static str, String)>),
    /// Ends the answer.
    End,
    /// Waits until so many `resume` calls were made in all.
    Pause(usize),
    /// Resets the stream.
    Reset(Reason),
    /// Sends so many bytes, as fast as the router takes them.
    Flood(usize),
    /// Does nothing until the router resets the stream.
    Hold,
    /// Says goodbye on all connections.
    Leave,
    /// Closes all connections without a word.
    Die,
}

/// What is done for one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Turn {
    pub(super) steps: Vec<Step>,
    /// Whether the request's body is left unread.
    pub(super) early: bool,
}

// === impl Turn ===

impl Turn {
    /// A chat completion with this text.
    pub(crate) fn text(text: &str) -> Self {
        let choice =
            json!({"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"});
        let answer = json!({"id": "fake", "object": "chat.completion", "created": 1, "model": "fake",
            "choices": [choice]});
        let body = answer.to_string();
        Self::head(200, "application/json").data(body).step(Step::End)
    }

    /// The head of an answer.
    pub(crate) fn head(status: u16, kind: &str) -> Self {
        Self::default().step(Step::Head(status, vec![("content-type", kind.to_owned())]))
    }

    /// The beginning of a stream, with these deltas.
    pub(crate) fn events<'a>(deltas: impl IntoIterator<Item = &'a str>) -> Self {
        deltas.into_iter().fold(Self::head(200, "text/event-stream"), |turn, delta| turn.data(event(delta)))
    }

    /// Then ends a stream.
    pub(crate) fn done(self) -> Self {
        self.data("data: [DONE]\n\n").step(Step::End)
    }

    /// Never answers.
    pub(crate) fn silence() -> Self {
        Self::default().hold()
    }

    /// Resets the stream without an answer.
    pub(crate) fn reset(reason: Reason) -> Self {
        Self::default().then_reset(reason)
    }

    /// Closes the connection without an answer.
    pub(crate) fn die() -> Self {
        Self::default().then_die()
    }

    /// Adds a header to the head.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        for step in &mut self.steps {
            if let Step::Head(_, headers) = step {
                headers.push((name, value.to_owned()));
            }
        }
        self
    }

    /// Begins with an interim answer.
    pub(crate) fn after_interim(mut self, status: u16) -> Self {
        self.steps.insert(0, Step::Interim(status));
        self
    }

    /// Does not read the request's body.
    pub(crate) fn early(self) -> Self {
        Self { early: true, ..self }
    }

    /// Then sends these bytes.
    pub(crate) fn data(self, bytes: impl Into<Bytes>) -> Self {
        self.step(Step::Data(bytes.into()))
    }

    /// Then sends so many bytes, as fast as the router takes them.
    pub(crate) fn flood(self, bytes: usize) -> Self {
        self.step(Step::Flood(bytes))
    }

    /// Then ends the answer.
    pub(crate) fn end(self) -> Self {
        self.step(Step::End)
    }

    /// Then ends the answer with trailers.
    pub(crate) fn trailers(self, trailers: &[(&'static str, &str)]) -> Self {
        self.step(Step::Trailers(trailers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()))
    }

    /// Then waits for the next `resume`.
    pub(crate) fn pause(self) -> Self {
        let pauses = self.steps.iter().filter(|step| matches!(step, Step::Pause(_))).count();
        self.step(Step::Pause(pauses + 1))
    }

    /// Then resets the stream.
    pub(crate) fn then_reset(self, reason: Reason) -> Self {
        self.step(Step::Reset(reason))
    }

    /// Then waits until the router has reset the stream.
    pub(crate) fn hold(self) -> Self {
        self.step(Step::Hold)
    }

    /// Then says goodbye on all connections.
    pub(crate) fn then_leave(self) -> Self {
        self.step(Step::Leave)
    }

    /// Then closes all connections.
    pub(crate) fn then_die(self) -> Self {
        self.step(Step::Die)
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}
