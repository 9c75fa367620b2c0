//! Keeps the last good documents on disk without making a reload wait for the disk.

use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::Document;
use crate::history::LastGood;

/// How long a stop waits for the disk.
const LAST_SAVE: Duration = Duration::from_secs(2);

/// Hands documents to the task that saves them; only the newest matter.
#[derive(Debug)]
pub(super) struct Keeper {
    newest: watch::Sender<Option<Good>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Clone)]
struct Good {
    documents: Vec<Document>,
    digest: String,
}

// === impl Keeper ===

impl Keeper {
    /// Starts the task.
    pub(super) fn start(place: LastGood) -> Self {
        let (newest, news) = watch::channel(None);
        Self { newest, task: tokio::spawn(save_all(place, news)) }
    }

    /// Has these documents kept, unless the table's digest is that of the ones before.
    pub(super) fn keep(&self, documents: Vec<Document>, digest: &str) {
        self.newest.send_if_modified(|newest| {
            let known = newest.as_ref().is_some_and(|good| good.digest == digest);
            if !known {
                *newest = Some(Good { documents, digest: digest.to_owned() });
            }
            !known
        });
    }

    /// Ends the task after its last save.
    pub(super) async fn stop(self) {
        drop(self.newest);
        if tokio::time::timeout(LAST_SAVE, self.task).await.is_err() {
            tracing::warn!("the last good documents were not kept: the disk does not answer");
        }
    }
}

async fn save_all(place: LastGood, mut news: watch::Receiver<Option<Good>>) {
    let mut last_error = None;
    // The last value is still seen after the sender has gone.
    while news.changed().await.is_ok() {
        let Some(Good { documents, digest }) = news.borrow_and_update().clone() else { continue };
        let place = place.clone();
        let saving = tokio::task::spawn_blocking(move || place.save(&documents, &digest, SystemTime::now()));
        let error = saving.await.ok().and_then(Result::err).map(|error| error.to_string());
        if let Some(error) = error.as_ref().filter(|error| Some(*error) != last_error.as_ref()) {
            tracing::warn!(%error, "the last good documents could not be kept; serving goes on");
        }
        last_error = error;
    }
}
