//! Where recorded requests would go.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::record::Record;
use crate::cli::check::count;
use crate::cli::table::Table;
use crate::table::{RoutingTable, Strategy};

/// Counts recorded requests against a candidate table.
pub(super) struct Forecast<'t> {
    table: &'t RoutingTable,
    models: BTreeMap<String, Seen>,
    passed_over: u64,
}

#[derive(Default)]
struct Seen {
    backends: BTreeMap<String, u64>,
    turned_away: u64,
}

/// What would happen.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    schema: u32,
    /// Requests in the record.
    pub(super) requests: u64,
    /// How many of them another backend would be expected to answer.
    moved: u64,
    /// How many would be answered by nobody.
    pub(super) fail: u64,
    passed_over: u64,
    models: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    model: String,
    requests: u64,
    /// Who answered.
    recorded: BTreeMap<String, u64>,
    /// Which share each backend is expected to get, from 0 to 1.
    expected: BTreeMap<String, f64>,
    moved: u64,
    fail: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

// === impl Forecast ===

impl<'t> Forecast<'t> {
    pub(super) fn new(table: &'t RoutingTable) -> Self {
        Self { table, models: BTreeMap::new(), passed_over: 0 }
    }

    pub(super) fn add(&mut self, record: &Record) {
        let seen = self.models.entry(record.model.clone()).or_default();
        *seen.backends.entry(record.backend.clone()).or_default() += 1;
        let callers = self.table.callers();
        let admitted = callers.is_open()
            || record.caller.as_ref().is_some_and(|name| callers.iter().any(|caller| caller.name == *name));
        seen.turned_away += u64::from(!admitted);
    }

    pub(super) fn pass_over(&mut self) {
        self.passed_over += 1;
    }

    pub(super) fn report(&self) -> Report {
        let models: Vec<Line> = self.models.iter().map(|(model, seen)| self.line(model, seen)).collect();
        Report {
            schema: 1,
            requests: models.iter().map(|line| line.requests).sum(),
            moved: models.iter().map(|line| line.moved).sum(),
            fail: models.iter().map(|line| line.fail).sum(),
            passed_over: self.passed_over,
            models,
        }
    }

    fn line(&self, model: &str, seen: &Seen) -> Line {
        let requests = seen.backends.values().sum();
        let expected = self.shares(model);
        let mut line = Line {
            model: model.to_owned(),
            requests,
            moved: moved(&seen.backends, &expected, requests),
            recorded: seen.backends.clone(),
            expected,
            fail: seen.turned_away,
            why: (seen.turned_away > 0).then(|| "callers without a key in `keys`".to_owned()),
        };
        if line.expected.is_empty() {
            let why = if self.table.find(Some(model)).is_some() {
                "no backend with a weight"
            } else {
                "unknown model"
            };
            (line.fail, line.moved, line.why) = (requests, 0, Some(why.to_owned()));
        }
        line
    }

    /// Returns which share each backend of the model's first tier gets.
    fn shares(&self, model: &str) -> BTreeMap<String, f64> {
        let Some(found) = self.table.find(Some(model)) else { return BTreeMap::new() };
        let tier = &found.route.tiers[0];
        let most = if tier.strategy == Strategy::First { 1 } else { usize::MAX };
        let targets = || tier.targets.iter().filter(|target| target.weight > 0).take(most);
        let all: f64 = targets().map(|target| f64::from(target.weight)).sum();
        let mut shares = BTreeMap::new();
        for target in targets() {
            let name = self.table.backend(target.backend).name.as_str().to_owned();
            *shares.entry(name).or_default() += f64::from(target.weight) / all;
        }
        shares
    }
}

/// Counts how many requests leave the backend that answered them: what it had beyond its share.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn moved(recorded: &BTreeMap<String, u64>, expected: &BTreeMap<String, f64>, requests: u64) -> u64 {
    let surplus = recorded.iter().map(|(name, had)| {
        let share = expected.get(name).copied().unwrap_or_default();
        (*had as f64 - share * requests as f64).max(0.0)
    });
    surplus.sum::<f64>().round() as u64
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["MODEL", "REQUESTS", "RECORDED", "EXPECTED", "MOVE", "FAIL"].map(str::to_owned).to_vec();
        let rows = self.models.iter().map(Line::row);
        write!(f, "{}", Table(std::iter::once(head).chain(rows).collect()))?;
        let requests = count(usize::try_from(self.requests).unwrap_or(usize::MAX), "request");
        write!(f, "{requests}: {} would move, {} would fail", self.moved, self.fail)
    }
}

// === impl Line ===

impl Line {
    fn row(&self) -> Vec<String> {
        let named = |name: &String| if name.is_empty() { "nobody".to_owned() } else { name.clone() };
        let recorded: Vec<String> =
            self.recorded.iter().map(|(name, had)| format!("{} {had}", named(name))).collect();
        let expected: Vec<String> =
            self.expected.iter().map(|(name, share)| format!("{name} {:.0} %", share * 100.0)).collect();
        let fail = match &self.why {
            Some(why) => format!("{}: {why}", self.fail),
            None => self.fail.to_string(),
        };
        let requests = self.requests.to_string();
        vec![
            self.model.clone(),
            requests,
            recorded.join(", "),
            expected.join(", "),
            self.moved.to_string(),
            fail,
        ]
    }
}
