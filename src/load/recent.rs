//! How the last exchanges with a backend ended.

use std::time::{Duration, Instant};

/// How many exchanges are remembered.
const REMEMBERED: u32 = 20;

/// How many failures among them are too many: half.
const TOO_MANY: u32 = REMEMBERED / 2;

/// Failures older than this are forgotten as soon as another one comes.
const FORGOTTEN: Duration = Duration::from_secs(30);

/// The last exchanges as bits, 1 for a failure. It begins as if all had gone well, so that a few
/// failures of a fresh backend are no high rate.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Recent {
    bits: u32,
    last_failure: Option<Instant>,
}

// === impl Recent ===

impl Recent {
    pub(super) fn fail(&mut self, now: Instant) {
        let is_old = |last: Instant| now.saturating_duration_since(last) > FORGOTTEN;
        if self.last_failure.replace(now).is_some_and(is_old) {
            self.bits = 0;
        }
        self.push(1);
    }

    pub(super) fn succeed(&mut self) {
        self.push(0);
    }

    fn push(&mut self, bit: u32) {
        self.bits = (self.bits << 1 | bit) & ((1 << REMEMBERED) - 1);
    }

    /// Tells whether nothing of what is remembered failed.
    pub(super) fn is_clean(self) -> bool {
        self.bits == 0
    }

    /// Tells whether too much of it failed.
    pub(super) fn is_bad(self) -> bool {
        self.bits.count_ones() >= TOO_MANY
    }
}
