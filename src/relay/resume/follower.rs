//! Lets an answer pass event by event, over all the backends that work on it.

use bytes::{Bytes, BytesMut};

use super::chunk::Channel;
use super::seam::{Seam, Verdict};
use crate::relay::events::{Event, Piece, Scanner};

/// Cuts what backends send into events and hands on what the client doesn't have yet. An event
/// passes whole or not at all, so a backend that is cut inside of one leaves nothing of it behind.
#[derive(Debug, Default)]
pub(in crate::relay) struct Follower {
    scanner: Scanner,
    pub(super) seam: Seam,
    /// What the client is told before the first new event of the present backend.
    note: Option<Bytes>,
    trouble: Option<Trouble>,
    is_resumed: bool,
    is_done: bool,
    /// Whether broken events are left out of the answer later on, so that they mean nothing here.
    skips_broken: bool,
}

/// Why an answer can't go on as it is.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::relay) enum Trouble {
    /// The backend says in this event that it failed.
    Failed(Bytes),
    /// The backend's answer doesn't fit to what the client has: it gave this.
    Differs(&'static str),
    /// The answer can't be followed: from here on it passes as any other.
    Off,
}

// === impl Follower ===

impl Follower {
    /// Follows an answer of which broken events are left out, or not.
    pub(super) fn new(skips_broken: bool) -> Self {
        Self { skips_broken, ..Self::default() }
    }

    /// Takes what the present backend has sent, and returns what of it the client gets now.
    pub(in crate::relay) fn pass(&mut self, mut bytes: Bytes) -> Bytes {
        let mut out = Out::default();
        while self.trouble.is_none()
            && let Some(piece) = self.scanner.next(&mut bytes)
        {
            out.push(match piece {
                Piece::Event(event) => self.event(event),
                Piece::Opaque(bytes) => self.lost("an event without end", bytes),
            });
        }
        if self.trouble == Some(Trouble::Off) {
            out.push(self.scanner.rest());
            out.push(bytes);
        }
        out.joined()
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

    /// Another backend takes over: at the start, or after the first bytes of one of the texts.
    pub(super) fn resume(&mut self, from: Option<(Channel, usize)>, note: Bytes) {
        self.scanner = Scanner::default();
        self.seam.resume(from);
        self.note = Some(note);
        self.is_resumed = true;
    }

    /// Tells whether another backend could take over.
    pub(super) fn is_open(&self) -> bool {
        !self.is_done && !self.seam.is_full()
    }

    /// Tells whether something keeps the answer from going on.
    pub(in crate::relay) fn is_in_trouble(&self) -> bool {
        self.trouble.is_some()
    }

    /// Takes what keeps the answer from going on.
    pub(in crate::relay) fn trouble(&mut self) -> Option<Trouble> {
        self.trouble.take()
    }

    fn event(&mut self, event: Event) -> Bytes {
        if self.skips_broken && event.is_broken() {
            return event.0;
        }
        let Event(bytes) = event;
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
        let is_behind = self.seam.is_behind();
        match self.note.take_if(|_| !is_behind) {
            Some(note) => [note, passed].concat().into(),
            None => passed,
        }
    }

    fn lost(&mut self, what: &'static str, bytes: Bytes) -> Bytes {
        if self.is_resumed {
            self.trouble = Some(Trouble::Differs(what));
            return Bytes::new();
        }
        self.trouble = Some(Trouble::Off);
        bytes
    }
}

/// Bytes that go out together. Most often that is one event, which is not copied.
#[derive(Default)]
struct Out {
    first: Bytes,
    more: BytesMut,
}

// === impl Out ===

impl Out {
    fn push(&mut self, bytes: Bytes) {
        if self.first.is_empty() {
            self.first = bytes;
        } else if !bytes.is_empty() {
            if self.more.is_empty() {
                self.more.extend_from_slice(&self.first);
            }
            self.more.extend_from_slice(&bytes);
        }
    }

    fn joined(self) -> Bytes {
        if self.more.is_empty() { self.first } else { self.more.freeze() }
    }
}
