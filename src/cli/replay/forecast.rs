//! Where recorded requests would go.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::record::Record;
use crate::cli::check::count;
use crate::cli::table::Table;
use crate::table::{AllWell, Clause, RoutingTable, Strategy, Verdict};

/// Counts recorded requests against a candidate table.
pub(super) struct Forecast<'t> {
    table: &'t RoutingTable,
    models: BTreeMap<String, Seen>,
    passed_over: u64,
}

#[derive(Default)]
struct Seen {
    /// Who answered, by the way that requests would go now.
    lanes: BTreeMap<Lane, BTreeMap<String, u64>>,
    turned_away: u64,
}

/// Where requests would go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    /// The way of a rule, or the model's own.
    Way(Option<usize>),
    /// A rule looks at what the record doesn't tell.
    Unknown,
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
    /// Of how many the record lacks what a rule looks at.
    unknown: u64,
    /// Whether rules look at what goes on at backends, which no record tells.
    assumes_calm: bool,
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
    unknown: u64,
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
        let lane = lane(self.table, record);
        *seen.lanes.entry(lane).or_default().entry(record.backend.clone()).or_default() += 1;
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
            unknown: models.iter().map(|line| line.unknown).sum(),
            assumes_calm: self.models.keys().any(|model| self.looks_at_backends(model)),
            passed_over: self.passed_over,
            models,
        }
    }

    fn line(&self, model: &str, seen: &Seen) -> Line {
        let mut line = Line {
            model: model.to_owned(),
            requests: 0,
            recorded: BTreeMap::new(),
            expected: BTreeMap::new(),
            moved: 0,
            fail: seen.turned_away,
            unknown: 0,
            why: (seen.turned_away > 0).then(|| "callers without a key in `keys`".to_owned()),
        };
        let (mut leave, mut fail) = (0.0, 0);
        for (lane, backends) in &seen.lanes {
            let requests: u64 = backends.values().sum();
            line.requests += requests;
            for (name, had) in backends {
                *line.recorded.entry(name.clone()).or_default() += had;
            }
            let Lane::Way(rule) = lane else {
                line.unknown += requests;
                continue;
            };
            let shares = self.shares(model, *rule);
            if shares.is_empty() {
                fail += requests;
                let known = self.table.find(Some(model)).is_some();
                let why = if known { "no backend with a weight" } else { "unknown model" };
                line.why = Some(why.to_owned());
                continue;
            }
            leave += moved(backends, &shares, requests);
            for (name, share) in shares {
                *line.expected.entry(name).or_default() += share * count_of(requests);
            }
        }
        let answered: f64 = line.expected.values().sum();
        line.expected.values_mut().for_each(|share| *share /= answered);
        line.moved = whole(leave);
        // Who is turned away isn't counted again for want of a backend.
        line.fail = line.fail.max(fail);
        line
    }

    /// Returns which share each backend of the first tier of a way gets.
    fn shares(&self, model: &str, rule: Option<usize>) -> BTreeMap<String, f64> {
        let Some(found) = self.table.find(Some(model)) else { return BTreeMap::new() };
        let tier = &found.route.way_of(rule).tiers[0];
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

    fn looks_at_backends(&self, model: &str) -> bool {
        let found = self.table.find(Some(model));
        found.is_some_and(|found| {
            let mut clauses = found.route.rules.iter().flat_map(|rule| &rule.clauses);
            clauses.any(|clause| matches!(clause, Clause::BusyOver(_) | Clause::Down(_)))
        })
    }
}

/// Finds the way of a recorded request. No record tells how busy backends were: none is, here.
fn lane(table: &RoutingTable, record: &Record) -> Lane {
    let Some(found) = table.find(Some(&record.model)) else { return Lane::Way(None) };
    let facts = record.facts();
    for (place, rule) in found.route.rules.iter().enumerate() {
        match rule.judge(&facts, &AllWell, &found.route.tiers[0]) {
            Verdict::Holds => return Lane::Way(Some(place)),
            Verdict::Fails(_) => {}
            Verdict::Unknown(_) => return Lane::Unknown,
        }
    }
    Lane::Way(None)
}

#[expect(clippy::cast_precision_loss, reason = "no log has 2^53 lines")]
fn count_of(requests: u64) -> f64 {
    requests as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
fn whole(requests: f64) -> u64 {
    requests.round() as u64
}

/// Counts how many requests leave the backend that answered them: what it had beyond its share.
fn moved(recorded: &BTreeMap<String, u64>, expected: &BTreeMap<String, f64>, requests: u64) -> f64 {
    let surplus = recorded.iter().map(|(name, had)| {
        let share = expected.get(name).copied().unwrap_or_default();
        (count_of(*had) - share * count_of(requests)).max(0.0)
    });
    surplus.sum()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["MODEL", "REQUESTS", "RECORDED", "EXPECTED", "MOVE", "FAIL"].map(str::to_owned).to_vec();
        let rows = self.models.iter().map(Line::row);
        write!(f, "{}", Table(std::iter::once(head).chain(rows).collect()))?;
        let requests = count(usize::try_from(self.requests).unwrap_or(usize::MAX), "request");
        write!(f, "{requests}: {} would move, {} would fail", self.moved, self.fail)?;
        if self.unknown > 0 {
            write!(f, ", of {} the record lacks what a rule looks at", self.unknown)?;
        }
        if self.assumes_calm {
            write!(f, "\nno record tells who was busy or down: here nobody is")?;
        }
        Ok(())
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
