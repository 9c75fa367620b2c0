//! What became of the requests that a backend was asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::breaker::Asked;
use super::histogram::{Histogram, Spread};
use super::peak::Peak;
use super::slots::{Slot, Slots};
use super::{Breaker, Cause};

/// Counts one backend's exchanges; clones count together.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// The places for exchanges, each of which has one until it is dropped.
    pub slots: Slots,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    answered: AtomicU64,
    failed: AtomicU64,
    left: AtomicU64,
    first_byte: Histogram,
    gap: Histogram,
    latency: Peak,
    breaker: Breaker,
}

/// A tally at one moment, or what it gained between two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// Exchanges whose answer came to its end and was no failure.
    pub answered: u64,
    /// Exchanges that failed: no connection, silence, a status of 402, 429 or 500 and above,
    /// an answer cut off.
    pub failed: u64,
    /// Exchanges whose client left before the end; they speak neither for nor against the backend.
    pub left: u64,
    /// From the request to the first byte of the answer's body.
    pub first_byte: Spread,
    /// Between the pieces of a streamed answer, on average over each stream.
    pub gap: Spread,
}

/// One exchange with a backend. It is counted when it is dropped: as left, unless it was told to
/// be something else.
#[derive(Debug)]
pub struct Exchange {
    counts: Arc<Counts>,
    asked: Asked,
    first: Option<Instant>,
    last: Option<Instant>,
    gaps: u32,
    end: End,
    _slot: Slot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Left,
    Answered,
    /// The backend doesn't take its key, so this answer is no sign of health.
    KeyRefused,
    Failed,
}

// === impl Tally ===

impl Tally {
    /// Counts an exchange in, until it is dropped. It is over the limit if there is one.
    #[must_use]
    pub fn begin(&self, now: Instant) -> Exchange {
        self.begin_in(self.slots.enter_anyway(), now)
    }

    /// Counts an exchange in that has a slot, which is given back when the exchange is dropped.
    #[must_use]
    pub fn begin_in(&self, slot: Slot, now: Instant) -> Exchange {
        let counts = Arc::clone(&self.counts);
        let asked = counts.breaker.ask(now);
        Exchange { counts, asked, first: None, last: None, gaps: 0, end: End::Left, _slot: slot }
    }

    /// Returns what takes the backend out when its exchanges fail.
    #[must_use]
    pub fn breaker(&self) -> &Breaker {
        &self.counts.breaker
    }

    /// Returns how many exchanges go on now.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.slots.taken()
    }

    /// Returns how long first bytes took lately, at worst: a peak that time makes forgotten. Zero if
    /// nothing is remembered.
    #[must_use]
    pub fn latency(&self, now: Instant) -> Duration {
        self.counts.latency.now(now)
    }

    /// Reads all counters.
    #[must_use]
    pub fn read(&self) -> Reading {
        Reading {
            answered: self.counts.answered.load(Ordering::Relaxed),
            failed: self.counts.failed.load(Ordering::Relaxed),
            left: self.counts.left.load(Ordering::Relaxed),
            first_byte: self.counts.first_byte.read(),
            gap: self.counts.gap.read(),
        }
    }
}

// === impl Reading ===

impl Reading {
    /// Returns what has been added since an earlier reading of the same tally.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            answered: self.answered.saturating_sub(earlier.answered),
            failed: self.failed.saturating_sub(earlier.failed),
            left: self.left.saturating_sub(earlier.left),
            first_byte: self.first_byte.since(&earlier.first_byte),
            gap: self.gap.since(&earlier.gap),
        }
    }

    /// Returns both together.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self {
            answered: self.answered + other.answered,
            failed: self.failed + other.failed,
            left: self.left + other.left,
            first_byte: self.first_byte.with(&other.first_byte),
            gap: self.gap.with(&other.gap),
        }
    }

    /// Returns how many exchanges have ended that say something about the backend.
    #[must_use]
    pub fn judged(&self) -> u64 {
        self.answered + self.failed
    }

    /// Returns the share of failures, from 0 to 1; `None` if nothing has ended yet.
    #[must_use]
    #[expect(clippy::cast_precision_loss)]
    pub fn error_rate(&self) -> Option<f64> {
        (self.judged() > 0).then(|| self.failed as f64 / self.judged() as f64)
    }
}

// === impl Exchange ===

impl Exchange {
    /// Notes that the head of an answer is there, with this status.
    ///
    /// A backend that asks for patience (429) or doesn't know an operation (501) is alive. So is one
    /// that doesn't take its key, which is told apart.
    pub fn head(&mut self, status: u16, now: Instant) {
        let breaker = &self.counts.breaker;
        match status {
            401 | 403 => {
                breaker.refused_key(status, now);
                breaker.answers(self.asked, now);
                self.end = End::KeyRefused;
            }
            429 | 501 | 505 => {
                breaker.answers(self.asked, now);
                self.end = End::Failed;
            }
            402 | 500.. => self.fail(Cause::Status(status), now),
            400..500 => breaker.answers(self.asked, now),
            _ => {}
        }
    }

    /// Notes that the first byte of the answer's body is there.
    pub fn begun(&mut self, now: Instant) {
        self.first = Some(now);
        if self.end != End::Failed {
            self.counts.latency.observe(now.saturating_duration_since(self.asked.at), now);
            self.counts.breaker.answers(self.asked, now);
        }
    }

    /// Notes that a further piece of a stream of events is there.
    pub fn piece(&mut self, now: Instant) {
        self.gaps = self.gaps.saturating_add(1);
        self.last = Some(now);
    }

    /// Notes that the answer came to its end. A failure stays one.
    pub fn complete(&mut self) {
        if self.end == End::Left {
            self.end = End::Answered;
        }
    }

    /// Notes that the backend failed.
    pub fn fail(&mut self, cause: Cause, now: Instant) {
        if self.end != End::Failed {
            self.counts.breaker.failed(self.asked, cause, now);
        }
        self.end = End::Failed;
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let counts = &self.counts;
        let last = self.last.or(self.first).unwrap_or(self.asked.at);
        let counter = match self.end {
            End::Left => &counts.left,
            End::Answered => {
                counts.breaker.succeeded(self.asked, last);
                &counts.answered
            }
            End::KeyRefused => &counts.answered,
            End::Failed => &counts.failed,
        };
        counts.breaker.left(self.asked);
        counter.fetch_add(1, Ordering::Relaxed);
        // A refusal is often quick, and would make a failing backend look fast.
        let Some(first) = self.first.filter(|_| self.end != End::Failed) else { return };
        counts.first_byte.count(first.saturating_duration_since(self.asked.at));
        if let Some(last) = self.last {
            counts.gap.count(last.saturating_duration_since(first) / self.gaps);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exchange_is_counted_once_and_by_how_it_ended() {
        let tally = Tally::default();
        let began = Instant::now();
        let mut answered = tally.begin(began);
        let mut failed = tally.begin(began);
        let left = tally.begin(began);
        assert_eq!(tally.in_flight(), 3);
        answered.begun(began + Duration::from_millis(100));
        answered.piece(began + Duration::from_millis(120));
        answered.piece(began + Duration::from_millis(140));
        answered.complete();
        failed.begun(began + Duration::from_millis(1));
        failed.fail(Cause::Cut, began);
        failed.complete();
        drop((answered, failed, left));
        let reading = tally.read();
        assert_eq!((reading.answered, reading.failed, reading.left), (1, 1, 1));
        assert_eq!(tally.in_flight(), 0);
        assert_eq!(reading.error_rate(), Some(0.5));
        let within = |spread: &Spread, low: u64, high: u64| {
            let middle = spread.percentile(0.5).expect("a sample");
            assert_eq!(spread.samples(), 1);
            assert!(
                (Duration::from_millis(low)..Duration::from_millis(high)).contains(&middle),
                "{middle:?}"
            );
        };
        within(&reading.first_byte, 100, 121);
        within(&reading.gap, 20, 25);
        assert_eq!(tally.read().since(&reading).judged(), 0);
    }

    #[test]
    fn a_refusal_makes_nobody_look_fast() {
        let (tally, began) = (Tally::default(), Instant::now());
        let mut failed = tally.begin(began);
        failed.fail(Cause::Unreachable, began);
        failed.begun(began + Duration::from_millis(1));
        assert_eq!(tally.latency(began + Duration::from_millis(1)), Duration::ZERO);
        tally.begin(began).begun(began + Duration::from_millis(700));
        let latency = tally.latency(began + Duration::from_millis(700));
        assert!(latency.abs_diff(Duration::from_millis(700)) < Duration::from_millis(1), "{latency:?}");
    }
}
