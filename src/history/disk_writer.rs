//! Takes what is in memory to the disk, without anybody waiting for it.

use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::audit::{self, Hashes};
use super::memory::Event;
use super::shelf::Shelf;
use super::{Records, Stored};

/// Takes what is in memory to the disk, without anybody waiting for it.
#[derive(Debug)]
pub struct DiskWriter {
    records: Records,
    /// What the audit has told last.
    before: Before,
    told: Option<String>,
}

/// The digest of a table, and the hashes of its documents.
type Before = Option<(String, Hashes)>;

// === impl DiskWriter ===

impl DiskWriter {
    pub(super) fn new(records: Records) -> Self {
        Self { records, before: None, told: None }
    }

    /// Writes whatever comes, until told to stop; then what is left.
    pub async fn run(mut self, stop: CancellationToken) {
        while stop.run_until_cancelled(self.records.rung()).await.is_some() {
            self.catch_up().await;
        }
        self.catch_up().await;
    }

    async fn catch_up(&mut self) {
        let Some(place) = self.records.shelf().cloned() else { return };
        let (records, mut before) = (self.records.clone(), self.before.take());
        let writing = spawn_blocking(move || {
            let written = save(&records, &place).and_then(|()| tell(&records, &place, &mut before));
            (written, before)
        });
        let Ok((written, before)) = writing.await else { return };
        self.before = before;
        self.note(written.err());
    }

    /// Tells a problem once, and when it is over.
    fn note(&mut self, problem: Option<String>) {
        let lost = {
            let mut memory = self.records.memory();
            memory.problem.clone_from(&problem);
            if problem.is_none() { std::mem::take(&mut memory.lost) } else { 0 }
        };
        match (&problem, &self.told) {
            (Some(new), told) if Some(new) != told.as_ref() => {
                tracing::warn!("the history could not be written; serving goes on: {new}");
            }
            (None, Some(_)) => tracing::info!("the history is written again"),
            _ => {}
        }
        if lost > 0 {
            tracing::warn!(lost, "lines of the audit are lost, since they could not be written for so long");
        }
        self.told = problem;
    }
}

fn save(records: &Records, shelf: &Shelf) -> Result<(), String> {
    let mut has_saved = false;
    loop {
        // In a statement of its own: the lock must not be held while the disk is written.
        let unsaved = records.memory().unsaved();
        let Some(stored) = unsaved else { break };
        shelf.put(&stored).map_err(|error| error.to_string())?;
        records.memory().saved(&stored);
        has_saved = true;
    }
    if has_saved {
        shelf.prune();
    }
    Ok(())
}

fn tell(records: &Records, shelf: &Shelf, before: &mut Before) -> Result<(), String> {
    loop {
        let event = records.memory().event();
        let Some(event) = event else { return Ok(()) };
        let (line, next) = match event {
            Event::Applied(stored) => {
                let known = before.clone().or_else(|| earlier(shelf, stored.record.generation));
                let known = known.as_ref().map(|(digest, hashes)| (digest.as_str(), hashes));
                (Some(audit::applied(&stored, known)), Some(seen(&stored)))
            }
            Event::Resumed(stored) => (None, Some(seen(&stored))),
            Event::Refused(refused) => (Some(audit::refused(&refused)), None),
        };
        if let Some(line) = line {
            let file = || shelf.folder().join(audit::AUDIT);
            audit::append(shelf.folder(), &line).map_err(|error| format!("{}: {error}", file().display()))?;
        }
        records.memory().told();
        if next.is_some() {
            *before = next;
        }
    }
}

fn seen(stored: &Stored) -> (String, Hashes) {
    (stored.record.digest.clone(), audit::hashes(&stored.documents))
}

/// What an earlier run has ended with.
fn earlier(shelf: &Shelf, generation: u64) -> Before {
    let number = shelf.numbers().into_iter().find(|number| *number < generation)?;
    shelf.get(number).map(|stored| seen(&stored))
}
