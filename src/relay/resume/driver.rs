//! Follows an answer, and carries it over to a twin when its backend fails.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Response, StatusCode, header};
use tokio::time::Instant;

use super::again::Asked;
use super::seam::{Seam, Verdict};
use super::twin::twin;
use crate::live::{Snapshot, Standings};
use crate::load::Exchange;
use crate::relay::attempt::{Begun, TryError, attempt};
use crate::relay::events::{Event, Piece, Scanner};
use crate::relay::prepare::{Prepared, body_for};
use crate::relay::streamed::Limits;
use crate::table::{BackendIndex, BackendName, Candidate, Found};

/// The most backends that take over one answer.
const MOST_TWINS: usize = 2;

/// An answer that can be resumed: what its request was, what the client has of it, and who worked
/// on it so far.
pub(in crate::relay) struct Resume {
    snapshot: Arc<Snapshot>,
    prepared: Prepared,
    started: Instant,
    tier: usize,
    /// Everyone who was asked, the present one last.
    asked: Vec<BackendIndex>,
    scanner: Scanner,
    seam: Seam,
    asking: Option<Asking>,
    /// What the client is told before the first event of the present backend.
    note: Option<Bytes>,
    trouble: Option<Trouble>,
    /// Why the backend before the present one failed.
    story: String,
    is_done: bool,
}

/// A request that is on its way.
type Asking = Pin<Box<dyn Future<Output = Result<Begun, TryError>> + Send>>;

/// Why an answer can't go on as it is.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::relay) enum Trouble {
    /// The backend says in this event that it failed.
    Failed(Bytes),
    /// The backend's answer doesn't fit to what the client has.
    Differs(&'static str),
    /// The answer can't be followed: from here on it passes as any other.
    Off,
}

/// A backend that takes over.
pub(in crate::relay) struct Twin {
    pub(in crate::relay) name: BackendName,
    pub(in crate::relay) exchange: Exchange,
    pub(in crate::relay) limits: Limits,
}

// === impl Resume ===

impl Resume {
    /// Begins to follow an answer if its route asks for that and it is a stream of a completion
    /// whose bytes can be read.
    pub(in crate::relay) fn of(
        snapshot: &Arc<Snapshot>,
        prepared: Prepared,
        candidate: Candidate<'_>,
        head: &Response<()>,
        started: Instant,
    ) -> Option<Box<Self>> {
        let is_completion = matches!(&*prepared.sent.operation.path, "/chat/completions" | "/completions");
        if !is_completion || !is_readable(head) {
            return None;
        }
        Some(Box::new(Self {
            snapshot: Arc::clone(snapshot),
            prepared,
            started,
            tier: candidate.tier,
            asked: vec![candidate.target.backend],
            scanner: Scanner::default(),
            seam: Seam::default(),
            asking: None,
            note: None,
            trouble: None,
            story: String::new(),
            is_done: false,
        }))
    }

    /// Takes what the present backend has sent, and returns what of it the client gets now. An
    /// event passes whole or not at all.
    pub(in crate::relay) fn pass(&mut self, mut bytes: Bytes) -> Bytes {
        let mut out = BytesMut::new();
        let mut only = None;
        while self.trouble.is_none()
            && let Some(piece) = self.scanner.next(&mut bytes)
        {
            let passed = match piece {
                Piece::Event(event) => self.event(event),
                Piece::Opaque(bytes) => self.lost("an event without end", bytes),
            };
            // Most often one event comes at a time: then its bytes are not copied.
            match only.replace(passed) {
                Some(before) if !before.is_empty() => out.extend_from_slice(&before),
                _ => {}
            }
        }
        if self.trouble == Some(Trouble::Off) {
            out.extend_from_slice(&only.take().unwrap_or_default());
            out.extend_from_slice(&self.scanner.rest());
            only = Some(bytes);
        }
        let last = only.unwrap_or_default();
        if out.is_empty() {
            return last;
        }
        out.extend_from_slice(&last);
        out.freeze()
    }

    /// Takes the end of the present backend's answer, and returns what the client gets before it.
    pub(in crate::relay) fn end(&mut self) -> Bytes {
        let rest = self.scanner.rest();
        let passed = if rest.is_empty() { rest } else { self.event(Event(rest)) };
        if self.trouble.is_none() && self.seam.is_behind() {
            self.trouble = Some(Trouble::Differs("an earlier end"));
        }
        passed
    }

    /// Tells what keeps the answer from going on, once.
    pub(in crate::relay) fn trouble(&mut self) -> Option<Trouble> {
        self.trouble.take()
    }

    /// Tells whether something keeps the answer from going on.
    pub(in crate::relay) fn is_in_trouble(&self) -> bool {
        self.trouble.is_some()
    }

    /// Tells why nobody took over.
    pub(in crate::relay) fn story(&self, why: &str) -> String {
        let name = self.asked.last().map_or("", |last| self.snapshot.table.backend(*last).name.as_str());
        format!("{}, and `{name}` could not take over: {why}", self.story)
    }

    /// Asks another backend to take over, since this is what happened; `None` if nobody can.
    pub(in crate::relay) fn ask(&mut self, story: &str, silent: bool, now: Instant) -> Option<Twin> {
        if self.asked.len() > MOST_TWINS || self.is_done || self.seam.is_full() {
            return None;
        }
        let snapshot = Arc::clone(&self.snapshot);
        let tier = snapshot.table.route(self.prepared.index).tiers.get(self.tier)?;
        let loads = Standings::new(&snapshot, now.into_std());
        let target = twin(tier, &self.asked, silent, &loads)?.clone();
        let deadline = target.timeouts.total.map(|total| self.started + total);
        if deadline.is_some_and(|deadline| deadline <= now) {
            return None;
        }
        let backend = snapshot.table.backend(target.backend);
        let limits = Limits { idle: target.timeouts.idle, deadline };
        let again = Asked::read(self.prepared.body())?.again(&self.seam, backend.continues);
        let prepared = self.prepared.reworded(again.body)?;
        let exchange = snapshot.upstream(target.backend).tally.begin(now.into_std());
        let note =
            format!(": patchbay resumed on `{}` after {} characters\n\n", backend.name, self.seam.length());
        self.note = Some(note.into());
        story.clone_into(&mut self.story);
        self.asked.push(target.backend);
        self.scanner = Scanner::default();
        self.seam.resume(again.from);
        let twin = Twin { name: backend.name.clone(), exchange, limits };
        self.asking = Some(Box::pin(async move {
            let route = snapshot.table.route(prepared.index);
            let found = Found { index: prepared.index, route, matched: prepared.matched };
            let body = body_for(&snapshot, found, &target, &prepared);
            attempt(&snapshot, &target, &prepared.sent, &body, now, deadline).await
        }));
        Some(twin)
    }

    /// Waits for the beginning of the twin's answer, with why it can't be used otherwise.
    pub(in crate::relay) fn poll_begun(&mut self, cx: &mut Context<'_>) -> Poll<Result<Begun, String>> {
        let Some(asking) = &mut self.asking else { return Poll::Ready(Err("nobody was asked".to_owned())) };
        let begun = ready!(asking.as_mut().poll(cx));
        self.asking = None;
        Poll::Ready(match begun {
            Ok(begun) if is_readable(&begun.head) => Ok(begun),
            Ok(begun) if begun.head.status() == StatusCode::OK => Err("no stream of events".to_owned()),
            Ok(begun) => Err(format!("status {}", begun.head.status().as_u16())),
            Err(error) => Err(error.to_string()),
        })
    }

    fn event(&mut self, Event(bytes): Event) -> Bytes {
        let passed = match self.seam.take(&bytes) {
            Verdict::Pass(bytes) => bytes,
            Verdict::Swallow => return Bytes::new(),
            Verdict::Done => {
                self.is_done = true;
                bytes
            }
            Verdict::Failed => {
                self.trouble = Some(Trouble::Failed(bytes));
                return Bytes::new();
            }
            Verdict::Lost(what) => return self.lost(what, bytes),
        };
        match self.note.take_if(|_| !self.seam.is_behind()) {
            Some(note) => [note, passed].concat().into(),
            None => passed,
        }
    }

    fn lost(&mut self, what: &'static str, bytes: Bytes) -> Bytes {
        if self.asked.len() > 1 {
            self.trouble = Some(Trouble::Differs(what));
            return Bytes::new();
        }
        self.trouble = Some(Trouble::Off);
        bytes
    }
}

/// Tells whether an answer is a stream of events that stand there as they are, its length open.
fn is_readable(head: &Response<()>) -> bool {
    let is_given = |name| head.headers().contains_key(name);
    let is_plain = !is_given(header::CONTENT_ENCODING) && !is_given(header::CONTENT_LENGTH);
    head.status() == StatusCode::OK && is_plain && is_event_stream(head.headers())
}

/// Tells whether an answer is a stream of events.
pub(in crate::relay) fn is_event_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(|kind| kind.as_bytes());
    kind.is_some_and(|kind| kind.starts_with(b"text/event-stream"))
}
