//! The handle that the rest of the router holds.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

use crate::config::{Document, Needs, WatchMode};
use crate::source::{Hand, SourceError};

use super::desk::Desk;
use super::file_set::{FilePaths, FileSet};
use super::lookout::Lookout;
use super::read::Notice;
use super::watches::{PollingReason, Watches, Watching};

/// Files as a source of documents.
#[derive(Debug)]
pub struct FileSource {
    desk: Arc<Desk>,
    news: watch::Receiver<Option<Told>>,
    returned: Option<Returned>,
    mode: WatchMode,
}

/// A set of documents that differs from the one before.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The texts.
    pub documents: Vec<Document>,
    /// The revision of the config center's document among them, in the center's own words.
    pub revision: Option<String>,
    /// What the operator should know besides.
    pub notices: Vec<Notice>,
    /// The first sign of the change.
    pub first_sign: Instant,
    /// The last sign of it; more may be on the way if that is not long ago.
    pub last_sign: Instant,
    /// Whose change it is.
    pub hand: Hand,
}

/// What the watching thread says.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) outcome: Result<Vec<Document>, SourceError>,
    pub(super) notices: Vec<Notice>,
    pub(super) first_sign: Instant,
    pub(super) last_sign: Instant,
    pub(super) hand: Hand,
    pub(super) watching: Watching,
}

type Returned = (Result<Vec<Document>, SourceError>, Vec<Notice>);

// === impl FileSource ===

impl FileSource {
    /// Begins to watch. Never fails: where events can't be had, it polls and says so.
    #[must_use]
    pub fn new(paths: FilePaths, mode: WatchMode, poll: Duration, needs: fn(&Document) -> Needs) -> Self {
        Self::watching_set(FileSet::new(paths, needs), mode, poll)
    }

    /// Begins to watch files that are no table, under their paths as names; each may be missing.
    #[must_use]
    pub fn of_others(files: BTreeSet<PathBuf>, mode: WatchMode, poll: Duration) -> Self {
        Self::watching_set(FileSet::of_others(files), mode, poll)
    }

    fn watching_set(set: io::Result<FileSet>, mode: WatchMode, poll: Duration) -> Self {
        let desk = Arc::new(Desk::default());
        let (tell, news) = watch::channel(None);
        let thread = std::thread::Builder::new().name("files".to_owned());
        let for_thread = Arc::clone(&desk);
        let started = set.and_then(|set| {
            thread.spawn(move || {
                let watches = Watches::new(mode, &for_thread);
                let course = super::lookout::Course::default();
                Lookout { set, desk: for_thread, watches, tell, poll, course }.run();
            })
        });
        // The thread ends by itself once the desk is closed; the handle is not joined, since a
        // read from a dead network folder may never come back. Without a thread the channel is
        // closed, which every caller hears of.
        if let Err(error) = started {
            tracing::error!(%error, "files can't be watched");
        }
        Self { desk, news, returned: None, mode }
    }

    /// Watches in another way from now on: the settings that say how lie in the watched files.
    pub fn watch_as(&mut self, mode: WatchMode, poll: Duration) {
        self.mode = mode;
        self.desk.open().pace = Some((mode, poll));
        self.desk.ring();
    }

    /// Reads the files now, whether they have changed or not.
    pub async fn read(&mut self) -> Result<Arrival, SourceError> {
        let (ask, answer) = oneshot::channel();
        self.desk.open().asks.push(ask);
        self.desk.ring();
        let mut news = self.news.clone();
        let told = tokio::select! {
            told = answer => told.map_err(|_| SourceError::Stopped)?,
            () = ended(&mut news) => return Err(SourceError::Stopped),
        };
        self.hand_on(told)
    }

    /// Waits until the files differ from what was last returned. Nothing is lost if the wait is
    /// given up.
    pub async fn next(&mut self) -> Result<Arrival, SourceError> {
        loop {
            let told = self.news.borrow_and_update().clone();
            if let Some(told) = told.filter(|told| !self.is_known(told)) {
                return self.hand_on(told);
            }
            if self.news.changed().await.is_err() {
                return Err(SourceError::Stopped);
            }
        }
    }

    /// Returns how changes are noticed.
    #[must_use]
    pub fn watching(&self) -> Watching {
        if self.mode == WatchMode::Poll {
            return Watching::Polling(PollingReason::Asked);
        }
        let told = self.news.borrow();
        told.as_ref().map_or(Watching::Polling(PollingReason::Unsupported), |told| told.watching)
    }

    fn is_known(&self, told: &Told) -> bool {
        self.returned
            .as_ref()
            .is_some_and(|(outcome, notices)| *outcome == told.outcome && *notices == told.notices)
    }

    fn hand_on(&mut self, told: Told) -> Result<Arrival, SourceError> {
        self.returned = Some((told.outcome.clone(), told.notices.clone()));
        let Told { outcome, notices, first_sign, last_sign, hand, .. } = told;
        outcome.map(|documents| Arrival { documents, revision: None, notices, first_sign, last_sign, hand })
    }
}

impl Drop for FileSource {
    fn drop(&mut self) {
        self.desk.open().closed = true;
        self.desk.ring();
    }
}

/// Waits for the watching thread's end.
async fn ended(news: &mut watch::Receiver<Option<Told>>) {
    while news.changed().await.is_ok() {}
}
