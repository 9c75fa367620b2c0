//! How copies of requests fared beside the requests themselves.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::histogram::{Histogram, Spread};

/// Counts one route's copies.
#[derive(Debug, Default)]
pub struct MirrorTally {
    sent: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
    compared: AtomicU64,
    same_status: AtomicU64,
    /// The answers that clients got, as far as their copies were answered too.
    pub main: Side,
    /// The answers to the copies.
    pub copy: Side,
}

/// One of the two sides of a comparison.
#[derive(Debug, Default)]
pub struct Side {
    first_byte: Histogram,
    total: Histogram,
    input: AtomicU64,
    output: AtomicU64,
}

/// One answer of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// Its status.
    pub status: u16,
    /// Until the first byte of its body.
    pub first_byte: Duration,
    /// Until its end.
    pub total: Duration,
    /// Tokens of the request, where the answer tells.
    pub input: Option<u64>,
    /// Tokens of the answer.
    pub output: Option<u64>,
}

/// A [`MirrorTally`] at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MirrorReading {
    /// Copies that were sent.
    pub sent: u64,
    /// Copies that were not sent, since too many were on their way.
    pub dropped: u64,
    /// Copies without a whole answer.
    pub failed: u64,
    /// Pairs of whole answers.
    pub compared: u64,
    /// Pairs whose statuses are equal.
    pub same_status: u64,
    /// The answers that clients got.
    pub main: SideReading,
    /// The answers to the copies.
    pub copy: SideReading,
}

/// A [`Side`] at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SideReading {
    /// Until the first byte.
    pub first_byte: Spread,
    /// Until the end.
    pub total: Spread,
    /// The sum of the requests' tokens.
    pub input: u64,
    /// The sum of the answers' tokens.
    pub output: u64,
}

// === impl MirrorTally ===

impl MirrorTally {
    /// Counts a copy that is sent.
    pub fn sent(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a copy that is not sent, since too many are on their way.
    pub fn dropped(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a copy without a whole answer.
    pub fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a pair of whole answers.
    pub fn compared(&self, main: &Answered, copy: &Answered) {
        self.compared.fetch_add(1, Ordering::Relaxed);
        self.same_status.fetch_add(u64::from(main.status == copy.status), Ordering::Relaxed);
        self.main.count(main);
        self.copy.count(copy);
    }

    /// Reads all counters.
    #[must_use]
    pub fn read(&self) -> MirrorReading {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        MirrorReading {
            sent: load(&self.sent),
            dropped: load(&self.dropped),
            failed: load(&self.failed),
            compared: load(&self.compared),
            same_status: load(&self.same_status),
            main: self.main.read(),
            copy: self.copy.read(),
        }
    }
}

// === impl Side ===

impl Side {
    fn count(&self, answered: &Answered) {
        self.first_byte.count(answered.first_byte);
        self.total.count(answered.total);
        self.input.fetch_add(answered.input.unwrap_or(0), Ordering::Relaxed);
        self.output.fetch_add(answered.output.unwrap_or(0), Ordering::Relaxed);
    }

    fn read(&self) -> SideReading {
        SideReading {
            first_byte: self.first_byte.read(),
            total: self.total.read(),
            input: self.input.load(Ordering::Relaxed),
            output: self.output.load(Ordering::Relaxed),
        }
    }
}
