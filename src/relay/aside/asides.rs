//! The owner of everything that goes on beside the requests.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The most copies of requests that are on their way.
const COPIES_MOST: usize = 64;

/// The most kilobytes of their bodies.
const COPIED_KB_MOST: usize = 64 * 1024;

/// The most answers that are read to their end for nobody.
const FINISHING_MOST: usize = 256;

/// Runs tasks, each until it is done or [`end`](Self::end) is called.
#[derive(Debug)]
pub struct Asides {
    tasks: TaskTracker,
    stop: CancellationToken,
    copies: Arc<Semaphore>,
    copied_kb: Arc<Semaphore>,
    finishing: Arc<Semaphore>,
}

/// The right to have one copy on its way.
#[derive(Debug)]
pub(super) struct CopyPermit {
    _copy: OwnedSemaphorePermit,
    _kb: OwnedSemaphorePermit,
}

// === impl Asides ===

impl Default for Asides {
    fn default() -> Self {
        Self {
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            copies: Arc::new(Semaphore::new(COPIES_MOST)),
            copied_kb: Arc::new(Semaphore::new(COPIED_KB_MOST)),
            finishing: Arc::new(Semaphore::new(FINISHING_MOST)),
        }
    }
}

impl Asides {
    /// Ends all tasks and waits until they have ended. Later ones end at once.
    pub async fn end(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Runs a task; its outcome is `None` if it was ended.
    pub(super) fn spawn<F>(&self, task: F) -> JoinHandle<Option<F::Output>>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let stop = self.stop.clone();
        self.tasks.spawn(async move { stop.run_until_cancelled_owned(task).await })
    }

    /// Takes the right to send a copy of so many bytes, if there is one left.
    pub(super) fn copy_permit(&self, bytes: usize) -> Option<CopyPermit> {
        let copy = Arc::clone(&self.copies).try_acquire_owned().ok()?;
        let kb = u32::try_from(bytes.div_ceil(1024)).ok()?;
        let kb = Arc::clone(&self.copied_kb).try_acquire_many_owned(kb).ok()?;
        Some(CopyPermit { _copy: copy, _kb: kb })
    }

    /// Takes the right to read an answer to its end for nobody, if there is one left.
    pub(super) fn finish_permit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.finishing).try_acquire_owned().ok()
    }
}
