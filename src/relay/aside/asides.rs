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

#[cfg(test)]
mod tests {
    use super::super::Presence;
    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_takes_nothing_with_it() {
        let asides = Asides::default();
        let panics = |permit| async move {
            let _permit = permit;
            panic!("on purpose");
        };
        for _ in 0..2 * COPIES_MOST {
            let permit = asides.copy_permit(1 << 20).expect("each panic gives its permit back");
            assert!(asides.spawn(panics(permit)).await.is_err());
        }
        for _ in 0..2 * FINISHING_MOST {
            let permit = asides.finish_permit().expect("each panic gives its permit back");
            let ends = async move {
                let _permit = permit;
                panic!("on purpose");
            };
            assert!(asides.spawn(ends).await.is_err());
        }
        assert_eq!(asides.spawn(async { 7 }).await.ok(), Some(Some(7)), "others go on");
        asides.end().await;
        assert_eq!(asides.spawn(async { 7 }).await.ok(), Some(None));
    }

    #[tokio::test]
    async fn a_request_that_panics_beside_its_client_panics_for_this_client_only() {
        let asides = Arc::new(Asides::default());
        let of_client = |fails: bool| {
            let asides = Arc::clone(&asides);
            tokio::spawn(async move {
                let request = |_presence| async move {
                    assert!(!fails, "on purpose");
                    7
                };
                Presence::outliving(&asides, request).await
            })
        };
        assert!(of_client(true).await.is_err_and(|error| error.is_panic()));
        assert_eq!(of_client(false).await.ok(), Some(Some(7)));
    }
}
