//! What the demo counts.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::asker::Outcome;

/// Counts answers and faults.
#[derive(Debug)]
pub(super) struct Tally {
    total: u64,
    by_backend: BTreeMap<String, u64>,
    failed: u64,
    dropped: u64,
    faults: BTreeMap<String, u64>,
    /// From the end of the save to the first answer of the new backend; none where it never came.
    pub(super) switch_took: Option<Duration>,
}

impl Tally {
    /// Begins at nothing, with so many requests to come.
    pub(super) fn new(total: u64) -> Self {
        let (by_backend, faults) = (BTreeMap::new(), BTreeMap::new());
        Self { total, by_backend, failed: 0, dropped: 0, faults, switch_took: None }
    }

    /// Counts one.
    pub(super) fn add(&mut self, outcome: Outcome) {
        let why = match outcome {
            Outcome::Answered { by } => {
                *self.by_backend.entry(by).or_default() += 1;
                return;
            }
            Outcome::Failed { why } => {
                self.failed += 1;
                why
            }
            Outcome::Dropped { why } => {
                self.dropped += 1;
                why
            }
        };
        *self.faults.entry(why).or_default() += 1;
    }

    /// Tells whether everything went as promised.
    pub(super) fn is_clean(&self) -> bool {
        self.failed == 0 && self.dropped == 0 && self.switch_took.is_some()
    }

    /// What went wrong, each with how often.
    pub(super) fn faults(&self) -> impl Iterator<Item = (&str, u64)> {
        self.faults.iter().map(|(why, times)| (why.as_str(), *times))
    }

    fn answered(&self) -> u64 {
        self.by_backend.values().sum()
    }

    /// One line on how far it is.
    pub(super) fn progress(&self) -> String {
        let shares: Vec<String> =
            self.by_backend.iter().map(|(backend, times)| format!("{backend} {times}")).collect();
        format!("{}/{}   {}", self.answered(), self.total, shares.join("   "))
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { failed, dropped, .. } = self;
        write!(f, "answered {}, failed {failed}, dropped streams {dropped}, ", self.answered())?;
        match self.switch_took {
            Some(took) => write!(f, "switch took {} ms", took.as_millis().max(1)),
            None => f.write_str("the switch never came"),
        }
    }
}
