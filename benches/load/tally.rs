//! What came of a load.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

/// Durations, three digits of each, from a microsecond to a minute.
#[derive(Clone)]
pub(crate) struct Durations(Histogram<u64>);

impl Durations {
    fn new() -> Self {
        Self(Histogram::new_with_bounds(1_000, 60_000_000_000, 3).expect("bounds that a histogram can have"))
    }

    /// Adds one.
    pub(crate) fn add(&mut self, duration: Duration) {
        self.0.saturating_record(duration.as_nanos().try_into().unwrap_or(u64::MAX));
    }

    /// Returns what this share of them stayed below, in microseconds; `None` if there are none.
    pub(crate) fn below(&self, share: f64) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a minute in nanoseconds is below 2^52")]
        (!self.0.is_empty()).then(|| self.0.value_at_quantile(share) as f64 / 1e3)
    }

    fn merge(&mut self, others: &Self) {
        self.0.add(&others.0).expect("all have the same bounds");
    }
}

/// The counts and durations of one load.
#[derive(Clone)]
pub(crate) struct Tally {
    /// Answers that came whole.
    pub(crate) answers: usize,
    /// Events of streamed answers.
    pub(crate) events: usize,
    /// Answers that didn't come whole, or not at all.
    pub(crate) failed: usize,
    /// From when a request should have been sent to its whole answer.
    pub(crate) latency: Durations,
    /// From the same moment to its first event.
    pub(crate) first: Durations,
    /// From when the mock sent an event to when it was here.
    pub(crate) delay: Durations,
    /// By how much that differs between one event and the next.
    pub(crate) jitter: Durations,
    /// While the load was whole.
    window: (Instant, Instant),
    answers_in_window: usize,
    events_in_window: usize,
}

impl Tally {
    /// Begins one for a load that is whole between two moments.
    pub(crate) fn new(from: Instant, to: Instant) -> Self {
        Self {
            answers: 0,
            events: 0,
            failed: 0,
            latency: Durations::new(),
            first: Durations::new(),
            delay: Durations::new(),
            jitter: Durations::new(),
            window: (from, to),
            answers_in_window: 0,
            events_in_window: 0,
        }
    }

    /// Counts a whole answer that came just now.
    pub(crate) fn answer(&mut self, since: Instant) {
        let now = Instant::now();
        self.answers += 1;
        self.answers_in_window += usize::from(self.is_within(now));
        self.latency.add(now - since);
    }

    /// Counts an event; returns how long it was on its way.
    pub(crate) fn event(&mut self, sent: Instant, now: Instant) -> Duration {
        self.events += 1;
        self.events_in_window += usize::from(self.is_within(now));
        let delay = now.saturating_duration_since(sent);
        self.delay.add(delay);
        delay
    }

    /// Returns answers and events a second while the load was whole.
    #[expect(clippy::cast_precision_loss, reason = "a count is far below 2^52")]
    pub(crate) fn per_second(&self) -> (f64, f64) {
        let seconds = (self.window.1 - self.window.0).as_secs_f64();
        (self.answers_in_window as f64 / seconds, self.events_in_window as f64 / seconds)
    }

    /// Adds another round's.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.answers += other.answers;
        self.events += other.events;
        self.failed += other.failed;
        self.latency.merge(&other.latency);
        self.first.merge(&other.first);
        self.delay.merge(&other.delay);
        self.jitter.merge(&other.jitter);
    }

    fn is_within(&self, moment: Instant) -> bool {
        self.window.0 <= moment && moment <= self.window.1
    }
}
