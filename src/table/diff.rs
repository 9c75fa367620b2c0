//! What a new table changes, in the operator's words.

use std::collections::HashMap;
use std::fmt;

use super::{BackendName, BackendState, Hook, ModelName, Route, RoutingTable};

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

/// Lists what changes from one table to the next, in the order of the new one. Empty for equals.
#[must_use]
pub fn diff(old: &RoutingTable, new: &RoutingTable) -> Vec<Change> {
    let before: HashMap<&ModelName, &Route> = old.routes().iter().map(|r| (&r.name, r)).collect();
    let after: HashMap<&ModelName, &Route> = new.routes().iter().map(|r| (&r.name, r)).collect();
    let mut changes: Vec<Change> = new
        .routes()
        .iter()
        .filter_map(|route| {
            let to = new.target_text(route);
            let Some(earlier) = before.get(&route.name) else {
                return Some(Change::Added { model: route.name.clone(), to });
            };
            let from = old.target_text(earlier);
            if from != to {
                return Some(Change::Switched { model: route.name.clone(), from, to });
            }
            let same = settings(old, earlier) == settings(new, route);
            (!same).then(|| Change::Adjusted { model: route.name.clone() })
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

/// Everything about a route, with its backends by what they are and not by their place.
fn settings(table: &RoutingTable, route: &Route) -> String {
    let tiers: Vec<_> = route
        .tiers
        .iter()
        .map(|tier| {
            let targets: Vec<_> = tier
                .targets
                .iter()
                .map(|t| {
                    let backend = table.backend(t.backend);
                    let hooks =
                        [&backend.prepare, &backend.release].map(|hook| hook.as_ref().map(Hook::fingerprint));
                    let params = [&t.params, &backend.params];
                    let kind = (
                        backend.cloud,
                        backend.continues,
                        backend.max_in_flight,
                        &backend.health,
                        backend.breaker,
                    );
                    (&backend.name, backend.identity(), kind, t.weight, &t.model, t.timeouts, hooks, params)
                })
                .collect();
            (&tier.label, format!("{targets:?}"), &tier.strategy)
        })
        .collect();
    format!("{:?} {tiers:?} {:?} {} {}", route.aliases, route.retry, route.local_only, route.resume)
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { model, to } => write!(f, "{model}: new -> {to}"),
            Self::Removed { model } => write!(f, "{model}: removed"),
            Self::Switched { model, from, to } => write!(f, "{model}: {from} -> {to}"),
            Self::Adjusted { model } => write!(f, "{model}: settings changed"),
            Self::State { backend, from, to } => write!(f, "backend {backend}: {from} -> {to}"),
            Self::Other { what } => write!(f, "{what} changed"),
        }
    }
}
