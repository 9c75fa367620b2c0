//! One tier: what a model's `to`, or a fallback's backend, comes to.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::table::{BackendIndex, Params, Schedule, Strategy, Target, Tier, Timeouts, UpstreamModel};

use super::backends::{Backends, MOST_MEMBERS, Named};
use super::owner::Owner;
use super::problem::Findings;
use super::raw::{RawDefaults, RawMember, RawTimeouts, RawTotal, is_url};
use super::shares::{Entry, shared};
use super::{Place, code, suggest};

/// What a tier is made of before weights are shared out: pools or single members, each with its
/// own weight.
pub(super) struct Group {
    pub(super) named: Named,
    pub(super) weight: u32,
}

/// Finds everything that a `to` names. URLs become backends.
pub(super) fn groups(
    owner: &Owner<'_>,
    to: &[RawMember],
    is_model: impl Fn(&str) -> bool,
    backends: &mut Backends<'_>,
    findings: &mut Findings,
) -> Vec<Group> {
    if to.len() > MOST_MEMBERS {
        too_many(owner, findings);
        return Vec::new();
    }
    let targets = to.iter().map(|member| &member.target);
    let urls: Vec<_> = targets.filter(|target| is_url(&target.value.text)).collect();
    let mut anonymous = backends.anonymous(&owner.base(), &urls, findings).into_iter();
    let mut groups = Vec::with_capacity(to.len());
    let mut seen: HashMap<BackendIndex, &Place> = HashMap::new();
    for member in to {
        let text = member.target.value.text.trim();
        let place = &member.target.place;
        let named = if is_url(text) { anonymous.next().map(Named::Pool) } else { backends.find(text) };
        let Some(named) = named else {
            unknown(owner, member, is_model(text), backends, findings);
            continue;
        };
        let mut twice = None;
        if to.len() > 1 {
            for (index, _) in members(named, backends) {
                twice = twice.or(seen.insert(index, place));
            }
        }
        if let Some(first) = twice {
            findings
                .error(code::DUPLICATE, place, format!("{owner} names the same target twice"))
                .label("again here")
                .related(first, "first here")
                .help("a weight says how much a target gets: `to: {a: 2, b: 1}`");
            continue;
        }
        let (Named::Pool(pool) | Named::Member(pool, _)) = named;
        let usual = if to.len() == 1 { 1 } else { backends.pools[pool].weight };
        let weight = member.weight.as_ref().map_or(usual, |weight| weight.value);
        groups.push(Group { named, weight });
    }
    if seen.len() > MOST_MEMBERS {
        too_many(owner, findings);
        return Vec::new();
    }
    groups
}

fn too_many(owner: &Owner<'_>, findings: &mut Findings) {
    findings
        .error(code::TOO_LARGE, owner.place, format!("{owner} has more than {MOST_MEMBERS} targets"))
        .help("put a balancer of its own before so many servers");
}

fn unknown(
    owner: &Owner<'_>,
    member: &RawMember,
    is_model: bool,
    backends: &Backends<'_>,
    findings: &mut Findings,
) {
    let shown = member.target.value.shown.trim();
    let hints = findings.wants_hints();
    let problem = findings
        .error(
            code::UNKNOWN_NAME,
            &member.target.place.first_line(),
            format!("{owner} points to unknown backend `{shown}`"),
        )
        .label("no backend has this name");
    if is_model {
        problem.help(format!(
            "`{shown}` is a model; a target is a backend or a URL (another model can be a `fallback` or an `alias`)"
        ));
    } else if looks_like_address(shown) {
        problem.help(format!("if it is an address, write `http://{shown}`"));
    } else if hints {
        problem.help(suggest::hint(shown, "backends", backends.names()));
    }
}

/// `localhost:8000` and the like.
fn looks_like_address(text: &str) -> bool {
    let host = text.split('/').next().unwrap_or_default();
    let port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    host == "localhost" || port || host.parse::<std::net::IpAddr>().is_ok()
}

/// What a tier takes from the model that it is made for.
pub(super) struct Settings<'r> {
    pub(super) label: &'r str,
    pub(super) strategy: Strategy,
    pub(super) timeouts: &'r RawTimeouts,
    pub(super) defaults: &'r RawDefaults,
    /// The model's own upstream name.
    pub(super) model: Option<UpstreamModel>,
    /// Whether the model's name goes before the backend's: on its own target, but not on a
    /// fallback, which is most often another house with other names.
    pub(super) model_first: bool,
    /// What the model changes in its requests.
    pub(super) params: Option<Arc<Params>>,
}

/// Schedules by their weights: laying one out is the dearest part of a build, and many tiers have
/// the same.
#[derive(Default)]
pub(super) struct Schedules(RefCell<HashMap<Vec<u32>, Schedule>>);

impl Schedules {
    fn of(&self, weights: Vec<u32>) -> Schedule {
        let mut known = self.0.borrow_mut();
        known.entry(weights).or_insert_with_key(|weights| Schedule::new(weights)).clone()
    }
}

/// Makes a tier; empty weights are checked by the caller.
pub(super) fn tier(
    groups: &[Group],
    settings: &Settings<'_>,
    backends: &Backends<'_>,
    schedules: &Schedules,
) -> Tier {
    let entries: Vec<Entry> = groups
        .iter()
        .map(|group| Entry {
            weight: group.weight,
            members: members(group.named, backends).iter().map(|m| m.1).collect(),
        })
        .collect();
    let mut targets = Vec::new();
    for (group, weights) in groups.iter().zip(shared(&entries)) {
        let (Named::Pool(pool) | Named::Member(pool, _)) = group.named;
        let pool = &backends.pools[pool];
        let model = match (&settings.model, &pool.model) {
            (Some(own), Some(_)) if settings.model_first => Some(own.clone()),
            (_, Some(backends)) => Some(backends.clone()),
            (own, None) => own.clone(),
        };
        let timeouts = timeouts(&[settings.timeouts, &pool.timeouts, &settings.defaults.timeouts]);
        for ((backend, _), weight) in members(group.named, backends).into_iter().zip(weights) {
            let state = backends.list[backend.position()].state;
            targets.push(Target {
                backend,
                seed: backends.seeds[backend.position()],
                weight,
                state,
                model: model.clone(),
                timeouts,
                params: settings.params.clone(),
            });
        }
    }
    let weights: Vec<u32> = targets.iter().map(Target::share).collect();
    Tier {
        label: settings.label.to_owned(),
        targets: targets.into(),
        schedule: schedules.of(weights),
        strategy: settings.strategy.clone(),
    }
}

pub(super) fn members(named: Named, backends: &Backends<'_>) -> Vec<(BackendIndex, u32)> {
    match named {
        Named::Pool(pool) => backends.pools[pool].members.clone(),
        Named::Member(pool, n) => {
            backends.pools[pool].members.get(n).map(|(index, _)| (*index, 1)).into_iter().collect()
        }
    }
}

/// Takes each limit from the first that gives it.
fn timeouts(given: &[&RawTimeouts]) -> Timeouts {
    let standard = Timeouts::default();
    Timeouts {
        connect: given.iter().find_map(|t| t.connect).unwrap_or(standard.connect),
        first_byte: given.iter().find_map(|t| t.first_byte).unwrap_or(standard.first_byte),
        idle: given.iter().find_map(|t| t.idle).unwrap_or(standard.idle),
        total: match given.iter().find_map(|t| t.total) {
            Some(RawTotal::After(total)) => Some(total),
            Some(RawTotal::Unlimited) => None,
            None => standard.total,
        },
        min_tokens_per_second: given.iter().find_map(|t| t.min_tokens_per_second).unwrap_or_default(),
    }
}
