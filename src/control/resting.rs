//! Letting backends rest that a change took the last requests from.

use std::sync::{Arc, Mutex as Lock, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::leaving::{Leaver, Leavers};
use crate::live::Live;
use crate::probe;

/// How often it is looked whether a backend has finished; nothing tells of it.
const LOOK: Duration = Duration::from_millis(50);

/// How long one may take. Nothing is broken off then: it just doesn't rest.
const LONGEST: Duration = Duration::from_secs(3600);

/// Backends that finish what they have, to be let rest then. They end with their owner.
#[derive(Debug, Default)]
pub(super) struct Resting(Lock<JoinSet<()>>);

// === impl Resting ===

impl Resting {
    /// Lets backends rest by their `release` once nothing is in flight on them, unless they are
    /// asked again by then. `turn` keeps a command from asking them at that very moment.
    pub(super) fn begin(&self, leavers: &Leavers, live: &Arc<Live>, turn: &Arc<Mutex<()>>) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        for leaver in leavers.each().filter(|leaver| leaver.backend().release.is_some()) {
            let (live, turn) = (Arc::clone(live), Arc::clone(turn));
            tasks.spawn(async move {
                if timeout(LONGEST, finished(&leaver, &live)).await == Ok(true) {
                    let _turn = turn.lock().await;
                    rest(&leaver, &live).await;
                }
            });
        }
    }
}

/// Waits until a backend has nothing in flight, and nobody is left who might still ask it; false
/// if it is asked again.
async fn finished(leaver: &Leaver, live: &Live) -> bool {
    loop {
        if leaver.is_asked(&live.load().table) {
            return false;
        }
        // A request of an earlier generation may come to it by a fallback.
        let earlier = live.finishing().iter().any(|(generation, _)| *generation <= leaver.generation());
        if leaver.in_flight() == 0 && !earlier {
            return true;
        }
        sleep(LOOK).await;
    }
}

async fn rest(leaver: &Leaver, live: &Live) {
    let backend = leaver.backend();
    if leaver.is_asked(&live.load().table) {
        return;
    }
    match probe::release(backend).await {
        Ok(()) => tracing::info!(backend = %backend.name, "released"),
        Err(error) => tracing::warn!(backend = %backend.name, %error, "not released"),
    }
}
