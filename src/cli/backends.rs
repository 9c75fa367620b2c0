//! The backends of a running router, as rows.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;

use super::age::Age;
use super::check::count;
use crate::table::{Condition, MaxInFlight};

/// What the status tells of the backends, and of generations that end.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Look {
    pub(super) generation: u64,
    pub(super) in_flight: u64,
    pub(super) finishing: Vec<Finishing>,
    pub(super) backends: Vec<Backend>,
}

/// A replaced generation that requests still run on.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Finishing {
    generation: u64,
    in_flight: u64,
}

/// One backend and what became of its requests.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Backend {
    pub(super) name: String,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    health: Health,
    in_flight: u64,
    max_in_flight: Option<MaxInFlight>,
    #[serde(default)]
    waiting: u64,
    answered: u64,
    failed: u64,
    first_byte_ms: Spread,
    gap_ms: Spread,
    warmth: Option<f64>,
    engine_in_flight: Option<u64>,
    repairs: Option<Repairs>,
}

/// What was mended in its answers.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Repairs {
    bad_events: u64,
    usage: u64,
    unmended: u64,
}

/// Whether it is fit for requests, and if it isn't, why.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Health {
    condition: Option<Condition>,
    since: Option<f64>,
    reason: Option<String>,
    key_refused: Option<u16>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Spread {
    p50: Option<f64>,
    p95: Option<f64>,
}

// === impl Look ===

impl Look {
    /// Lays them out. With an earlier look and the time since then, the counts become rates.
    pub(super) fn rows(&self, earlier: Option<(&Self, Duration)>) -> Vec<Vec<String>> {
        let (answered, failed) =
            if earlier.is_some() { ("ANSWERED/s", "FAILED/s") } else { ("ANSWERED", "FAILED") };
        let head = ["BACKEND", "STATE", "IN FLIGHT", answered, failed, "FIRST BYTE p50/p95", "GAP p50/p95"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(self.backends.iter().map(|backend| {
            let before = earlier.and_then(|(then, passed)| {
                then.backends.iter().find(|old| old.name == backend.name).map(|old| (old, passed))
            });
            backend.row(before)
        }));
        rows
    }

    /// Tells of backends what their rows don't, and of generations that end.
    pub(super) fn remarks(&self) -> impl Iterator<Item = String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let complaints = self.backends.iter().flat_map(move |backend| backend.remarks(now));
        let endings = self.finishing.iter().map(|Finishing { generation, in_flight }| {
            format!("{} still on generation {generation}", many(*in_flight, "request"))
        });
        complaints.chain(endings)
    }
}

// === impl Backend ===

impl Backend {
    /// Tells what it works on: `3`, or `8/8, 2 waiting` where it has a limit.
    fn crowd(&self) -> String {
        let limit = self.max_in_flight.map(|most| format!("/{}", most.limit)).unwrap_or_default();
        match self.waiting {
            0 => format!("{}{limit}", self.in_flight),
            waiting => format!("{}{limit}, {waiting} waiting", self.in_flight),
        }
    }

    /// Tells of a backend that has no room; `None` of all others.
    pub(super) fn full(&self) -> Option<String> {
        let is_full = self.max_in_flight.is_some_and(|most| self.in_flight >= u64::from(most.limit));
        is_full.then(|| format!("backend {} is full: {}", self.name, self.crowd()))
    }

    /// What people have said of it goes before what it shows.
    fn state(&self) -> String {
        let said = self.state.as_deref().unwrap_or("ready");
        let shows = self.health.condition.filter(|_| said == "ready");
        match shows {
            Some(Condition::Out) => "out".to_owned(),
            Some(Condition::Trial) => "trial".to_owned(),
            Some(Condition::Well) | None => said.to_owned(),
        }
    }

    /// Tells what there is to know beside its counts, each in a line.
    pub(super) fn remarks(&self, now: Duration) -> impl Iterator<Item = String> {
        let name = &self.name;
        let warmth = self.warmth.filter(|warmth| *warmth < 1.0);
        let warming =
            warmth.map(|warmth| format!("{name} starts slowly: {:.0}% of its share", warmth * 100.0));
        let engine = self
            .engine_in_flight
            .map(|requests| format!("{name} says that it works on {}", many(requests, "request")));
        let repairs = self.repairs.map(|repairs| format!("{name}'s answers are mended: {repairs}"));
        [self.complaint(now), warming, engine, repairs].into_iter().flatten()
    }

    /// Tells what speaks against it, in a line.
    fn complaint(&self, now: Duration) -> Option<String> {
        let Self { name, health: Health { since, reason, key_refused, .. }, .. } = self;
        if let Some(reason) = reason {
            let since = since.and_then(|since| Duration::try_from_secs_f64(since).ok()).unwrap_or(now);
            return Some(format!("{name} is out for {}: {reason}", Age(now.saturating_sub(since).as_secs())));
        }
        key_refused.map(|status| format!("{name} doesn't take its key (status {status})"))
    }

    fn row(&self, before: Option<(&Self, Duration)>) -> Vec<String> {
        let counted = |now: u64, then: fn(&Self) -> u64| match before {
            Some((old, passed)) => rate(now.saturating_sub(then(old)), passed),
            None => now.to_string(),
        };
        vec![
            self.name.clone(),
            self.state(),
            self.crowd(),
            counted(self.answered, |backend| backend.answered),
            counted(self.failed, |backend| backend.failed),
            self.first_byte_ms.to_string(),
            self.gap_ms.to_string(),
        ]
    }
}

impl std::fmt::Display for Repairs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { bad_events, usage, unmended } = *self;
        let told = [
            (bad_events, format!("{} left out", many(bad_events, "event"))),
            (usage, format!("{} filled in", many(usage, "usage"))),
            (unmended, format!("{} not, being too large or compressed", many(unmended, "answer"))),
        ];
        let told: Vec<String> = told.into_iter().filter(|(n, _)| *n > 0).map(|(_, text)| text).collect();
        f.write_str(&told.join(", "))
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.p50, self.p95) {
            (Some(p50), Some(p95)) => write!(f, "{p50:.1} / {p95:.1} ms"),
            _ => f.write_str("-"),
        }
    }
}

fn many(number: u64, what: &str) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), what)
}

#[expect(clippy::cast_precision_loss, reason = "a rate is rounded anyhow")]
fn rate(gained: u64, passed: Duration) -> String {
    format!("{:.1}", gained as f64 / passed.as_secs_f64().max(0.001))
}
