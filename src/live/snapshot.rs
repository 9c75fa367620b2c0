//! Everything that one generation serves with.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use crate::load::{Gauge, RouteLoad};
use crate::table::{Backend, BackendIdentity, BackendIndex, Callers, MaxInFlight, RouteIndex, RoutingTable};
use crate::upstream::Upstream;

/// One generation: a table and the run-time state that goes with it. Everything that a reload
/// changes is in here; there is no second cell beside it.
#[derive(Debug)]
pub struct Snapshot {
    /// Its number. It goes on from where an earlier run has ended; the first of all is 1.
    pub generation: u64,
    /// The table.
    pub table: RoutingTable,
    /// What the table was made from, for people: `routes.yaml`.
    pub origin: String,
    /// Since when it serves.
    pub since: SystemTime,
    /// Requests that began on this generation and have not ended.
    pub in_flight: Gauge,
    upstreams: Box<[Arc<Upstream>]>,
    routes: Box<[Arc<RouteLoad>]>,
}

// === impl Snapshot ===

impl Snapshot {
    /// Makes the first generation.
    #[must_use]
    pub fn first(table: RoutingTable, origin: String, since: SystemTime) -> Self {
        Self::make(1, table, origin, since, &HashMap::new(), &HashMap::new())
    }

    /// Makes the state before the first generation: nothing can be asked for yet.
    #[must_use]
    pub fn not_ready(now: SystemTime) -> Self {
        let table = RoutingTable::assemble(Vec::new(), Vec::new(), None, Callers::default());
        Self::make(0, table, "nothing yet".to_owned(), now, &HashMap::new(), &HashMap::new())
    }

    /// Tells whether there is a table at all.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.generation > 0
    }

    /// Makes the next generation: unchanged backends and routes keep their run-time state.
    #[must_use]
    pub fn next(&self, table: RoutingTable, origin: String, since: SystemTime) -> Self {
        let backends = self.table.backends().iter().map(Backend::identity);
        let upstreams = backends.zip(&self.upstreams).collect();
        let names = self.table.routes().iter().map(|route| route.name.as_str());
        let routes = names.zip(&self.routes).collect();
        Self::make(self.generation + 1, table, origin, since, &upstreams, &routes)
    }

    fn make(
        generation: u64,
        table: RoutingTable,
        origin: String,
        since: SystemTime,
        upstreams: &HashMap<BackendIdentity, &Arc<Upstream>>,
        routes: &HashMap<&str, &Arc<RouteLoad>>,
    ) -> Self {
        // One machine is one backend, however many models name it, and has the least of its limits.
        let mut machines: HashMap<BackendIdentity, (Arc<Upstream>, Option<MaxInFlight>)> = HashMap::new();
        for backend in table.backends() {
            let identity = backend.identity();
            let kept = upstreams.get(&identity).copied();
            let (_, limit) = machines.entry(identity).or_insert_with(|| {
                (kept.map_or_else(|| Arc::new(Upstream::new(&backend.address)), Arc::clone), None)
            });
            *limit = (*limit).into_iter().chain(backend.max_in_flight).min_by_key(|most| most.limit);
        }
        for (upstream, limit) in machines.values() {
            upstream.tally.slots.set_limit(*limit);
        }
        let upstreams =
            table.backends().iter().map(|backend| Arc::clone(&machines[&backend.identity()].0)).collect();
        let routes = table
            .routes()
            .iter()
            .map(|route| routes.get(route.name.as_str()).map_or_else(Arc::default, |kept| Arc::clone(kept)))
            .collect();
        Self { generation, table, origin, since, in_flight: Gauge::default(), upstreams, routes }
    }

    /// Returns a backend's run-time state.
    #[must_use]
    pub fn upstream(&self, backend: BackendIndex) -> &Arc<Upstream> {
        &self.upstreams[backend.position()]
    }

    /// Returns a route's counters.
    #[must_use]
    pub fn route_load(&self, route: RouteIndex) -> &RouteLoad {
        &self.routes[route.position()]
    }

    /// Returns the run-time state of all backends, parallel to the table's.
    #[must_use]
    pub fn upstreams(&self) -> &[Arc<Upstream>] {
        &self.upstreams
    }
}
