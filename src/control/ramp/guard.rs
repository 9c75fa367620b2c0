//! What a new target may not do. Pure.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::load::{Reading, Spread};
use crate::table::parse_duration;

/// A share of errors below this is taken for this, where one target is held against the other:
/// otherwise one failure beside a flawless target would end a ramp.
const NEGLIGIBLE: f64 = 0.005;

/// One thing that a new target may not do: `errors>2%`, `ttft>2s`, `itl>80ms`, or held against
/// the old one, `ttft>1.5x`.
///
/// `errors` is the share of failed requests, `ttft` the time to the first byte of the answer's
/// body and `itl` the time between the pieces of a stream, both as their 95th percentile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Guard {
    metric: Metric,
    limit: Limit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Metric {
    Errors,
    FirstByte,
    Gap,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Limit {
    Share(f64),
    Time(Duration),
    Times(f64),
}

/// Why a text is no guard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no guard; write errors>2%, ttft>2s, itl>80ms, or a factor to the old target: ttft>1.5x")]
pub struct GuardError(String);

// === impl Guard ===

impl Guard {
    /// What holds if nobody says otherwise.
    #[must_use]
    pub fn usual() -> Vec<Self> {
        vec![
            Self { metric: Metric::Errors, limit: Limit::Share(0.05) },
            Self { metric: Metric::FirstByte, limit: Limit::Times(3.0) },
        ]
    }

    /// Reads a comma list.
    pub fn list(text: &str) -> Result<Vec<Self>, GuardError> {
        text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::parse).collect()
    }

    /// Tells what the new target did that it may not, in words; `None` if nothing, or if there are
    /// fewer than `least` samples to judge by.
    #[must_use]
    pub fn broken_by(&self, new: &Reading, old: &Reading, least: u64) -> Option<String> {
        match self.metric {
            Metric::Errors => self.errors(new, old, least),
            Metric::FirstByte => self.slower("first byte", &new.first_byte, &old.first_byte, least),
            Metric::Gap => self.slower("gap between tokens", &new.gap, &old.gap, least),
        }
    }

    fn errors(&self, new: &Reading, old: &Reading, least: u64) -> Option<String> {
        let rate = new.error_rate().filter(|_| new.judged() >= least)?;
        let most = match self.limit {
            Limit::Share(share) => share,
            Limit::Times(times) => {
                let beside = old.error_rate().filter(|_| old.judged() >= least)?;
                beside.max(NEGLIGIBLE) * times
            }
            Limit::Time(_) => return None,
        };
        (rate > most).then(|| {
            format!("errors {:.1} % of {} requests, above {:.1} %", rate * 100.0, new.judged(), most * 100.0)
        })
    }

    fn slower(&self, what: &str, new: &Spread, old: &Spread, least: u64) -> Option<String> {
        let worst = |spread: &Spread| spread.percentile(0.95).filter(|_| spread.samples() >= least.max(1));
        let found = worst(new)?;
        let most = match self.limit {
            Limit::Time(time) => time,
            Limit::Times(times) => worst(old)?.mul_f64(times),
            Limit::Share(_) => return None,
        };
        (found > most)
            .then(|| format!("{what} p95 {found:.1?} in {} samples, above {most:.1?}", new.samples()))
    }
}

impl FromStr for Guard {
    type Err = GuardError;

    fn from_str(text: &str) -> Result<Self, GuardError> {
        let refused = || GuardError(text.to_owned());
        let (metric, limit) = text.split_once('>').ok_or_else(refused)?;
        let metric = match metric.trim() {
            "errors" => Metric::Errors,
            "ttft" => Metric::FirstByte,
            "itl" => Metric::Gap,
            _ => return Err(refused()),
        };
        let limit = limit.trim();
        let positive = |number: &str| number.trim().parse().ok().filter(|n: &f64| n.is_finite() && *n > 0.0);
        let limit = if let Some(percent) = limit.strip_suffix('%') {
            // Not to be passed at all is a guard, too.
            let percent = percent.trim().parse().ok().filter(|p: &f64| (0.0..100.0).contains(p));
            percent.map(|percent| Limit::Share(percent / 100.0))
        } else if let Some(times) = limit.strip_suffix('x') {
            positive(times).map(Limit::Times)
        } else {
            parse_duration(limit).map(Limit::Time)
        };
        let fits = |limit: &Limit| match limit {
            Limit::Share(_) => metric == Metric::Errors,
            Limit::Time(_) => metric != Metric::Errors,
            Limit::Times(_) => true,
        };
        limit.filter(fits).map(|limit| Self { metric, limit }).ok_or_else(refused)
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.metric {
            Metric::Errors => "errors>",
            Metric::FirstByte => "ttft>",
            Metric::Gap => "itl>",
        })?;
        match self.limit {
            Limit::Share(share) => write!(f, "{}%", share * 100.0),
            Limit::Time(time) => write!(f, "{}ms", time.as_millis()),
            Limit::Times(times) => write!(f, "{times}x"),
        }
    }
}

impl TryFrom<String> for Guard {
    type Error = GuardError;

    fn try_from(text: String) -> Result<Self, GuardError> {
        text.parse()
    }
}

impl From<Guard> for String {
    fn from(guard: Guard) -> Self {
        guard.to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::load::{Cause, Tally};

    /// A target that answered and failed so often, each answer after so many milliseconds.
    fn reading(answered: u64, failed: u64, first_byte: u64) -> Reading {
        let (tally, began) = (Tally::default(), Instant::now());
        for _ in 0..answered {
            let mut exchange = tally.begin(began);
            exchange.begun(began + Duration::from_millis(first_byte));
            exchange.complete();
        }
        (0..failed).for_each(|_| tally.begin(began).fail(Cause::Cut, began));
        tally.read()
    }

    fn broken(guard: &str, new: &Reading, old: &Reading) -> bool {
        guard.parse::<Guard>().expect("a guard").broken_by(new, old, 20).is_some()
    }

    #[test]
    fn a_guard_breaks_above_its_limit_and_not_below() {
        let old = reading(100, 0, 10);
        assert!(broken("errors>2%", &reading(97, 3, 10), &old));
        assert!(!broken("errors>3%", &reading(97, 3, 10), &old));
        assert!(broken("errors>0%", &reading(99, 1, 10), &old));
        assert!(broken("ttft>50ms", &reading(100, 0, 80), &old));
        assert!(!broken("ttft>100ms", &reading(100, 0, 80), &old));
        assert!(broken("ttft>2x", &reading(100, 0, 80), &old));
        assert!(!broken("ttft>20x", &reading(100, 0, 80), &old));
    }

    #[test]
    fn too_few_samples_judge_nothing() {
        let old = reading(100, 0, 10);
        assert!(!broken("errors>2%", &reading(0, 19, 10), &old));
        assert!(broken("errors>2%", &reading(0, 20, 10), &old));
        assert!(!broken("ttft>50ms", &reading(19, 50, 80), &old));
        assert!(!broken("ttft>2x", &reading(100, 0, 80), &reading(19, 0, 10)));
        assert!(!broken("itl>1ms", &reading(100, 0, 80), &old), "no stream, no gap");
    }

    #[test]
    fn one_failure_beside_a_flawless_target_ends_nothing() {
        assert!(!broken("errors>3x", &reading(99, 1, 10), &reading(100, 0, 10)));
        assert!(broken("errors>3x", &reading(90, 10, 10), &reading(100, 0, 10)));
    }

    #[test]
    fn a_guard_is_written_as_it_is_read() {
        for text in ["errors>2%", "ttft>2000ms", "itl>80ms", "ttft>1.5x", "errors>0%"] {
            assert_eq!(text.parse::<Guard>().expect("a guard").to_string(), text);
        }
        for text in
            ["errors>2s", "ttft>2%", "ttft>0x", "errors", "errors>101%", "speed>2", "ttft>", "errors>x"]
        {
            assert!(text.parse::<Guard>().is_err(), "{text}");
        }
        assert_eq!(Guard::list("errors>2%, ttft>2s").map(|list| list.len()), Ok(2));
    }
}
