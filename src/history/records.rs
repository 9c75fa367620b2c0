//! The handle that all who tell or ask something hold.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tokio::sync::Notify;
use tokio::task::spawn_blocking;

use super::memory::{Event, Memory};
use super::shelf::{MOST_GENERATIONS, Shelf};
use super::{DiskWriter, Record, Refused, Stored};
use crate::config::{self, Document, Vars};
use crate::live::Author;
use crate::table::{RoutingTable, diff};

/// The generations of one owner's table, the newest hundred of them.
///
/// To put one in never waits for the disk. To ask may, and does it on a thread that may wait.
#[derive(Debug, Clone)]
pub struct Records(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shelf: Option<Shelf>,
    vars: Vars,
    memory: Mutex<Memory>,
    bell: Notify,
}

// === impl Records ===

impl Records {
    /// Opens the history of an owner's table in the state folder; without one nothing outlives the
    /// process. The writer must be run for anything to come onto the disk. Reads nothing yet.
    #[must_use]
    pub fn open(state: Option<&Path>, owner: &Path, vars: Vars) -> (Self, DiskWriter) {
        let shelf = state.map(|state| Shelf::new(state, owner));
        let inner = Inner { shelf, vars, memory: Mutex::default(), bell: Notify::new() };
        let records = Self(Arc::new(inner));
        (records.clone(), DiskWriter::new(records))
    }

    /// Returns where it is on disk.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.0.shelf.as_ref().map(Shelf::folder)
    }

    // --- to put in

    /// Returns the number of the first table of a run: that of the last run's last table if it is
    /// the same one, else the next. Blocks on the disk.
    #[must_use]
    pub fn first_number(&self, digest: &str) -> u64 {
        let Some(newest) = self.numbers().first().copied() else { return 1 };
        let goes_on = self.record_now(newest).is_some_and(|record| record.digest == digest);
        if goes_on { newest } else { newest + 1 }
    }

    /// Puts the first table of a run in. If the last run ended with it, it is the same generation,
    /// and only its documents are kept anew. Blocks on the disk.
    pub fn begin(&self, number: u64, table: &RoutingTable, documents: &[Document], author: Author) {
        let (now, digest) = (SystemTime::now(), table.digest().to_owned());
        let last = self.last();
        if let Some(last) = last.as_ref().filter(|last| last.record.generation == number) {
            let record = last.record.clone();
            let stored = Stored { record, saved_at: now, documents: documents.to_vec() };
            return self.put(stored.clone(), Event::Resumed(stored));
        }
        // What was changed while no router ran; not known if the earlier text is no table any more.
        let before = last.and_then(|last| config::build(&last.documents, &self.0.vars).ok());
        let changes = before.map(|before| diff(&before.table, table)).unwrap_or_default();
        let changes = changes.iter().map(ToString::to_string).collect();
        self.add(
            Record { generation: number, at: now, author, changes, digest, took_ms: 0.0 },
            documents.to_vec(),
        );
    }

    /// Puts a generation in.
    pub fn add(&self, record: Record, documents: Vec<Document>) {
        let stored = Stored { saved_at: record.at, record, documents };
        self.put(stored.clone(), Event::Applied(stored));
    }

    /// Keeps the newest generation's documents anew, if they are others that make the same table.
    pub fn refresh(&self, documents: &[Document], digest: &str) {
        let mut memory = self.memory();
        let newest = memory.newest().filter(|newest| newest.record.digest == digest);
        let Some(newest) = newest.filter(|newest| newest.documents != documents) else { return };
        let record = newest.record.clone();
        let stored = Stored { record, saved_at: SystemTime::now(), documents: documents.to_vec() };
        memory.put(stored.clone());
        memory.tell(Event::Resumed(stored));
        drop(memory);
        self.0.bell.notify_one();
    }

    /// Has the audit tell of a refused change.
    pub fn refuse(&self, refused: Refused) {
        self.memory().tell(Event::Refused(refused));
        self.0.bell.notify_one();
    }

    fn put(&self, stored: Stored, event: Event) {
        let mut memory = self.memory();
        memory.put(stored);
        memory.tell(event);
        drop(memory);
        self.0.bell.notify_one();
    }

    // --- to ask

    /// Returns the newest generation that can be read. Blocks on the disk.
    #[must_use]
    pub fn last(&self) -> Option<Stored> {
        self.numbers().into_iter().find_map(|number| self.stored(number))
    }

    /// Returns what is told of a generation.
    pub async fn record(&self, generation: u64) -> Option<Record> {
        self.ask(move |records| records.record_now(generation)).await
    }

    /// Returns what is told of the newest generations, the newest first.
    pub async fn newest(&self, most: usize) -> Vec<Record> {
        let newest = self.ask(move |records| {
            let numbers = records.numbers().into_iter().take(most);
            Some(numbers.filter_map(|number| records.record_now(number)).collect())
        });
        newest.await.unwrap_or_default()
    }

    /// Returns the numbers of all generations that are kept, the newest first.
    pub async fn generations(&self) -> Vec<u64> {
        self.ask(|records| Some(records.numbers())).await.unwrap_or_default()
    }

    /// Returns a generation with its documents, keys included.
    pub async fn documents(&self, generation: u64) -> Option<Stored> {
        self.ask(move |records| records.stored(generation)).await
    }

    /// Returns the table of a generation, made anew; what it was made from may be gone, or no
    /// table any more since it wants a variable that is not set now.
    pub async fn table(&self, generation: u64) -> Option<RoutingTable> {
        let built = self.ask(move |records| {
            let stored = records.stored(generation)?;
            config::build(&stored.documents, &records.0.vars).ok()
        });
        built.await.map(|built| built.table)
    }

    /// Returns why the newest are not on disk, if they are not.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.memory().problem.clone()
    }

    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Self) -> Option<T> + Send + 'static,
    ) -> Option<T> {
        let records = self.clone();
        spawn_blocking(move || question(&records)).await.ok().flatten()
    }

    fn numbers(&self) -> Vec<u64> {
        let mut numbers: Vec<u64> = self.memory().numbers().collect();
        numbers.extend(self.0.shelf.iter().flat_map(Shelf::numbers));
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        numbers.dedup();
        numbers.truncate(MOST_GENERATIONS);
        numbers
    }

    fn record_now(&self, generation: u64) -> Option<Record> {
        let held = self.memory().get(generation).map(|stored| stored.record.clone());
        held.or_else(|| self.0.shelf.as_ref()?.record(generation))
    }

    fn stored(&self, generation: u64) -> Option<Stored> {
        let held = self.memory().get(generation).filter(|stored| !stored.documents.is_empty()).cloned();
        held.or_else(|| self.0.shelf.as_ref()?.get(generation))
    }

    // --- for the writer

    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn shelf(&self) -> Option<&Shelf> {
        self.0.shelf.as_ref()
    }

    pub(super) async fn rung(&self) {
        self.0.bell.notified().await;
    }
}
