//! What the admin API and the verbs tell of the history.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::{Record, Records, ShownDocument, moment};
use crate::live::{Author, Live};
use crate::table::{RoutingTable, diff};

/// What was applied, what is pending and what is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryReport {
    /// The form of this object.
    pub schema: u32,
    /// The generation that serves.
    pub generation: u64,
    /// Changes that are neither live nor refused yet.
    pub pending: Vec<PendingReport>,
    /// The change that was refused last, until a good one follows it.
    pub refused: Option<RefusedReport>,
    /// What went live, the newest first.
    pub applied: Vec<Record>,
    /// Why the newest generations are not on disk, if they are not.
    pub problem: Option<String>,
}

/// A change that is neither live nor refused yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PendingReport {
    /// Since when.
    #[serde(with = "moment")]
    pub at: SystemTime,
    /// Who makes it.
    #[serde(flatten)]
    pub author: Author,
    /// The digest of its table, if it is known.
    pub digest: Option<String>,
}

/// A change that was refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefusedReport {
    /// When.
    #[serde(with = "moment")]
    pub at: SystemTime,
    /// Whose change it was, as far as it is known.
    pub by: Option<Author>,
    /// How many changes in a row were refused.
    pub count: u64,
    /// Why.
    pub report: String,
}

/// One generation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GenerationReport {
    /// The form of this object.
    pub schema: u32,
    /// What is told of it.
    #[serde(flatten)]
    pub record: Record,
    /// Whether it serves.
    pub live: bool,
    /// What it was made from, without the secrets; empty if that is not kept any more.
    pub documents: Vec<ShownDocument>,
}

/// What differs between two generations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiffReport {
    /// The form of this object.
    pub schema: u32,
    /// The one.
    pub from: u64,
    /// The other.
    pub to: u64,
    /// Whether anything does.
    pub differs: bool,
    /// What, a model a line.
    pub changes: Vec<String>,
}

/// Why something can't be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// There is no such generation.
    #[error("generation {generation} is not on record{}", range(*.newest, *.oldest))]
    Generation {
        /// Which.
        generation: u64,
        /// The newest that is.
        newest: Option<u64>,
        /// The oldest that is.
        oldest: Option<u64>,
    },
    /// What it was made from is gone, or makes no table any more.
    #[error(
        "generation {generation} can't be made anew: its documents are not kept, or name what is not there now"
    )]
    Table {
        /// Which.
        generation: u64,
    },
}

fn range(newest: Option<u64>, oldest: Option<u64>) -> String {
    match (newest, oldest) {
        (Some(newest), Some(oldest)) if newest != oldest => format!("; there are {oldest} to {newest}"),
        (Some(newest), _) => format!("; there is only {newest}"),
        (None, _) => String::new(),
    }
}

// === impl Records ===

impl Records {
    /// Tells what was applied, what is pending and what is refused.
    pub async fn report(&self, live: &Live, most: usize) -> HistoryReport {
        let applied = self.newest(most).await;
        let pending = live.pending().into_iter();
        let pending = pending.map(|p| PendingReport { at: p.at, author: p.author, digest: p.digest });
        let refused = live.news().borrow().refused.clone();
        let refused =
            refused.map(|r| RefusedReport { at: r.at, by: r.author, count: r.count, report: r.report });
        HistoryReport {
            schema: 1,
            generation: live.load().generation,
            pending: pending.collect(),
            refused,
            applied,
            problem: self.problem(),
        }
    }

    /// Tells of one generation.
    pub async fn report_of(&self, live: &Live, generation: u64) -> Result<GenerationReport, Unknown> {
        let Some(record) = self.record(generation).await else { return Err(self.unknown(generation).await) };
        let documents = self.shown(generation).await.unwrap_or_default();
        Ok(GenerationReport { schema: 1, live: live.load().generation == generation, record, documents })
    }

    /// Tells what differs between two generations.
    pub async fn difference(&self, live: &Live, from: u64, to: u64) -> Result<DiffReport, Unknown> {
        let snapshot = live.load();
        let made = async |generation: u64| match generation {
            serving if serving == snapshot.generation => Ok(snapshot.table.clone()),
            other => self.made(other).await,
        };
        let (before, after) = (made(from).await?, made(to).await?);
        let mut changes: Vec<String> = diff(&before, &after).iter().map(ToString::to_string).collect();
        let differs = before.digest() != after.digest();
        if differs && changes.is_empty() {
            changes.push("only the order, or backends that no model uses".to_owned());
        }
        Ok(DiffReport { schema: 1, from, to, differs, changes })
    }

    async fn made(&self, generation: u64) -> Result<RoutingTable, Unknown> {
        if let Some(table) = self.table(generation).await {
            return Ok(table);
        }
        match self.record(generation).await {
            Some(_) => Err(Unknown::Table { generation }),
            None => Err(self.unknown(generation).await),
        }
    }

    async fn unknown(&self, generation: u64) -> Unknown {
        let known = self.generations().await;
        Unknown::Generation { generation, newest: known.first().copied(), oldest: known.last().copied() }
    }
}
