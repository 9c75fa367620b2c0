//! One request's line in the access log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::usage::{Usage, UsageScan};
use super::{Decision, Outcome};
use crate::table::BackendName;

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The client went away before the answer was over.
    ClientGone,
    /// The answer went through to its last byte.
    Complete,
    /// We answered with an error: its code and text.
    Refused(&'static str, String),
    /// The answer broke off after it had begun.
    BrokenOff(String),
}

/// That a request waited for a backend to have room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queued {
    /// Its place in the queue when it came; 1 was the next.
    pub place: usize,
    /// How long it waited.
    pub waited: Duration,
}

/// What is known of a request; dropping it writes the line.
#[derive(Debug)]
pub struct Entry {
    /// The request's id, the client's own where it gave one.
    pub request_id: String,
    /// The method and path.
    pub path: String,
    /// Who called, where callers have names.
    pub caller: Option<String>,
    /// The model asked for, cut and made printable.
    pub model: String,
    /// The backend asked last.
    pub backend: Option<BackendName>,
    /// How many bytes the request's body had.
    pub received: u64,
    /// The generation that served it; 0 before one was taken.
    pub generation: u64,
    /// How many tries were made.
    pub attempts: u32,
    /// How many other backends the answer went on on after its beginning.
    pub resumed: u32,
    /// Counts what was mended in the answer, where something may be.
    pub repaired: Option<Arc<AtomicU64>>,
    /// Whether it waited for a backend to have room.
    pub queued: Option<Queued>,
    /// The status answered with; 0 if the client went away before one.
    pub status: u16,
    /// What the rules of the model decided, where it has some.
    pub decision: Option<Box<Decision>>,
    /// How it ended.
    pub end: End,
    /// Whether the client left, and the answer was read on without it.
    pub left: bool,
    /// Who wants to know what became of it.
    pub tell: Option<oneshot::Sender<Outcome>>,
    started: Instant,
    first_byte: Option<Duration>,
    sent: u64,
    usage: UsageScan,
}

// === impl Entry ===

impl Entry {
    /// Begins the line of a request that has just come.
    #[must_use]
    pub fn new(request_id: String, path: String, started: Instant) -> Self {
        Self {
            request_id,
            path,
            caller: None,
            model: String::new(),
            backend: None,
            received: 0,
            generation: 0,
            attempts: 0,
            resumed: 0,
            repaired: None,
            queued: None,
            status: 0,
            decision: None,
            end: End::ClientGone,
            left: false,
            tell: None,
            started,
            first_byte: None,
            sent: 0,
            usage: UsageScan::default(),
        }
    }

    /// Returns the name of the backend asked last, or nothing.
    #[must_use]
    pub fn backend_name(&self) -> &str {
        self.backend.as_ref().map_or("", BackendName::as_str)
    }

    /// Returns how old the request is.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Returns what the answer has cost, as far as it told so.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.usage.usage()
    }

    /// Notes that the first byte of the answer is there.
    pub fn begun(&mut self) {
        self.first_byte = Some(self.started.elapsed());
    }

    /// Notes a piece of the answer.
    pub fn passed(&mut self, piece: &[u8]) {
        self.sent += piece.len() as u64;
        self.usage.pass(piece);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let usage = self.usage.usage();
        let total = self.started.elapsed();
        if let Some(tell) = self.tell.take() {
            let first_byte = self.first_byte.filter(|_| self.end == End::Complete);
            // Who asked may have been ended.
            let _told = tell.send(Outcome { status: self.status, first_byte, total, usage });
        }
        let decision = self.decision.as_deref();
        let body = decision.and_then(Decision::body);
        let milliseconds = |time: Duration| (time.as_secs_f64() * 10_000.0).round() / 10.0;
        let repaired = self.repaired.as_ref().map(|made| made.load(Ordering::Relaxed));
        let (outcome, error) = match &self.end {
            End::ClientGone => ("client_gone", None),
            End::Complete if self.left => ("client_gone", None),
            End::Complete => ("complete", None),
            End::Refused(code, text) => (*code, Some(text.as_str())),
            End::BrokenOff(text) => ("broken_off", Some(text.as_str())),
        };
        tracing::info!(
            target: "patchbay::access",
            path = self.path,
            model = self.model,
            backend = self.backend_name(),
            generation = self.generation,
            attempts = self.attempts,
            resumed = (self.resumed > 0).then_some(self.resumed),
            repaired = repaired.filter(|made| *made > 0),
            status = self.status,
            outcome,
            finished = self.left.then_some(self.end == End::Complete),
            first_byte_ms = self.first_byte.map(milliseconds),
            total_ms = milliseconds(total),
            queued_ms = self.queued.map(|queued| milliseconds(queued.waited)),
            bytes = self.sent,
            request_bytes = self.received,
            input_tokens = usage.input,
            output_tokens = usage.output,
            caller = self.caller,
            rule = decision.and_then(Decision::number),
            prompt_chars = body.map(|body| body.prompt_chars),
            max_tokens = body.and_then(|body| body.max_tokens),
            stream = body.map(|body| body.stream),
            has = decision.and_then(Decision::has),
            headers = decision.and_then(Decision::headers),
            time = decision.and_then(Decision::time),
            request_id = self.request_id,
            error,
        );
    }
}
