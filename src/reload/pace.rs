//! When to build, and when to speak of a refusal. Pure.

use std::time::{Duration, Instant};

/// At most twenty builds a second.
const BETWEEN_BUILDS: Duration = Duration::from_millis(50);
/// A refusal is held this long after the last sign of a change: the next save of a pair may mend it.
const HOLD: Duration = Duration::from_millis(300);
/// But however often files change, it is told within this time.
const MOST_HOLD: Duration = Duration::from_millis(700);

/// How long the last look before a refusal may take.
pub(super) const LAST_LOOK: Duration = Duration::from_millis(150);

/// Returns when the next build may begin.
pub(super) fn next_build(last: Option<Instant>, now: Instant) -> Instant {
    last.map_or(now, |last| now.max(last + BETWEEN_BUILDS))
}

/// Returns until when a refusal is held back.
pub(super) fn hold_until(first_refused: Instant, last_sign: Instant) -> Instant {
    (last_sign + HOLD).min(first_refused + MOST_HOLD)
}
