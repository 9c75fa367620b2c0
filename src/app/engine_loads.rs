//! Asks engines how much they have to do, until the router stops.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::live::{Live, Snapshot};
use crate::probe::engine_load;
use crate::table::{BackendIndex, Engine};

/// How often an engine is asked.
const EVERY: Duration = Duration::from_secs(2);

/// How long a reading counts: until the third time that none has come after it.
const COUNTS: Duration = Duration::from_millis(3 * 2000 + 1500);

/// How many engines are asked at once.
const AT_ONCE: usize = 32;

/// Keeps what engines say of themselves, for those whose configuration names their kind.
pub(super) async fn keep_engine_loads(live: Arc<Live>, stop: CancellationToken) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        let snapshot = live.load();
        let _all = stop.run_until_cancelled(ask_all(&snapshot)).await;
    }
}

/// Asks every engine once. Whoever stops to wait for it ends the questions.
async fn ask_all(snapshot: &Arc<Snapshot>) {
    let mut asked = JoinSet::new();
    for index in snapshot.table.backend_indices() {
        let backend = snapshot.table.backend(index);
        let Some(engine) = backend.load.filter(|_| backend.state.is_ready()) else { continue };
        if asked.len() == AT_ONCE {
            asked.join_next().await;
        }
        asked.spawn(ask(Arc::clone(snapshot), index, engine));
    }
    asked.join_all().await;
}

async fn ask(snapshot: Arc<Snapshot>, index: BackendIndex, engine: Engine) {
    let backend = snapshot.table.backend(index);
    match engine_load(backend, engine).await {
        Ok(requests) => snapshot.upstream(index).engine.tell(requests, Instant::now(), COUNTS),
        Err(error) => {
            tracing::debug!(
                backend = backend.name.as_str(),
                error = &error as &dyn std::error::Error,
                "the engine's load is not known"
            );
        }
    }
}
