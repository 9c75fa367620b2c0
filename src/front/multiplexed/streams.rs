//! The streams of one connection: a task each, which ends with the connection.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::abuse::Counts;
use super::answer::{ANSWERING, Answering};

/// Owns the tasks: whoever drops it ends them.
#[derive(Debug, Default)]
pub(super) struct Streams {
    tasks: Arc<Mutex<JoinSet<()>>>,
    counts: Arc<watch::Sender<Counts>>,
}

/// Begins tasks for hyper. It keeps none of them alive.
#[derive(Debug, Clone)]
pub(super) struct Executor {
    tasks: Weak<Mutex<JoinSet<()>>>,
    counts: Arc<watch::Sender<Counts>>,
}

/// One stream among those that are open.
struct Open {
    counts: Arc<watch::Sender<Counts>>,
    answering: Arc<Answering>,
}

// === impl Streams ===

impl Streams {
    pub(super) fn executor(&self) -> Executor {
        Executor { tasks: Arc::downgrade(&self.tasks), counts: Arc::clone(&self.counts) }
    }

    /// Tells whether there ever was one.
    pub(super) fn have_begun(&self) -> bool {
        self.counts.borrow().begun > 0
    }

    /// Waits until no stream has been there for so long, before the first one or after another.
    pub(super) async fn idle(&self, first: Duration, between: Duration) {
        let mut counts = self.counts.subscribe();
        let mut limit = first;
        loop {
            let Ok(quiet) = counts.wait_for(|counts| counts.open == 0).await.map(|counts| *counts) else {
                return;
            };
            let stirs = counts.wait_for(|counts| counts.begun != quiet.begun);
            if timeout(limit, stirs).await.is_err() {
                return;
            }
            limit = between;
        }
    }

    /// Waits until the client has asked too much in vain.
    pub(super) async fn abused(&self) {
        let mut counts = self.counts.subscribe();
        if counts.wait_for(|counts| counts.are_abuse()).await.is_ok() {
            tracing::warn!(
                "a client ended most of its requests before they were answered; it gets no more on that connection"
            );
        }
    }
}

// === impl Executor ===

impl<F> hyper::rt::Executor<F> for Executor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let Some(tasks) = self.tasks.upgrade() else { return };
        let open = Open::new(Arc::clone(&self.counts));
        let answering = Arc::clone(&open.answering);
        let mut tasks = tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(ANSWERING.scope(Arc::clone(&answering), async move {
            let _open = open;
            tokio::select! {
                () = stream => {}
                () = answering.stalled() => tracing::debug!("a client took nothing of an answer for too long"),
            }
        }));
    }
}

// === impl Open ===

impl Open {
    fn new(counts: Arc<watch::Sender<Counts>>) -> Self {
        counts.send_modify(|counts| {
            counts.begun += 1;
            counts.open += 1;
        });
        Self { counts, answering: Arc::default() }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.counts.send_modify(|counts| {
            counts.open -= 1;
            counts.given_up += u64::from(!self.answering.has_begun());
        });
    }
}
