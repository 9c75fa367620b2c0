//! Whose the limits are: a table has them on each target, a file on models and backends.

use std::collections::{HashMap, HashSet};

use serde_yaml::{Mapping, Value};

use crate::table::{Route, RoutingTable, Target};

use super::print::{Pool, limits, own_tiers, pools, word};

/// How many limits there are.
const FIELDS: usize = 5;

/// Limits handed back to models where all targets of a model agree, else to the backends.
pub(super) struct Spread<'t> {
    /// The names of all models.
    pub(super) models: HashSet<&'t str>,
    /// The pool that each backend belongs to, by its first member.
    pool_of: Vec<usize>,
    /// Limits by pool and field.
    backends: HashMap<(usize, usize), Limit>,
}

/// A limit's key and value.
type Limit = (&'static str, Value);

// === impl Spread ===

impl<'t> Spread<'t> {
    pub(super) fn of(table: &'t RoutingTable) -> Self {
        let first_of = |pool: &Pool<'_>| vec![pool.first; pool.members.len()];
        let pool_of = pools(table).iter().flat_map(first_of).collect();
        let models = table.routes().iter().map(|route| route.name.as_str()).collect();
        let mut spread = Self { models, pool_of, backends: HashMap::new() };
        for route in table.routes() {
            let apart: Vec<usize> =
                (0..FIELDS).filter(|&field| spread.agreed(route, field).is_none()).collect();
            for field in apart {
                for target in spread.targets(route) {
                    let pool = spread.pool_of[target.backend.position()];
                    let limit = limits(&target.timeouts)[field].clone();
                    spread.backends.insert((pool, field), limit);
                }
            }
        }
        spread
    }

    /// The targets whose limits are the model's own: its target's, its fallback backends', and those
    /// of its rules.
    fn targets<'r>(&self, route: &'r Route) -> Vec<&'r Target> {
        let others = own_tiers(&self.models, route);
        std::iter::once(&route.tiers[0]).chain(others).flat_map(|tier| &tier.targets).collect()
    }

    fn agreed(&self, route: &Route, field: usize) -> Option<Limit> {
        let targets = self.targets(route);
        let first = limits(&targets.first()?.timeouts)[field].clone();
        targets.iter().all(|target| limits(&target.timeouts)[field] == first).then_some(first)
    }

    /// The key `timeout` of a model.
    pub(super) fn of_model(&self, route: &Route) -> Mapping {
        (0..FIELDS)
            .filter_map(|field| self.agreed(route, field))
            .map(|(key, value)| (word(key), value))
            .collect()
    }

    /// The key `timeout` of the backend or pool that begins at this place.
    pub(super) fn of_pool(&self, first: usize) -> Mapping {
        let own = (0..FIELDS).filter_map(|field| self.backends.get(&(first, field)).cloned());
        own.map(|(key, value)| (word(key), value)).collect()
    }
}
