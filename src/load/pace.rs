//! How fast a backend has got done of late.

use std::time::{Duration, Instant};

/// Older than this is no news of the present.
const WINDOW: Duration = Duration::from_secs(10);

/// The pace at which exchanges end, of the last ten to twenty seconds.
#[derive(Debug, Default)]
pub(super) struct Pace {
    ended: u64,
    /// Where the present window began, and the one before.
    windows: Option<[Mark; 2]>,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    at: Instant,
    ended: u64,
}

// === impl Pace ===

impl Pace {
    /// Counts one that has ended.
    pub(super) fn end(&mut self) {
        self.ended += 1;
    }

    /// Notes that it is now, so that the windows move on.
    pub(super) fn look(&mut self, now: Instant) {
        let mark = Mark { at: now, ended: self.ended };
        self.windows = Some(match self.windows {
            Some([_, present]) if now.saturating_duration_since(present.at) > 2 * WINDOW => [mark; 2],
            Some([_, present]) if now.saturating_duration_since(present.at) > WINDOW => [present, mark],
            Some(windows) => windows,
            None => [mark; 2],
        });
    }

    /// Guesses how long it takes until so many have ended: a second at least, a minute at most.
    #[expect(clippy::cast_precision_loss)]
    pub(super) fn until(&self, ends: u64, now: Instant) -> Duration {
        const LEAST: Duration = Duration::from_secs(1);
        const MOST: Duration = Duration::from_secs(60);
        let Some([earlier, _]) = self.windows else { return LEAST };
        let passed = now.saturating_duration_since(earlier.at);
        // Where none has ended yet, the first can't be sooner than what has passed already.
        let ended = (self.ended - earlier.ended).max(1);
        let guess = passed.as_secs_f64() * ends as f64 / ended as f64;
        Duration::try_from_secs_f64(guess).unwrap_or(MOST).clamp(LEAST, MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ends so many a second for a while.
    fn after(seconds: u32, per_second: u32) -> (Pace, Instant) {
        let (mut pace, began) = (Pace::default(), Instant::now());
        pace.look(began);
        for second in 1..=seconds {
            (0..per_second).for_each(|_| pace.end());
            pace.look(began + Duration::from_secs(1) * second);
        }
        (pace, began + Duration::from_secs(1) * seconds)
    }

    #[test]
    fn a_wait_is_guessed_from_what_ended_of_late() {
        let (pace, now) = after(60, 2);
        let guess = pace.until(20, now).as_secs_f64();
        assert!((9.0..11.5).contains(&guess), "{guess}");
    }

    #[test]
    fn a_guess_is_between_a_second_and_a_minute() {
        let (pace, now) = after(30, 1000);
        assert_eq!(pace.until(1, now), Duration::from_secs(1));
        let (pace, now) = after(30, 0);
        assert_eq!(pace.until(100, now), Duration::from_secs(60));
        assert_eq!(Pace::default().until(100, now), Duration::from_secs(1));
    }

    #[test]
    fn an_idle_hour_doesnt_count() {
        let (mut pace, then) = after(30, 10);
        let now = then + Duration::from_secs(3600);
        pace.look(now);
        (0..10).for_each(|_| pace.end());
        assert_eq!(pace.until(10, now + Duration::from_secs(2)), Duration::from_secs(2));
    }
}
