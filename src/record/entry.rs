//! One request's line in the access log.

#[cfg(test)]
mod laws;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::oneshot;

use super::access_log::{AccessLog, Form, TARGET};
use super::fields::Fields;
use super::json::Json;
use super::text::Text;
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

    /// Returns the line that is written at this moment.
    fn line(&self, form: Form, now: SystemTime, total: Duration) -> Vec<u8> {
        match form {
            Form::Text => {
                let mut line = Text::at(now);
                self.tell(total, &mut line);
                line.end()
            }
            Form::Json => {
                let mut line = Json::at(now);
                self.tell(total, &mut line);
                line.end(TARGET)
            }
        }
    }

    /// Tells everything that is known.
    fn tell(&self, total: Duration, to: &mut impl Fields) {
        let usage = self.usage();
        let repaired = self.repaired.as_ref().map_or(0, |made| made.load(Ordering::Relaxed));
        let (outcome, error) = self.outcome();
        to.text("path", &self.path);
        to.text("model", &self.model);
        to.text("backend", self.backend_name());
        to.number("generation", self.generation);
        to.number("attempts", self.attempts.into());
        to.number_if("resumed", Some(self.resumed.into()).filter(|resumed| *resumed > 0));
        to.number_if("repaired", Some(repaired).filter(|made| *made > 0));
        to.number("status", self.status.into());
        to.text("outcome", outcome);
        if self.left {
            to.flag("finished", self.end == End::Complete);
        }
        if let Some(first_byte) = self.first_byte {
            to.tenths("first_byte_ms", tenths_of_ms(first_byte));
        }
        to.tenths("total_ms", tenths_of_ms(total));
        if let Some(queued) = self.queued {
            to.tenths("queued_ms", tenths_of_ms(queued.waited));
        }
        to.number("bytes", self.sent);
        to.number("request_bytes", self.received);
        to.number_if("input_tokens", usage.input);
        to.number_if("output_tokens", usage.output);
        to.text_if("caller", self.caller.as_deref());
        if let Some(decision) = self.decision.as_deref() {
            decision.tell(to);
        }
        to.text("request_id", &self.request_id);
        to.text_if("error", error);
    }

    /// Returns how it ended in a word, and what went wrong.
    fn outcome(&self) -> (&str, Option<&str>) {
        match &self.end {
            End::ClientGone => ("client_gone", None),
            End::Complete if self.left => ("client_gone", None),
            End::Complete => ("complete", None),
            End::Refused(code, text) => (code, Some(text)),
            End::BrokenOff(text) => ("broken_off", Some(text)),
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let total = self.started.elapsed();
        if let Some(tell) = self.tell.take() {
            let first_byte = self.first_byte.filter(|_| self.end == End::Complete);
            // Who asked may have been ended.
            let _told = tell.send(Outcome { status: self.status, first_byte, total, usage: self.usage() });
        }
        if let Some(log) = AccessLog::open() {
            log.write(&self.line(log.form, SystemTime::now(), total));
        }
    }
}

/// Rounds to tenths of milliseconds.
fn tenths_of_ms(time: Duration) -> u64 {
    let rest = (u64::from(time.subsec_nanos()) + 50_000) / 100_000;
    time.as_secs().saturating_mul(10_000).saturating_add(rest)
}
