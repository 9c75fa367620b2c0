//! Everything that one generation serves with.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::budgets::Budgets;
use crate::load::{Budget, CallerLoad, Gauge, RouteLoad};
use crate::table::{
    Backend, BackendIdentity, BackendIndex, CallerLimits, Callers, MaxInFlight, RouteIndex, RoutingTable,
};
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
    /// Which backends they are; to tell takes a hash of all that is known of one.
    identities: Box<[BackendIdentity]>,
    upstreams: Box<[Arc<Upstream>]>,
    /// One for each way of each route.
    routes: Box<[Box<[Arc<RouteLoad>]>]>,
    budgets: Budgets,
    callers: LimitedCallers,
}

/// The callers that have a limit, by their names.
type LimitedCallers = HashMap<String, (CallerLimits, CallerLoad)>;

/// The run-time state that a generation may take over from the one before.
#[derive(Default)]
struct Carried<'s> {
    upstreams: HashMap<BackendIdentity, &'s Arc<Upstream>>,
    routes: HashMap<&'s str, &'s [Arc<RouteLoad>]>,
    budgets: Option<&'s Budgets>,
    callers: Option<&'s LimitedCallers>,
}

// === impl Snapshot ===

impl Snapshot {
    /// Makes the first generation.
    #[must_use]
    pub fn first(table: RoutingTable, origin: String, since: SystemTime) -> Self {
        Self::make(1, table, origin, since, &Carried::default())
    }

    /// Makes the state before the first generation: nothing can be asked for yet.
    #[must_use]
    pub fn not_ready(now: SystemTime) -> Self {
        let table = RoutingTable::assemble(Vec::new(), Vec::new(), None, Callers::default());
        Self::make(0, table, "nothing yet".to_owned(), now, &Carried::default())
    }

    /// Tells whether there is a table at all.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.generation > 0
    }

    /// Makes the next generation: unchanged backends and routes keep their run-time state.
    /// Who is new in a table that serves already, or in service again, starts slowly from now on.
    #[must_use]
    pub fn next(&self, table: RoutingTable, origin: String, since: SystemTime, now: Instant) -> Self {
        let names = self.table.routes().iter().map(|route| route.name.as_str());
        let carried = Carried {
            upstreams: self.identities.iter().copied().zip(&self.upstreams).collect(),
            routes: names.zip(self.routes.iter().map(|ways| &**ways)).collect(),
            budgets: Some(&self.budgets),
            callers: Some(&self.callers),
        };
        let next = Self::make(self.generation + 1, table, origin, since, &carried);
        if self.is_ready() {
            let before = self.table.backends().iter().zip(&self.identities);
            let served: HashSet<BackendIdentity> = before
                .filter(|(backend, _)| backend.state.is_ready())
                .map(|(_, identity)| *identity)
                .collect();
            let after = next.table.backends().iter().zip(&next.identities).zip(&next.upstreams);
            for ((backend, identity), upstream) in after {
                let slowly = backend.slow_start.is_some() && backend.state.is_ready();
                if slowly && !served.contains(identity) {
                    upstream.warmup.warm_from(now);
                }
            }
        }
        next
    }

    fn make(
        generation: u64,
        table: RoutingTable,
        origin: String,
        since: SystemTime,
        carried: &Carried<'_>,
    ) -> Self {
        // One machine is one backend, however many models name it, and has the least of its limits.
        let identities: Box<[BackendIdentity]> = table.backends().iter().map(Backend::identity).collect();
        let mut machines: HashMap<BackendIdentity, (Arc<Upstream>, Option<MaxInFlight>)> = HashMap::new();
        for (backend, identity) in table.backends().iter().zip(&identities) {
            let kept = carried.upstreams.get(identity).copied();
            let (machine, limit) = machines
                .entry(*identity)
                .or_insert_with(|| (kept.map_or_else(|| Arc::new(Upstream::new(backend)), Arc::clone), None));
            machine.tally.breaker().limit(backend.breaker);
            *limit = (*limit).into_iter().chain(backend.max_in_flight).min_by_key(|most| most.limit);
        }
        for (upstream, limit) in machines.values() {
            upstream.tally.slots.set_limit(*limit);
        }
        let upstreams = identities.iter().map(|identity| Arc::clone(&machines[identity].0)).collect();
        let routes = table
            .routes()
            .iter()
            .map(|route| {
                let kept = carried.routes.get(route.name.as_str());
                let load = |n| kept.and_then(|kept| kept.get(n)).map_or_else(Arc::default, Arc::clone);
                (0..=route.rules.len()).map(load).collect()
            })
            .collect();
        let budgets = carried.budgets.unwrap_or(&Budgets::default()).next(&table, Instant::now());
        let limited = table.callers().iter().filter(|caller| caller.limits.is_any());
        let callers = limited
            .map(|caller| {
                let kept = carried.callers.and_then(|kept| kept.get(&caller.name));
                let load = kept.map(|(_, load)| load.clone()).unwrap_or_default();
                (caller.name.clone(), (caller.limits, load))
            })
            .collect();
        let in_flight = Gauge::default();
        Self { generation, table, origin, since, in_flight, identities, upstreams, routes, budgets, callers }
    }

    /// Returns a backend's run-time state.
    #[must_use]
    pub fn upstream(&self, backend: BackendIndex) -> &Arc<Upstream> {
        &self.upstreams[backend.position()]
    }

    /// Returns the counters of a route, or of one of its rules: each way has exact shares of its own.
    #[must_use]
    pub fn route_load(&self, route: RouteIndex, rule: Option<usize>) -> &RouteLoad {
        &self.routes[route.position()][rule.map_or(0, |rule| rule + 1)]
    }

    /// Returns how much a caller may ask for and what it has asked for of late, if it has a limit.
    #[must_use]
    pub fn limits_of(&self, caller: &str) -> Option<(CallerLimits, &CallerLoad)> {
        self.callers.get(caller).map(|(limits, load)| (*limits, load))
    }

    /// Returns what the requests of a route, or of one of its rules, may spend on further tries on one
    /// of the tiers.
    #[must_use]
    pub fn budget(&self, route: RouteIndex, rule: Option<usize>, tier: usize) -> &Budget {
        self.budgets.of(route, rule, tier)
    }

    /// Returns the run-time state of all backends, parallel to the table's.
    #[must_use]
    pub fn upstreams(&self) -> &[Arc<Upstream>] {
        &self.upstreams
    }
}
