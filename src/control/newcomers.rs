//! Backends that a change gives a model's requests to: are they ready for them?
//!
//! A table that names a dead backend is a good table, so the compiler can't tell; the first user
//! would. So each newcomer is used as a client would use it before anything is written. One with a
//! `prepare` is readied first, whatever the command: it may have been asleep since it was last asked.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use tokio::task::JoinSet;

use super::{Command, ControlError};
use crate::probe;
use crate::table::{Backend, BackendIdentity, Route, RoutingTable, Target};

/// How long a backend may take for one token, at least; what takes longer needs a `prepare`.
const ONE_TOKEN: Duration = Duration::from_secs(10);

/// One backend that a model's requests will go to, and did not before.
#[derive(Debug)]
struct Newcomer {
    backend: Backend,
    route: String,
    /// What it will be asked for; none behind a glob, where clients say.
    model: Option<String>,
}

/// How it went.
struct Outcome {
    newcomer: Newcomer,
    failure: Option<String>,
}

/// Readies what a change brings in and refuses the change if that fails; returns what is to be
/// said all the same.
pub(super) async fn ready(
    command: &Command,
    before: &RoutingTable,
    after: &RoutingTable,
    wait: Duration,
) -> Result<Vec<String>, ControlError> {
    // The rest is put up with unseen: a rollback must work when backends don't.
    let asks_all = matches!(command, Command::Switch { .. } | Command::Weights { .. });
    let mut newcomers = newcomers(before, after);
    newcomers.retain(|newcomer| asks_all || newcomer.backend.prepare.is_some());
    let asked: JoinSet<Outcome> =
        newcomers.into_iter().map(|newcomer| ask(newcomer, wait.max(ONE_TOKEN))).collect();
    judged(asked.join_all().await)
}

fn newcomers(before: &RoutingTable, after: &RoutingTable) -> Vec<Newcomer> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for route in after.routes() {
        let earlier = before.routes().iter().find(|earlier| earlier.name == route.name);
        let known: HashSet<_> =
            earlier.map(|earlier| own(before, earlier)).unwrap_or_default().into_iter().collect();
        for target in own_targets(route) {
            let backend = after.backend(target.backend);
            let model = route.upstream_name(target).map(str::to_owned);
            let place = (backend.identity(), model);
            if !known.contains(&place) && seen.insert(place.clone()) {
                let route = route.name.as_str().to_owned();
                found.push(Newcomer { backend: backend.clone(), route, model: place.1 });
            }
        }
    }
    found
}

/// The targets of a route and of its rules, as far as they get requests.
fn own_targets(route: &Route) -> impl Iterator<Item = &Target> {
    let firsts = route.ways().filter_map(|way| way.tiers.first());
    firsts.flat_map(|tier| &tier.targets).filter(|target| target.share() > 0)
}

/// What a route's own requests go to.
fn own(table: &RoutingTable, route: &Route) -> Vec<(BackendIdentity, Option<String>)> {
    own_targets(route)
        .map(|target| {
            (table.backend(target.backend).identity(), route.upstream_name(target).map(str::to_owned))
        })
        .collect()
}

async fn ask(newcomer: Newcomer, limit: Duration) -> Outcome {
    let Newcomer { backend, model, .. } = &newcomer;
    let failure = match model {
        Some(model) => probe::ready(backend, model, limit).await.err().map(|error| error.to_string()),
        None => Some(probe::reach(backend).await)
            .filter(|reached| !reached.is_well())
            .map(|reached| reached.to_string()),
    };
    Outcome { newcomer, failure }
}

/// The members of a pool stand in for each other, so one that fails is only told of; a backend
/// that was named fails the change.
fn judged(outcomes: Vec<Outcome>) -> Result<Vec<String>, ControlError> {
    let mut groups: BTreeMap<(String, String), Vec<Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        let name = outcome.newcomer.backend.name.as_str();
        let pool = name.rsplit_once('#').map_or(name, |(pool, _)| pool).to_owned();
        groups.entry((outcome.newcomer.route.clone(), pool)).or_default().push(outcome);
    }
    let mut notes = Vec::new();
    let mut fatal = Vec::new();
    for group in groups.into_values() {
        let all_fail = group.iter().all(|outcome| outcome.failure.is_some());
        let told = group.into_iter().filter_map(|Outcome { newcomer, failure }| {
            let Newcomer { backend, route, .. } = newcomer;
            Some(format!("backend `{}` isn't ready for `{route}`: {}", backend.name, failure?))
        });
        if all_fail { fatal.extend(told) } else { notes.extend(told) }
    }
    if fatal.is_empty() {
        return Ok(notes);
    }
    let report = format!(
        "error: {}\n  = help: nothing was changed; start it, or use --no-probe (?probe=0) to do it all the same\n",
        fatal.join("\nerror: ")
    );
    Err(ControlError::Refused { report })
}
