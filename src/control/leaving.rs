//! Backends that a change takes the last requests from.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Leaving;
use crate::live::Snapshot;
use crate::table::{BackendIdentity, BackendIndex, RoutingTable};

/// How often it is looked whether they have finished; nothing tells of it.
const LOOK: Duration = Duration::from_millis(20);

/// The backends that one table asks and the next one doesn't; the one that knew them is held, so
/// that they can be looked at when it serves no more.
pub(super) struct Leavers {
    before: Arc<Snapshot>,
    backends: Vec<BackendIndex>,
}

// === impl Leavers ===

impl Leavers {
    /// Finds them.
    pub(super) fn of(before: &Arc<Snapshot>, after: &RoutingTable) -> Self {
        let stays: HashSet<BackendIdentity> =
            asked(after).into_iter().map(|index| after.backend(index).identity()).collect();
        let mut backends = asked(&before.table);
        backends.retain(|index| !stays.contains(&before.table.backend(*index).identity()));
        Self { before: Arc::clone(before), backends }
    }

    /// Tells how many requests each of them has.
    pub(super) fn now(&self) -> Vec<Leaving> {
        let told = |index: &BackendIndex| Leaving {
            backend: self.before.table.backend(*index).name.to_string(),
            in_flight: self.before.upstream(*index).tally.in_flight(),
        };
        self.backends.iter().map(told).collect()
    }

    /// Waits until none of them has any.
    pub(super) async fn finished(&self, until: Instant) {
        while Instant::now() < until && self.now().iter().any(|left| left.in_flight > 0) {
            sleep(LOOK).await;
        }
    }
}

/// All backends that some model asks, each once.
fn asked(table: &RoutingTable) -> Vec<BackendIndex> {
    let targets = table.routes().iter().flat_map(|route| &route.tiers).flat_map(|tier| &tier.targets);
    let mut asked: Vec<BackendIndex> =
        targets.filter(|target| target.share() > 0).map(|target| target.backend).collect();
    asked.sort_unstable();
    asked.dedup();
    asked
}
