//! The rules of a model: names looked up, tiers made, and what can't ever decide told.

use crate::table::{Clause, Down, Rule, Rules, Tier};

use super::backends::Backends;
use super::fallbacks::{Fallbacks, Link};
use super::models::Names;
use super::owner::Owner;
use super::place::At;
use super::problem::Findings;
use super::raw::{RawClause, RawModel, RawTable, is_url};
use super::reader::Words;
use super::tiers::{Group, groups, members};
use super::{code, suggest};

/// More rules than anyone can overlook are refused; each request may try all of them.
const MOST_RULES: usize = 100;

/// What a rule points to.
pub(super) struct Pointed<'r> {
    pub(super) groups: Vec<Group>,
    /// Its own fallbacks; `None` are those of the model.
    pub(super) links: Option<Vec<Link<'r>>>,
}

/// Finds what the targets of all rules of a model name. URLs become backends.
pub(super) fn targets(
    model: &RawModel,
    names: &Names<'_>,
    backends: &mut Backends<'_>,
    findings: &mut Findings,
) -> Vec<Vec<Group>> {
    if model.when.len() > MOST_RULES {
        findings
            .error(
                code::TOO_LARGE,
                &model.name.place,
                format!("model `{}` has more than {MOST_RULES} rules", model.name.value),
            )
            .help("split it into several models");
        return Vec::new();
    }
    let is_model = |name: &str| names.find(name).is_some();
    let rules = model.when.iter().enumerate();
    rules.map(|(n, rule)| groups(&Owner::rule(model, n), &rule.to, is_model, backends, findings)).collect()
}

/// Finds what their fallbacks name.
pub(super) fn pointed<'r>(
    model: &'r RawModel,
    targets: Vec<Vec<Group>>,
    names: &Names<'_>,
    backends: &Backends<'_>,
    findings: &mut Findings,
) -> Vec<Pointed<'r>> {
    let rules = model.when.iter().zip(targets).enumerate();
    rules
        .map(|(n, (rule, groups))| {
            let owner = Owner::rule(model, n);
            let links = rule
                .fallback
                .as_ref()
                .map(|fallback| Fallbacks::of_rule(fallback, owner, names, backends, findings));
            Pointed { groups, links }
        })
        .collect()
}

/// Reads the conditions of a rule with the table's names in them.
pub(super) fn clauses(
    model: &RawModel,
    rule: usize,
    raw: &RawTable,
    backends: &Backends<'_>,
    findings: &mut Findings,
) -> Vec<Clause> {
    let owner = Owner::rule(model, rule);
    let conditions = model.when.get(rule).map(|rule| rule.conditions.as_slice()).unwrap_or_default();
    conditions
        .iter()
        .filter_map(|At { value, .. }| match value {
            RawClause::Read(clause) => Some(clause.clone()),
            RawClause::Caller(names) => {
                for name in names {
                    check_caller(owner, name, raw, findings);
                }
                Some(Clause::Caller(names.iter().map(|name| name.value.clone()).collect()))
            }
            RawClause::Down(words) => down(owner, words, backends, findings).map(Clause::Down),
        })
        .collect()
}

fn check_caller(owner: Owner<'_>, name: &At<String>, raw: &RawTable, findings: &mut Findings) {
    let known = || raw.callers.iter().map(|caller| caller.name.value.as_str());
    if known().any(|known| known == name.value) {
        return;
    }
    if raw.has_callers {
        findings
            .error(
                code::UNKNOWN_NAME,
                &name.place.first_line(),
                format!("{owner} waits for the unknown caller `{}`", name.value),
            )
            .label("nobody below `keys` has this name")
            .help(suggest::hint(&name.value, "callers", known()));
    } else {
        // Beside a config center each router has its own `keys`.
        findings
            .warning(
                code::DEAD_RULE,
                &name.place.first_line(),
                format!("{owner} waits for a caller, and there are no `keys`"),
            )
            .label("nobody has a name")
            .help("name the callers: `keys: {NAME: ${KEY}}`");
    }
}

fn down(
    owner: Owner<'_>,
    words: &At<Words>,
    backends: &Backends<'_>,
    findings: &mut Findings,
) -> Option<Down> {
    let name = words.value.text.trim();
    let Some(named) = backends.find(name) else {
        let shown = words.value.shown.trim();
        let problem = findings
            .error(
                code::UNKNOWN_NAME,
                &words.place.first_line(),
                format!("{owner} looks at unknown backend `{shown}`"),
            )
            .label("no backend has this name");
        if is_url(shown) {
            problem.help("give the URL a name under `backends`, and write that name here");
        } else {
            problem.help(suggest::hint(shown, "backends", backends.names()));
        }
        return None;
    };
    let members = members(named, backends).into_iter();
    let members = members.map(|(index, _)| (index, backends.list[index.position()].state));
    Some(Down { label: name.to_owned(), members: members.collect() }).filter(|down| !down.members.is_empty())
}

/// Tells of rules that never decide. Where something is wrong, a rule may not be what was meant.
pub(super) fn find_dead(model: &RawModel, rules: &Rules, findings: &mut Findings) {
    if rules.is_empty() || findings.has_errors() {
        return;
    }
    let all: Vec<&Rule> = rules.iter().collect();
    for (n, rule) in all.iter().enumerate() {
        let owner = Owner::rule(model, n);
        if let Some(earlier) = all[..n].iter().position(|earlier| rule.is_behind(earlier)) {
            findings
                .warning(code::DEAD_RULE, owner.place, format!("{owner} never decides"))
                .label(format!("whenever it holds, rule {} does", earlier + 1))
                .related(Owner::rule(model, earlier).place, "which is tried first")
                .help("put the narrower rule first");
        } else if contradicts_itself(rule) {
            findings
                .warning(code::DEAD_RULE, owner.place, format!("{owner} never decides"))
                .label("no prompt is both longer and shorter than that")
                .help("raise `prompt_under`, or lower `prompt_over`");
        }
    }
}

fn contradicts_itself(rule: &Rule) -> bool {
    let limit = |of: fn(&Clause) -> Option<u64>| rule.clauses.iter().find_map(of);
    let over = limit(|clause| if let Clause::PromptOver(limit) = clause { Some(*limit) } else { None });
    let under = limit(|clause| if let Clause::PromptUnder(limit) = clause { Some(*limit) } else { None });
    under.is_some_and(|under| under <= over.map_or(0, |over| over + 1))
}

/// Tells whether a tier asks nobody whom another doesn't ask in the same way.
pub(super) fn is_within(tier: &Tier, other: &Tier) -> bool {
    let is_there = |target: &crate::table::Target| {
        other.targets.iter().any(|known| known.backend == target.backend && known.model == target.model)
    };
    tier.targets.iter().all(is_there)
}
