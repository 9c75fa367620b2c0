//! Many answers, by backend.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::asked::Asked;
use crate::cli::table::Table;

/// Many answers, by backend.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    schema: u32,
    asked: usize,
    failed: usize,
    backends: Vec<OneBackend>,
    /// Why some failed, each cause once.
    errors: Vec<String>,
}

/// What one backend did.
#[derive(Debug, Serialize)]
struct OneBackend {
    backend: String,
    generations: Vec<u64>,
    answered: usize,
    /// Of all that were asked, in percent.
    share: f64,
    ttft_ms: Spread,
}

#[derive(Debug, Serialize)]
struct Spread {
    p50: Option<u128>,
    p95: Option<u128>,
}

// === impl Summary ===

impl Summary {
    pub(super) fn of(all: &[Asked]) -> Self {
        let mut by_backend: BTreeMap<&str, Vec<&Asked>> = BTreeMap::new();
        for asked in all.iter().filter(|asked| asked.fault.is_none()) {
            by_backend.entry(asked.backend.as_deref().unwrap_or("?")).or_default().push(asked);
        }
        let mut errors: Vec<String> =
            all.iter().filter_map(|asked| asked.fault.as_ref()).map(ToString::to_string).collect();
        let failed = errors.len();
        errors.sort();
        errors.dedup();
        let share = |(backend, answers): (&str, Vec<&Asked>)| OneBackend::of(backend, &answers, all.len());
        Self {
            schema: 1,
            asked: all.len(),
            failed,
            backends: by_backend.into_iter().map(share).collect(),
            errors,
        }
    }

    pub(super) fn failures(&self) -> impl Iterator<Item = &str> {
        self.errors.iter().map(String::as_str)
    }
}

impl OneBackend {
    fn of(backend: &str, answers: &[&Asked], asked: usize) -> Self {
        let mut generations: Vec<u64> = answers.iter().filter_map(|answer| answer.generation).collect();
        generations.sort_unstable();
        generations.dedup();
        let mut firsts: Vec<Duration> = answers.iter().filter_map(|answer| answer.first).collect();
        firsts.sort_unstable();
        // The smallest that so many percent don't exceed.
        let percentile = |percent: usize| {
            let at = (firsts.len() * percent).div_ceil(100).saturating_sub(1);
            firsts.get(at).map(Duration::as_millis)
        };
        let ttft_ms = Spread { p50: percentile(50), p95: percentile(95) };
        let permille = answers.len() * 1000 / asked.max(1);
        let share = f64::from(u32::try_from(permille).unwrap_or(u32::MAX)) / 10.0;
        Self { backend: backend.to_owned(), generations, answered: answers.len(), share, ttft_ms }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head =
            ["BACKEND", "ANSWERED", "SHARE", "TTFT P50", "P95", "GENERATION"].map(str::to_owned).to_vec();
        let time = |time: Option<u128>| time.map_or_else(|| "-".to_owned(), |time| format!("{time} ms"));
        let rows = self.backends.iter().map(|share| {
            let generations: Vec<String> = share.generations.iter().map(ToString::to_string).collect();
            vec![
                share.backend.clone(),
                share.answered.to_string(),
                format!("{} %", share.share),
                time(share.ttft_ms.p50),
                time(share.ttft_ms.p95),
                generations.join(", "),
            ]
        });
        write!(f, "{}", Table(std::iter::once(head).chain(rows).collect()))?;
        write!(f, "asked {}, failed {}", self.asked, self.failed)
    }
}
