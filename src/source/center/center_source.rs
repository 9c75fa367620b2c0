//! A center as a source of documents, with the local files that go with it.

use std::time::SystemTime;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::watcher::{Ask, Known, watch_document};
use super::{Center, CenterAddress, CenterError};
use crate::config::{Document, Format};
use crate::source::{Arrival, FileSource, Hand, Notice, SourceError};

/// A document in a config center that owns the table, and local files that supply the rest:
/// `server` and `keys` of a routes file, and the values of a `.env`.
#[derive(Debug)]
pub struct CenterSource {
    name: String,
    known: watch::Receiver<Option<Known>>,
    asks: mpsc::Sender<Ask>,
    task: JoinHandle<()>,
    files: Option<FileSource>,
    local: Vec<Document>,
}

/// How a center is, for the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CenterState {
    /// Whether the last read went well.
    pub up: bool,
    /// The revision that was read well last.
    pub revision: Option<String>,
    /// When the document was last read well.
    pub read_at: Option<SystemTime>,
    /// Why the last read did not go well.
    pub error: Option<String>,
}

// === impl CenterSource ===

impl CenterSource {
    /// Begins to keep up with a document. The task ends with the source.
    #[must_use]
    pub fn new(address: &CenterAddress, center: Box<dyn Center>, files: Option<FileSource>) -> Self {
        let (tell, known) = watch::channel(None);
        let (asks, asked) = mpsc::channel(8);
        let task = tokio::spawn(watch_document(center, tell, asked));
        Self { name: address.to_string(), known, asks, task, files, local: Vec::new() }
    }

    /// Reads the document and the local files now.
    pub async fn read(&mut self) -> Result<Arrival, SourceError> {
        let mut notices = Vec::new();
        if let Some(files) = &mut self.files {
            let arrival = files.read().await?;
            self.local = local(arrival.documents);
            notices = arrival.notices;
        }
        let (ask, answer) = oneshot::channel();
        self.asks.send(ask).await.map_err(|_| SourceError::Stopped)?;
        let answered = answer.await.map_err(|_| SourceError::Stopped)?;
        // A change may have come since the answer; to pass over it would be to lose it.
        let known = self.known.borrow_and_update().clone().unwrap_or(answered);
        self.hand_on(known, notices, Hand::of_center(&self.name))
    }

    /// Waits until the document or a local file differs from what was last returned.
    pub async fn next(&mut self) -> Result<Arrival, SourceError> {
        let files = async {
            match &mut self.files {
                Some(files) => files.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = self.known.changed() => {
                changed.map_err(|_| SourceError::Stopped)?;
                let known = self.known.borrow_and_update().clone();
                known.map_or(Err(SourceError::Stopped), |known| self.hand_on(known, Vec::new(), Hand::of_center(&self.name)))
            }
            arrival = files => {
                let arrival = arrival?;
                self.local = local(arrival.documents);
                let known = self.known.borrow_and_update().clone();
                let Arrival { notices, first_sign, hand, .. } = arrival;
                known.map_or(Err(SourceError::Stopped), |known| {
                    self.hand_on(Known { first_sign, ..known }, notices, hand)
                })
            }
        }
    }

    /// Returns the local files that go with the document, as they were read last.
    #[must_use]
    pub fn local(&self) -> &[Document] {
        &self.local
    }

    /// Returns how the center is.
    #[must_use]
    pub fn state(&self) -> CenterState {
        let known = self.known.borrow();
        let outcome = known.as_ref().map(|known| &known.outcome);
        CenterState {
            up: matches!(outcome, Some(Ok(_))),
            revision: known.as_ref().and_then(|known| known.good.as_ref()).map(|good| good.text.clone()),
            read_at: known.as_ref().and_then(|known| known.read_at),
            error: outcome.and_then(|o| o.as_ref().err()).map(ToString::to_string),
        }
    }

    fn hand_on(&self, known: Known, notices: Vec<Notice>, hand: Hand) -> Result<Arrival, SourceError> {
        let Known { outcome, first_sign, .. } = known;
        let fetched = outcome.map_err(|error| self.fault(error))?;
        let revision = Some(fetched.revision.text);
        let document = Document { name: self.name.clone(), format: fetched.format, content: fetched.content };
        let documents = std::iter::once(document).chain(self.local.iter().cloned()).collect();
        Ok(Arrival { documents, revision, notices, first_sign, last_sign: first_sign, hand })
    }

    fn fault(&self, error: CenterError) -> SourceError {
        SourceError::Center { center: self.name.clone(), error }
    }
}

/// A local routes file beside a center gives its `server` and `keys` only.
pub(super) fn local(mut documents: Vec<Document>) -> Vec<Document> {
    for document in &mut documents {
        if document.format == Format::Routes {
            document.format = Format::Local;
        }
    }
    documents
}

impl Drop for CenterSource {
    fn drop(&mut self) {
        self.task.abort();
    }
}
