//! Backends that a change takes the last requests from.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Leaving;
use crate::live::Snapshot;
use crate::table::{Backend, BackendIdentity, BackendIndex, Route, RoutingTable};

/// How often it is looked whether they have finished; nothing tells of it.
const LOOK: Duration = Duration::from_millis(20);

/// The backends that one table asks and the next one doesn't.
pub(super) struct Leavers(Vec<Leaver>);

/// One of them, with the snapshot that knew it, so that it can be looked at when that serves no more.
#[derive(Clone)]
pub(super) struct Leaver {
    before: Arc<Snapshot>,
    index: BackendIndex,
}

// === impl Leavers ===

impl Leavers {
    /// Finds them.
    pub(super) fn of(before: &Arc<Snapshot>, after: &RoutingTable) -> Self {
        let stays = asked(after);
        let mut leavers: Vec<Leaver> = targets(&before.table)
            .map(|index| Leaver { before: Arc::clone(before), index })
            .filter(|leaver| !stays.contains(&leaver.backend().identity()))
            .collect();
        leavers.sort_unstable_by_key(|leaver| leaver.index);
        leavers.dedup_by_key(|leaver| leaver.index);
        Self(leavers)
    }

    pub(super) fn each(&self) -> impl Iterator<Item = Leaver> {
        self.0.iter().cloned()
    }

    /// Tells how many requests each of them has.
    pub(super) fn now(&self) -> Vec<Leaving> {
        let told = |leaver: &Leaver| Leaving {
            backend: leaver.backend().name.to_string(),
            in_flight: leaver.in_flight(),
        };
        self.0.iter().map(told).collect()
    }

    /// Waits until none of them has any.
    pub(super) async fn finished(&self, until: Instant) {
        while Instant::now() < until && self.0.iter().any(|leaver| leaver.in_flight() > 0) {
            sleep(LOOK).await;
        }
    }
}

// === impl Leaver ===

impl Leaver {
    pub(super) fn backend(&self) -> &Backend {
        self.before.table.backend(self.index)
    }

    pub(super) fn in_flight(&self) -> u64 {
        self.before.upstream(self.index).tally.in_flight()
    }

    /// The last generation that asked it.
    pub(super) fn generation(&self) -> u64 {
        self.before.generation
    }

    /// Tells whether a table asks it.
    pub(super) fn is_asked(&self, table: &RoutingTable) -> bool {
        asked(table).contains(&self.backend().identity())
    }
}

/// All backends that some model asks.
fn asked(table: &RoutingTable) -> HashSet<BackendIdentity> {
    targets(table).map(|index| table.backend(index).identity()).collect()
}

fn targets(table: &RoutingTable) -> impl Iterator<Item = BackendIndex> {
    let targets = table.routes().iter().flat_map(Route::every_tier).flat_map(|tier| &tier.targets);
    targets.filter(|target| target.share() > 0).map(|target| target.backend)
}
