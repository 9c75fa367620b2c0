//! What the admin API and the verbs tell about a fleet.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Card, View, Wanted};

/// The fleet, as one of its routers sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FleetReport {
    /// The shape's version.
    pub schema: u32,
    /// The center that holds the list; `None` where none does, and a router only knows itself.
    pub center: Option<String>,
    /// Which of the replicas answers this.
    pub own: String,
    /// Whether all run the same table.
    pub agrees: bool,
    /// The digest of the table that went live last.
    pub newest: String,
    /// How many run it.
    pub running: usize,
    /// How far apart the replicas were in taking it up, in milliseconds.
    pub skew_ms: Option<u64>,
    /// All that live.
    pub replicas: Vec<Card>,
    /// How many cards could not be read.
    pub unreadable: usize,
    /// Why this may not be the whole fleet.
    pub problem: Option<String>,
}

/// How a wait ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaitReport {
    /// The shape's version.
    pub schema: u32,
    /// Whether what was waited for has come.
    pub reached: bool,
    /// The table's digest, once it is known.
    pub digest: Option<String>,
    /// How many run it.
    pub running: usize,
    /// How many had to.
    pub wanted: usize,
    /// How long it took.
    pub waited_ms: u64,
    /// Why it has not come.
    pub problem: Option<String>,
    /// The fleet at the end.
    pub fleet: FleetReport,
}

// === impl FleetReport ===

impl FleetReport {
    pub(super) fn of(view: &View, own: &str, center: Option<String>, problem: Option<String>) -> Self {
        Self {
            schema: 1,
            center,
            own: own.to_owned(),
            agrees: view.agrees(),
            newest: view.newest().to_owned(),
            running: view.running(Wanted { digest: view.newest(), revision: None }),
            skew_ms: view.skew().map(millis),
            replicas: view.replicas().to_vec(),
            unreadable: view.unreadable(),
            problem,
        }
    }

    /// Names the replicas that don't run a table, with what they say.
    #[must_use]
    pub fn behind(&self, wanted: Wanted<'_>) -> Vec<String> {
        let behind = self.replicas.iter().filter(|card| !card.runs(wanted));
        behind
            .map(|card| match &card.refused {
                Some(reason) => format!("{} refused: {reason}", card.address),
                None if card.generation == 0 => format!("{} has no table yet", card.address),
                None if card.digest == wanted.digest => {
                    let [of, holds] =
                        [card.revision.as_deref(), wanted.revision].map(|r| r.unwrap_or("none"));
                    format!("{} runs it as of revision {of}; the center holds {holds}", card.address)
                }
                None => format!("{} runs {}", card.address, card.digest),
            })
            .collect()
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
