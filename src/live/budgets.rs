//! The retry budgets of a table's tiers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use crate::load::Budget;
use crate::table::{RouteIndex, RoutingTable, Tier};

/// One budget for each group of backends. A tier's label names its group, so that all models that
/// fall back to the same one share its budget; it is kept over a reload.
#[derive(Debug, Default)]
pub(super) struct Budgets {
    by_label: HashMap<String, Arc<Budget>>,
    /// For each way of each route those of its tiers.
    of_tiers: Box<[Box<[OfWay]>]>,
}

/// The budgets of the tiers of one way.
type OfWay = Box<[Arc<Budget>]>;

// === impl Budgets ===

impl Budgets {
    /// Makes those of a table; labels that an earlier table had keep theirs.
    pub(super) fn next(&self, table: &RoutingTable, now: Instant) -> Self {
        let mut by_label: HashMap<String, Arc<Budget>> = HashMap::new();
        let of_tiers = table.routes().iter().map(|route| {
            let mut of_tier = |tier: &Tier| {
                let kept = || self.by_label.get(&tier.label).cloned();
                let budget = by_label.entry(tier.label.clone());
                Arc::clone(budget.or_insert_with(|| kept().unwrap_or_else(|| Arc::new(Budget::new(now)))))
            };
            route.ways().map(|way| way.tiers.iter().map(&mut of_tier).collect()).collect()
        });
        let of_tiers = of_tiers.collect();
        Self { by_label, of_tiers }
    }

    /// Returns the budget of a tier of a route, or of one of its rules.
    pub(super) fn of(&self, route: RouteIndex, rule: Option<usize>, tier: usize) -> &Budget {
        &self.of_tiers[route.position()][rule.map_or(0, |rule| rule + 1)][tier]
    }
}
