//! Fallbacks: names resolved, circles found, and flattened to one list a model.

use super::backends::{Backends, Named};
use super::models::Names;
use super::owner::Owner;
use super::place::At;
use super::problem::Findings;
use super::raw::{RawDefaults, RawFallback, RawModel, is_url};
use super::reader::Words;
use super::{Place, code, suggest};

/// One resolved fallback.
#[derive(Debug, Clone, Copy)]
pub(super) enum Next {
    /// A model, with its own fallbacks behind it.
    Model(usize),
    /// A backend or a member of a pool.
    Backend(Named),
}

/// A fallback, the name by which it is called, and where.
pub(super) struct Link<'r> {
    pub(super) next: Next,
    pub(super) name: &'r str,
    pub(super) place: &'r Place,
}

/// A fallback of a flattened list.
#[derive(Clone, Copy)]
pub(super) struct Step<'f> {
    pub(super) link: &'f Link<'f>,
    /// The step whose own fallback this is; `None` for the model's own.
    via: Option<usize>,
}

/// More fallbacks than any client waits for are refused; without an end a long chain would square
/// in size.
pub(super) const MOST_TIERS: usize = 64;

/// The fallbacks of every model, in the order of the models.
pub(super) struct Fallbacks<'r>(Vec<Vec<Link<'r>>>);

// === impl Fallbacks ===

impl<'r> Fallbacks<'r> {
    /// Resolves the fallbacks of all models, and tells of every circle.
    pub(super) fn new(
        models: &'r [RawModel],
        defaults: &'r RawDefaults,
        names: &Names<'_>,
        backends: &Backends<'_>,
        findings: &mut Findings,
    ) -> Self {
        let resolver = Resolver { names, backends };
        let inherited: Vec<Link<'r>> = resolver.links(defaults.fallback.as_ref(), None, None, findings);
        let all = models
            .iter()
            .enumerate()
            .map(|(n, model)| match &model.fallback {
                Some(own) => resolver.links(Some(own), Some(n), Some(Owner::model(model)), findings),
                None => for_model(n, &inherited),
            })
            .collect();
        let fallbacks = Self(all);
        fallbacks.find_circles(models, findings);
        fallbacks
    }

    /// Resolves the fallbacks that a rule names itself. The model of the rule may be among them:
    /// then what the model's own target is comes next, and its rules aren't asked again.
    pub(super) fn of_rule(
        fallback: &'r RawFallback,
        owner: Owner<'_>,
        names: &Names<'_>,
        backends: &Backends<'_>,
        findings: &mut Findings,
    ) -> Vec<Link<'r>> {
        Resolver { names, backends }.links(Some(fallback), None, Some(owner), findings)
    }

    /// Lists what a model falls back to, depth first, each name once; it ends with the first that is
    /// too many.
    pub(super) fn flattened(&self, model: usize) -> Vec<Step<'_>> {
        self.walked(vec![model], self.steps(model, None).collect())
    }

    /// Lists what a rule falls back to in the same way.
    pub(super) fn flattened_rule<'f>(&'f self, links: &'f [Link<'f>]) -> Vec<Step<'f>> {
        self.walked(Vec::new(), links.iter().rev().map(|link| Step { link, via: None }).collect())
    }

    fn walked<'f>(&'f self, mut models: Vec<usize>, mut open: Vec<Step<'f>>) -> Vec<Step<'f>> {
        let mut flat: Vec<Step<'f>> = Vec::new();
        while let Some(step) = open.pop() {
            if flat.len() > MOST_TIERS {
                break;
            }
            match step.link.next {
                Next::Model(next) => {
                    if !models.contains(&next) {
                        models.push(next);
                        flat.push(step);
                        open.extend(self.steps(next, Some(flat.len() - 1)));
                    }
                }
                Next::Backend(_) => {
                    let known = |other: &Step<'_>| {
                        matches!(other.link.next, Next::Backend(_)) && other.link.name == step.link.name
                    };
                    if !flat.iter().any(known) {
                        flat.push(step);
                    }
                }
            }
        }
        flat
    }

    /// The last first, as a stack wants them.
    fn steps(&self, model: usize, via: Option<usize>) -> impl Iterator<Item = Step<'_>> {
        self.0[model].iter().rev().map(move |link| Step { link, via })
    }

    /// Names the way to a step of a flattened list.
    pub(super) fn way<'f>(flat: &[Step<'f>], step: usize) -> Vec<&'f str> {
        let steps = std::iter::successors(flat.get(step), |step| step.via.and_then(|via| flat.get(via)));
        let mut way: Vec<&'f str> = steps.map(|step| step.link.name).collect();
        way.reverse();
        way
    }

    /// Walks every chain once; an edge to a model that is still being walked closes a circle.
    fn find_circles(&self, models: &[RawModel], findings: &mut Findings) {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            Open,
            Done,
        }
        let mut marks = vec![Mark::New; self.0.len()];
        for start in 0..self.0.len() {
            let mut path: Vec<(usize, usize)> = Vec::new();
            if marks[start] == Mark::New {
                marks[start] = Mark::Open;
                path.push((start, 0));
            }
            while let Some((model, edge)) = path.last_mut() {
                let Some(link) = self.0[*model].get(*edge) else {
                    marks[*model] = Mark::Done;
                    path.pop();
                    continue;
                };
                *edge += 1;
                let Next::Model(next) = link.next else { continue };
                match marks[next] {
                    Mark::Done => {}
                    Mark::New => {
                        marks[next] = Mark::Open;
                        path.push((next, 0));
                    }
                    Mark::Open => {
                        let from = path.iter().position(|(model, _)| *model == next).unwrap_or(0);
                        let circle: Vec<usize> = path[from..].iter().map(|(model, _)| *model).collect();
                        tell_circle(&circle, link, models, findings);
                    }
                }
            }
        }
    }
}

/// A model that stands in the list of `defaults` itself has only what follows it.
fn for_model<'r>(model: usize, inherited: &[Link<'r>]) -> Vec<Link<'r>> {
    let own = inherited.iter().position(|link| matches!(link.next, Next::Model(next) if next == model));
    let rest = own.map_or(inherited, |at| &inherited[at + 1..]);
    rest.iter().map(|link| Link { next: link.next, name: link.name, place: link.place }).collect()
}

fn tell_circle(circle: &[usize], link: &Link<'_>, models: &[RawModel], findings: &mut Findings) {
    let first = circle.first().copied().unwrap_or_default();
    let message = if circle.len() == 1 {
        format!("model `{}` is its own fallback", models[first].name.value)
    } else {
        let names: Vec<&str> = circle.iter().map(|&n| models[n].name.value.as_str()).collect();
        let shown =
            if names.len() > 8 { [&names[..4], &["…"], &names[names.len() - 3..]].concat() } else { names };
        format!("fallbacks go in a circle: {} -> {}", shown.join(" -> "), models[first].name.value)
    };
    findings.error(code::CYCLE, link.place, message).label("this closes the circle");
}

/// What names are looked up in.
struct Resolver<'a> {
    names: &'a Names<'a>,
    backends: &'a Backends<'a>,
}

impl Resolver<'_> {
    fn links<'r>(
        &self,
        fallback: Option<&'r RawFallback>,
        own: Option<usize>,
        owner: Option<Owner<'_>>,
        findings: &mut Findings,
    ) -> Vec<Link<'r>> {
        let words = fallback.into_iter().flat_map(|fallback| &fallback.0);
        words.filter_map(|words| self.link(words, own, owner, findings)).collect()
    }

    /// A model goes before a backend of the same name, except where it would be its own fallback.
    fn link<'r>(
        &self,
        words: &'r At<Words>,
        own: Option<usize>,
        owner: Option<Owner<'_>>,
        findings: &mut Findings,
    ) -> Option<Link<'r>> {
        let name = words.value.text.trim();
        let model = self.names.find(name);
        let own = own.is_some() && model == own;
        let backend = self.backends.find(name);
        let next = match (model, backend) {
            (Some(_), Some(backend)) if own => Next::Backend(backend),
            (Some(model), _) => Next::Model(model),
            (None, Some(backend)) => Next::Backend(backend),
            (None, None) => {
                self.unknown(words, owner, findings);
                return None;
            }
        };
        Some(Link { next, name, place: &words.place })
    }

    fn unknown(&self, words: &At<Words>, owner: Option<Owner<'_>>, findings: &mut Findings) {
        let shown = words.value.shown.trim();
        let message = match owner {
            Some(owner) => format!("{owner} falls back to unknown `{shown}`"),
            None => format!("`defaults` fall back to unknown `{shown}`"),
        };
        let hints = findings.wants_hints();
        let problem = findings
            .error(code::UNKNOWN_NAME, &words.place.first_line(), message)
            .label("no model or backend has this name");
        if is_url(shown) {
            problem.help("give the URL a name under `backends`, and write that name here");
        } else if shown.contains(',') {
            problem.help("write several as a list: [a, b]");
        } else if hints {
            let known = self.names.all().chain(self.backends.names());
            let mut known: Vec<&str> = known.collect();
            known.sort_unstable();
            known.dedup();
            problem.help(suggest::hint(shown, "models and backends", known));
        }
    }
}
