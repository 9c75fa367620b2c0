//! Whether a stream crawls.

use std::time::Instant;

use memchr::memmem;

/// How many tokens are waited for before a stream is judged.
const FIRST_TOKENS: f64 = 10.0;

/// Counts the events of a stream against a floor. An event is taken for a token.
pub(super) struct Pace {
    floor: f64,
    since: Instant,
    events: f64,
}

// === impl Pace ===

impl Pace {
    /// Begins with a stream's first token; `None` without a floor.
    pub(super) fn new(tokens_per_second: u32, now: Instant) -> Option<Self> {
        (tokens_per_second > 0).then(|| Self { floor: tokens_per_second.into(), since: now, events: 0.0 })
    }

    /// Counts a further piece; tells whether the stream is slower than it may be.
    pub(super) fn crawls(&mut self, piece: &[u8], now: Instant) -> bool {
        self.events += memmem::find_iter(piece, b"data:").map(|_| 1.0).sum::<f64>();
        let owed = now.saturating_duration_since(self.since).as_secs_f64() * self.floor;
        owed >= FIRST_TOKENS && self.events < owed
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_a_stream_below_its_floor_crawls() {
        let began = Instant::now();
        let judged = |events: u32, gap: Duration, a_piece: usize| {
            let mut pace = Pace::new(10, began).expect("a floor");
            (1..=events).any(|n| pace.crawls(&b"data: x\n\n".repeat(a_piece), began + gap * n))
        };
        assert!(!judged(100, Duration::from_millis(90), 1), "fast enough");
        assert!(judged(100, Duration::from_millis(120), 1), "too slow");
        assert!(!judged(5, Duration::from_millis(150), 1), "too early to tell");
        assert!(!judged(20, Duration::from_millis(900), 10), "slow pieces of many tokens");
        assert!(Pace::new(0, began).is_none());
    }
}
