//! The table itself.

use crate::table::{
    Mirror, ModelName, OnDisconnect, Retry, Route, RouteIndex, RoutingTable, Rule, Rules, Target, Tier,
    UpstreamModel,
};

use super::backends::{Backends, Named};
use super::fallbacks::{Fallbacks, Link, MOST_TIERS, Next, Step};
use super::models::Names;
use super::owner::Owner;
use super::problem::Findings;
use super::raw::{RawDefaults, RawMember, RawModel, RawTable};
use super::rules::{self, Pointed};
use super::tiers::{Group, Schedules, Settings, groups, tier};
use super::{callers, code, guards, mirrors, suggest};

/// Room for 10,000 models with tens of targets each, fallbacks included.
const MOST_TARGETS: usize = 300_000;

/// Makes the table; of no use to anyone if it found errors on the way.
pub(in crate::config) fn compile(raw: &RawTable, findings: &mut Findings) -> RoutingTable {
    let mut backends = Backends::new(&raw.backends, &raw.defaults, findings);
    let names = Names::new(&raw.models, findings);
    let targets: Vec<Vec<Group>> = raw
        .models
        .iter()
        .map(|model| {
            let is_model = |name: &str| names.find(name).is_some();
            groups(&Owner::model(model), &model.to, is_model, &mut backends, findings)
        })
        .collect();
    let of_rules: Vec<Vec<Vec<Group>>> =
        raw.models.iter().map(|model| rules::targets(model, &names, &mut backends, findings)).collect();
    let fallbacks = Fallbacks::new(&raw.models, &raw.defaults, &names, &backends, findings);
    let rules = raw.models.iter().zip(of_rules);
    let rules =
        rules.map(|(model, targets)| rules::pointed(model, targets, &names, &backends, findings)).collect();
    let schedules = Schedules::default();
    let compiler = Compiler { raw, backends: &backends, targets, rules, fallbacks, schedules };
    let own = compiler.own_tiers(findings);
    let is_model = |name: &str| names.find(name).is_some();
    let mirrored = |model: &RawModel| {
        let mirror = model.mirror.as_ref()?;
        mirrors::found(&model.name.value, mirror, is_model, &backends, findings)
    };
    let mirrors: Vec<Option<Named>> = raw.models.iter().map(mirrored).collect();
    let mut routes = Vec::with_capacity(raw.models.len());
    let mut n_targets = 0;
    let mut is_too_long = false;
    for (n, model) in raw.models.iter().enumerate() {
        if let Some(route) = compiler.route(n, &own, mirrors[n], findings) {
            let promised = model.local_only.as_ref().or(raw.defaults.local_only.as_ref());
            if let Some(promised) = promised.filter(|promised| promised.value) {
                let steps = |rule, step| Fallbacks::way(&compiler.steps(n, rule), step);
                guards::local_only(&route, &promised.place, steps, &backends, findings);
            }
            let most = route.ways().map(|way| way.tiers.len()).max().unwrap_or(0);
            if most > MOST_TIERS + 1 && !std::mem::replace(&mut is_too_long, true) {
                findings
                    .error(
                        code::TOO_LARGE,
                        &model.name.place,
                        format!("more than {MOST_TIERS} fallbacks in a row"),
                    )
                    .help("a fallback that is a model brings its own fallbacks along");
            }
            n_targets += route.ways().flat_map(|way| way.tiers).map(|tier| tier.targets.len()).sum::<usize>();
            routes.push(route);
        }
        if n_targets > MOST_TARGETS {
            too_many(model, findings);
            break;
        }
    }
    let default = default_route(raw, &names, findings);
    let callers = callers::checked(&raw.callers, findings);
    guards::self_loops(&backends, &raw.server, findings);
    guards::exposure(raw, findings);
    guards::plain_keys(&backends, findings);
    RoutingTable::assemble(routes, backends.list, default, callers)
}

fn too_many(model: &RawModel, findings: &mut Findings) {
    findings
        .error(code::TOO_LARGE, &model.name.place, format!("more than {MOST_TARGETS} targets in all"))
        .help("a fallback brings all targets of its model along");
}

struct Compiler<'r> {
    raw: &'r RawTable,
    backends: &'r Backends<'r>,
    targets: Vec<Vec<Group>>,
    rules: Vec<Vec<Pointed<'r>>>,
    fallbacks: Fallbacks<'r>,
    schedules: Schedules,
}

// === impl Compiler ===

impl Compiler<'_> {
    fn own_tiers(&self, findings: &mut Findings) -> Vec<Option<Tier>> {
        let mut n_targets = 0;
        let mut tiers = Vec::with_capacity(self.raw.models.len());
        for (n, model) in self.raw.models.iter().enumerate() {
            let tier = if n_targets > MOST_TARGETS { None } else { self.own_tier(n, findings) };
            n_targets += tier.as_ref().map_or(0, |tier| tier.targets.len());
            if n_targets > MOST_TARGETS && tier.is_some() {
                too_many(model, findings);
            }
            tiers.push(tier);
        }
        tiers
    }

    fn own_tier(&self, n: usize, findings: &mut Findings) -> Option<Tier> {
        let model = &self.raw.models[n];
        let tier = tier(
            &self.targets[n],
            &self.settings(model, &model.name.value, true),
            self.backends,
            &self.schedules,
        );
        if tier.targets.is_empty() {
            return None;
        }
        check_weights(&tier, Owner::model(model), &model.to, findings);
        Some(tier)
    }

    fn settings<'m>(&'m self, model: &'m RawModel, label: &'m str, model_first: bool) -> Settings<'m> {
        let defaults: &RawDefaults = &self.raw.defaults;
        Settings {
            label,
            strategy: model.strategy.as_ref().or(defaults.strategy.as_ref()).cloned().unwrap_or_default(),
            timeouts: &model.timeouts,
            defaults,
            model: model.model.as_ref().map(|name| UpstreamModel::new(&name.value)),
            model_first,
            params: model
                .params
                .as_ref()
                .or(defaults.params.as_ref())
                .filter(|params| !params.is_empty())
                .cloned(),
        }
    }

    fn route(
        &self,
        n: usize,
        own: &[Option<Tier>],
        mirrored: Option<Named>,
        findings: &mut Findings,
    ) -> Option<Route> {
        let model = &self.raw.models[n];
        let mut tiers = vec![own[n].clone()?];
        tiers.extend(self.steps(n, None).into_iter().filter_map(|step| self.fallback(model, step.link, own)));
        let rules = self.rules(n, &tiers, own, findings);
        rules::find_dead(model, &rules, findings);
        let defaults = &self.raw.defaults.retry;
        let retry = Retry {
            max: model.retry.max.or(defaults.max),
            on: model.retry.on.clone().or_else(|| defaults.on.clone()).unwrap_or_default(),
            budget: model.retry.budget.or(defaults.budget).unwrap_or(Retry::default().budget),
        };
        let local_only = model.local_only.as_ref().or(self.raw.defaults.local_only.as_ref());
        let tiers: Box<[Tier]> = tiers.into();
        let backend = |target: &Target| &self.backends.list[target.backend.position()];
        let targets =
            || rules.iter().flat_map(|rule| &rule.tiers).chain(&tiers).flat_map(|tier| &tier.targets);
        let names_answers = |target: &Target| {
            let layers = [&target.params, &backend(target).params].into_iter().flatten();
            layers.into_iter().any(|params| !params.answers.is_empty())
        };
        let repair = model.repair.or(self.raw.defaults.repair).unwrap_or_default();
        Some(Route {
            finishes: targets().any(|target| backend(target).on_disconnect == OnDisconnect::Finish),
            mends: !repair.is_off() || targets().any(names_answers),
            mirror: model.mirror.as_ref().zip(mirrored).and_then(|(raw, named)| {
                let tier = self.backend_tier(model, raw.to.value.text.trim(), named)?;
                Some(Mirror { tier, share: raw.share })
            }),
            name: ModelName::parse(&model.name.value).ok()?,
            aliases: model.aliases.iter().filter_map(|alias| ModelName::parse(&alias.value).ok()).collect(),
            tiers,
            rules,
            retry,
            local_only: local_only.is_some_and(|at| at.value),
            resume: model.resume.as_ref().or(self.raw.defaults.resume.as_ref()).is_some_and(|at| at.value),
            repair,
        })
    }

    /// The fallbacks of a model or of one of its rules.
    fn steps(&self, n: usize, rule: Option<usize>) -> Vec<Step<'_>> {
        match rule.and_then(|rule| self.rules[n].get(rule)?.links.as_deref()) {
            Some(links) => self.fallbacks.flattened_rule(links),
            None => self.fallbacks.flattened(n),
        }
    }

    /// A rule's target is most often another house, as a fallback is: the backend's own name for its
    /// model goes first.
    fn rules(&self, n: usize, tiers: &[Tier], own: &[Option<Tier>], findings: &mut Findings) -> Rules {
        let model = &self.raw.models[n];
        let mut list = Vec::with_capacity(model.when.len());
        for (at, (raw, pointed)) in model.when.iter().zip(&self.rules[n]).enumerate() {
            let clauses = rules::clauses(model, at, self.raw, self.backends, findings);
            let label = format!("{} when[{}]", model.name.value, at + 1);
            let settings = self.settings(model, &label, false);
            let target = tier(&pointed.groups, &settings, self.backends, &self.schedules);
            if target.targets.is_empty() {
                continue;
            }
            check_weights(&target, Owner::rule(model, at), &raw.to, findings);
            let inherits = pointed.links.is_none();
            let behind: Vec<Tier> = if inherits {
                tiers[1..].iter().filter(|tier| !rules::is_within(tier, &target)).cloned().collect()
            } else {
                let steps = self.steps(n, Some(at)).into_iter();
                steps.filter_map(|step| self.fallback(model, step.link, own)).collect()
            };
            let tiers = std::iter::once(target).chain(behind).collect();
            list.push(Rule { clauses: clauses.into(), tiers, inherits });
        }
        Rules::new(list)
    }

    /// A fallback that is a model answers under that model's name, not the one that was asked for.
    fn fallback(&self, asking: &RawModel, link: &Link<'_>, own: &[Option<Tier>]) -> Option<Tier> {
        match link.next {
            Next::Model(next) => {
                let mut tier = own[next].clone()?;
                let name = &self.raw.models[next].name.value;
                if !name.contains('*') {
                    for target in &mut tier.targets {
                        target.model.get_or_insert_with(|| UpstreamModel::new(name));
                    }
                }
                Some(tier)
            }
            Next::Backend(named) => self.backend_tier(asking, link.name, named),
        }
    }

    fn backend_tier(&self, asking: &RawModel, label: &str, named: Named) -> Option<Tier> {
        let group = Group { named, weight: 1 };
        let tier = tier(&[group], &self.settings(asking, label, false), self.backends, &self.schedules);
        (!tier.targets.is_empty()).then_some(tier)
    }
}

fn check_weights(tier: &Tier, owner: Owner<'_>, to: &[RawMember], findings: &mut Findings) {
    if tier.targets.iter().all(|target| target.weight == 0) {
        let place = to.first().map_or(owner.place, |member| &member.target.place);
        findings
            .error(code::WEIGHTS, &place.first_line(), format!("all weights of {owner} are 0"))
            .label("no target would get a request")
            .help("give at least one target a weight above 0");
    }
}

fn default_route(raw: &RawTable, names: &Names<'_>, findings: &mut Findings) -> Option<RouteIndex> {
    let default = raw.default.as_ref()?;
    let name = default.value.trim();
    let found = names.find(name);
    if found.is_none() {
        let is_backend = raw.backends.iter().any(|backend| backend.name.value == name);
        let problem = findings
            .error(code::UNKNOWN_NAME, &default.place, format!("the default model `{name}` is unknown"))
            .label("no model has this name");
        if is_backend {
            problem.help(format!("`{name}` is a backend; add `{name}: {name}` to `models`"));
        } else {
            let mut known: Vec<&str> = names.all().collect();
            known.sort_unstable();
            problem.help(suggest::hint(name, "models", known));
        }
    }
    found.and_then(|n| u32::try_from(n).ok()).map(RouteIndex)
}
