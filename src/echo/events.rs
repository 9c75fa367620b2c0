//! The events of a streamed answer, each with its time.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::completion::{Completion, Dialect};

/// Deals out a completion event by event: role, tokens, finish, usage if asked for, `[DONE]`.
#[derive(Debug)]
pub(super) struct Events {
    completion: Completion,
    include_usage: bool,
    began: Instant,
    ttft: Duration,
    gap: Duration,
    next: Step,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Role,
    Token(usize),
    Finish,
    Usage,
    Done,
    Over,
}

// === impl Events ===

impl Events {
    pub(super) fn new(completion: Completion, include_usage: bool, ttft: Duration, gap: Duration) -> Self {
        let next = match completion.dialect {
            Dialect::Chat => Step::Role,
            Dialect::Text => Step::Token(0),
        };
        Self { completion, include_usage, began: Instant::now(), ttft, gap, next }
    }

    /// Returns when the next event is due; `None` is at once. What follows the last token comes
    /// along with it.
    pub(super) fn due(&self) -> Option<Instant> {
        let gaps = match self.next {
            Step::Role | Step::Token(0) => 0,
            Step::Token(n) => u32::try_from(n).unwrap_or(u32::MAX),
            Step::Finish | Step::Usage | Step::Done | Step::Over => return None,
        };
        let after = self.ttft + self.gap * gaps;
        (!after.is_zero()).then(|| self.began + after)
    }

    /// Tells whether all events are out.
    pub(super) fn is_over(&self) -> bool {
        self.next == Step::Over
    }

    fn event(&self, step: Step) -> Option<Value> {
        let completion = &self.completion;
        let choice = match (step, completion.dialect) {
            (Step::Role, _) => {
                json!({"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": null})
            }
            (Step::Token(n), Dialect::Chat) => {
                json!({"index": 0, "delta": {"content": completion.tokens[n]}, "finish_reason": null})
            }
            (Step::Token(n), Dialect::Text) => {
                json!({"index": 0, "text": completion.tokens[n], "logprobs": null, "finish_reason": null})
            }
            (Step::Finish, Dialect::Chat) => {
                json!({"index": 0, "delta": {}, "finish_reason": completion.finish})
            }
            (Step::Finish, Dialect::Text) => {
                json!({"index": 0, "text": "", "logprobs": null, "finish_reason": completion.finish})
            }
            (Step::Usage, _) => {
                let mut event = completion.envelope(true);
                event["choices"] = json!([]);
                event["usage"] = completion.usage();
                return Some(event);
            }
            (Step::Done | Step::Over, _) => return None,
        };
        let mut event = completion.envelope(true);
        event["choices"] = json!([choice]);
        Some(event)
    }

    fn after(&self, step: Step) -> Step {
        let token = |n| if n < self.completion.tokens.len() { Step::Token(n) } else { Step::Finish };
        match step {
            Step::Role => token(0),
            Step::Token(n) => token(n + 1),
            Step::Finish if self.include_usage => Step::Usage,
            Step::Finish | Step::Usage => Step::Done,
            Step::Done | Step::Over => Step::Over,
        }
    }
}

impl Iterator for Events {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let step = self.next;
        self.next = self.after(step);
        match (step, self.event(step)) {
            (Step::Over, _) => None,
            (_, Some(event)) => Some(format!("data: {event}\n\n").into()),
            (_, None) => Some(Bytes::from_static(b"data: [DONE]\n\n")),
        }
    }
}
