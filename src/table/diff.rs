//! What a new table changes, in the operator's words.

use std::collections::HashMap;
use std::fmt;

use super::fed::fed;
use super::{Backend, BackendName, BackendState, Hook, ModelName, Route, RoutingTable, Rule, Target, Tier};

/// One difference between two tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A model that wasn't there.
    Added {
        /// The model.
        model: ModelName,
        /// Its target.
        to: String,
    },
    /// A model that is gone.
    Removed {
        /// The model.
        model: ModelName,
    },
    /// A model that another backend answers for.
    Switched {
        /// The model.
        model: ModelName,
        /// Its earlier target.
        from: String,
        /// Its target now.
        to: String,
    },
    /// A model whose target kept its name, while its address, fallbacks or settings changed.
    Adjusted {
        /// The model.
        model: ModelName,
    },
    /// A rule of a model that is there in both tables.
    Rule {
        /// The model.
        model: ModelName,
        /// The rule's place, counted from 1.
        rule: usize,
        /// What became of it.
        what: RuleChange,
    },
    /// A backend that was taken out of service, or back.
    State {
        /// The backend.
        backend: BackendName,
        /// Its earlier state.
        from: BackendState,
        /// Its state now.
        to: BackendState,
    },
    /// Something beside the models: the default, a caller.
    Other {
        /// What.
        what: &'static str,
    },
}

/// What became of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleChange {
    /// It wasn't there: its conditions and its target.
    Added(String, String),
    /// It is gone: its conditions.
    Removed(String),
    /// It has other conditions: the earlier ones, and those now.
    Conditions(String, String),
    /// Another backend answers for it: the earlier one, and the one now.
    Switched(String, String),
    /// Its target kept its name, while something else changed.
    Adjusted,
}

/// A table, and what each of its backends is: two tables may have one in different places.
struct Side<'t> {
    table: &'t RoutingTable,
    backends: Vec<String>,
}

/// Lists what changes from one table to the next, in the order of the new one. Empty for equals.
#[must_use]
pub fn diff(old: &RoutingTable, new: &RoutingTable) -> Vec<Change> {
    let sides = [Side::of(old), Side::of(new)];
    let before: HashMap<&ModelName, &Route> = old.routes().iter().map(|r| (&r.name, r)).collect();
    let after: HashMap<&ModelName, &Route> = new.routes().iter().map(|r| (&r.name, r)).collect();
    let mut changes: Vec<Change> = new
        .routes()
        .iter()
        .flat_map(|route| match before.get(&route.name) {
            Some(earlier) => between(&sides, earlier, route),
            None => vec![Change::Added { model: route.name.clone(), to: new.target_text(route) }],
        })
        .collect();
    changes.extend(
        old.routes()
            .iter()
            .filter(|route| !after.contains_key(&route.name))
            .map(|route| Change::Removed { model: route.name.clone() }),
    );
    changes.extend(states(old, new));
    if old.default_route().map(|r| &r.name) != new.default_route().map(|r| &r.name) {
        changes.push(Change::Other { what: "default model" });
    }
    if old.callers() != new.callers() {
        changes.push(Change::Other { what: "callers" });
    }
    changes
}

fn between([old, new]: &[Side<'_>; 2], earlier: &Route, route: &Route) -> Vec<Change> {
    let model = || route.name.clone();
    let (from, to) = (old.table.target_text(earlier), new.table.target_text(route));
    let mut changes = Vec::new();
    if from != to {
        changes.push(Change::Switched { model: model(), from, to });
    } else if old.settings(earlier) != new.settings(route) {
        changes.push(Change::Adjusted { model: model() });
    }
    let (was, is): (Vec<&Rule>, Vec<&Rule>) = (earlier.rules.iter().collect(), route.rules.iter().collect());
    for at in 0..was.len().max(is.len()) {
        let what = match (was.get(at), is.get(at)) {
            (Some(was), Some(is)) => rule_change(old, was, new, is),
            (None, Some(is)) => Some(RuleChange::Added(is.conditions(), new.table.tier_text(&is.tiers[0]))),
            (Some(was), None) => Some(RuleChange::Removed(was.conditions())),
            (None, None) => None,
        };
        changes.extend(what.map(|what| Change::Rule { model: model(), rule: at + 1, what }));
    }
    changes
}

fn rule_change(old: &Side<'_>, was: &Rule, new: &Side<'_>, is: &Rule) -> Option<RuleChange> {
    if was.conditions() != is.conditions() {
        return Some(RuleChange::Conditions(was.conditions(), is.conditions()));
    }
    let (from, to) = (old.table.tier_text(&was.tiers[0]), new.table.tier_text(&is.tiers[0]));
    if from != to {
        return Some(RuleChange::Switched(from, to));
    }
    let same = old.tiers(&was.tiers) == new.tiers(&is.tiers) && was.inherits == is.inherits;
    (!same).then_some(RuleChange::Adjusted)
}

/// Backends that are in both tables, in another state. One that is new says its state by how it is
/// used.
fn states(old: &RoutingTable, new: &RoutingTable) -> Vec<Change> {
    let before: HashMap<&BackendName, BackendState> =
        old.backends().iter().map(|backend| (&backend.name, backend.state)).collect();
    let changed = new.backends().iter().filter_map(|backend| {
        let from = before.get(&backend.name).copied().filter(|from| *from != backend.state)?;
        Some(Change::State { backend: backend.name.clone(), from, to: backend.state })
    });
    changed.collect()
}

// === impl Side ===

impl<'t> Side<'t> {
    fn of(table: &'t RoutingTable) -> Self {
        Self { table, backends: table.backends().iter().map(of_backend).collect() }
    }

    /// Everything about a route but its rules.
    fn settings(&self, route: &Route) -> Vec<u8> {
        let Route { aliases, retry, local_only, resume, repair, .. } = route;
        let mirror = route.mirror.as_ref();
        let mirror = mirror.map(|mirror| (mirror.share, self.tiers(std::slice::from_ref(&mirror.tier))));
        fed(&(aliases, self.tiers(&route.tiers), retry, local_only, resume, repair, mirror))
    }

    fn tiers(&self, tiers: &[Tier]) -> Vec<u8> {
        let target = |target: &'_ Target| {
            let Target { backend, weight, model, timeouts, params, .. } = target;
            fed(&(&self.backends[backend.position()], weight, model, timeouts, params))
        };
        let tier = |tier: &'_ Tier| {
            let targets: Vec<_> = tier.targets.iter().map(target).collect();
            fed(&(&tier.label, targets, &tier.strategy))
        };
        fed(&tiers.iter().map(tier).collect::<Vec<_>>())
    }
}

fn of_backend(backend: &Backend) -> String {
    let hooks = [&backend.prepare, &backend.release].map(|hook| hook.as_ref().map(Hook::fingerprint));
    let kind = (backend.cloud, backend.continues, backend.max_in_flight, backend.on_disconnect);
    let kind = (kind, &backend.health, backend.breaker, backend.slow_start, backend.load);
    format!("{:?}", (&backend.name, backend.identity(), kind, hooks, &backend.params))
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { model, to } => write!(f, "{model}: new -> {to}"),
            Self::Removed { model } => write!(f, "{model}: removed"),
            Self::Switched { model, from, to } => write!(f, "{model}: {from} -> {to}"),
            Self::Adjusted { model } => write!(f, "{model}: settings changed"),
            Self::Rule { model, rule, what } => write!(f, "{model} when[{rule}]: {what}"),
            Self::State { backend, from, to } => write!(f, "backend {backend}: {from} -> {to}"),
            Self::Other { what } => write!(f, "{what} changed"),
        }
    }
}

impl fmt::Display for RuleChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(conditions, to) => write!(f, "new, {conditions} -> {to}"),
            Self::Removed(conditions) => write!(f, "removed, {conditions}"),
            Self::Conditions(from, to) => write!(f, "now {to}, was {from}"),
            Self::Switched(from, to) => write!(f, "{from} -> {to}"),
            Self::Adjusted => f.write_str("settings changed"),
        }
    }
}
