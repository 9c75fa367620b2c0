//! Rules: other targets for requests of which something is true.

use std::fmt;

use http::HeaderName;

use super::clause::Seen;
use super::{Clause, Loads, RequestFacts, Route, StickyBy, Strategy, Tier};

/// Another target for requests of which all conditions are true.
#[derive(Debug, Clone, Hash)]
pub struct Rule {
    /// What must be true. Never empty.
    pub clauses: Box<[Clause]>,
    /// The target, then the fallbacks. Never empty.
    pub tiers: Box<[Tier]>,
    /// Whether it falls back to what the model does, having named nothing of its own.
    pub inherits: bool,
}

/// The rules of a model in their order, and what must be known to judge them.
#[derive(Debug, Clone, Default, Hash)]
pub struct Rules {
    list: Box<[Rule]>,
    reads_body: bool,
    reads_clock: bool,
    headers: Box<[HeaderName]>,
}

/// The way that a request goes.
#[derive(Debug, Clone, Copy)]
pub struct Way<'t> {
    /// The place of the rule that decided; `None` is the model's own target.
    pub rule: Option<usize>,
    /// The target and its fallbacks.
    pub tiers: &'t [Tier],
}

/// What becomes of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'t> {
    /// All conditions are true.
    Holds,
    /// This one isn't.
    Fails(&'t Clause),
    /// Nobody knows of this one, and all others are true or unknown too.
    Unknown(&'t Clause),
}

// === impl Rules ===

impl Rules {
    /// Takes rules in the order in which they are tried.
    #[must_use]
    pub fn new(list: Vec<Rule>) -> Self {
        let clauses = || list.iter().flat_map(|rule| &rule.clauses);
        let mut headers: Vec<HeaderName> = clauses().filter_map(Clause::header).collect();
        headers.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        headers.dedup();
        Self {
            reads_body: clauses().any(Clause::reads_body),
            reads_clock: clauses().any(|clause| matches!(clause, Clause::Hours(_))),
            headers: headers.into(),
            list: list.into(),
        }
    }

    /// Returns them in the order in which they are tried.
    pub fn iter(&self) -> std::slice::Iter<'_, Rule> {
        self.list.iter()
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Tells whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Tells whether one looks into the body.
    #[must_use]
    pub fn reads_body(&self) -> bool {
        self.reads_body
    }

    /// Tells whether one looks at the clock.
    #[must_use]
    pub fn reads_clock(&self) -> bool {
        self.reads_clock
    }

    /// Returns the headers that they look at, each once.
    #[must_use]
    pub fn headers(&self) -> &[HeaderName] {
        &self.headers
    }
}

impl<'r> IntoIterator for &'r Rules {
    type Item = &'r Rule;
    type IntoIter = std::slice::Iter<'r, Rule>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

// === impl Rule ===

impl Rule {
    /// Judges the conditions; `target` is the model's own.
    #[must_use]
    pub fn judge(&self, facts: &RequestFacts<'_>, loads: &dyn Loads, target: &Tier) -> Verdict<'_> {
        let seen = Seen { facts, loads, target };
        let mut verdict = Verdict::Holds;
        for clause in &self.clauses {
            match clause.holds(&seen) {
                Some(false) => return Verdict::Fails(clause),
                None if verdict == Verdict::Holds => verdict = Verdict::Unknown(clause),
                None | Some(true) => {}
            }
        }
        verdict
    }

    /// Tells whether it never decides once another rule, which is tried before it, did not.
    #[must_use]
    pub fn is_behind(&self, earlier: &Self) -> bool {
        let is_so = |clause: &Clause| self.clauses.iter().any(|own| clause.follows_from(own));
        earlier.clauses.iter().all(is_so)
    }

    /// Returns the conditions as in routes.yaml.
    #[must_use]
    pub fn conditions(&self) -> String {
        self.clauses.iter().map(Clause::to_string).collect::<Vec<_>>().join(", ")
    }
}

// === impl Verdict ===

impl Verdict<'_> {
    /// Says what was found, for people.
    pub(super) fn told(
        &self,
        rule: &Rule,
        facts: &RequestFacts<'_>,
        loads: &dyn Loads,
        target: &Tier,
    ) -> String {
        let seen = Seen { facts, loads, target };
        match self {
            Self::Holds => rule.clauses.iter().map(|c| c.found(&seen)).collect::<Vec<_>>().join(", "),
            Self::Fails(clause) | Self::Unknown(clause) => clause.found(&seen),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.conditions())
    }
}

// === impl Route ===

impl Route {
    /// Finds the way of a request: that of the first rule which holds, else the model's own.
    #[must_use]
    pub fn way(&self, facts: &RequestFacts<'_>, loads: &dyn Loads) -> Way<'_> {
        let holds = |rule: &Rule| rule.judge(facts, loads, &self.tiers[0]) == Verdict::Holds;
        self.way_of(self.rules.iter().position(holds))
    }

    /// Returns the way of a rule, or the model's own.
    #[must_use]
    pub fn way_of(&self, rule: Option<usize>) -> Way<'_> {
        match rule.and_then(|at| Some((at, self.rules.list.get(at)?))) {
            Some((at, rule)) => Way { rule: Some(at), tiers: &rule.tiers },
            None => Way { rule: None, tiers: &self.tiers },
        }
    }

    /// Returns every way that a request may go, the model's own first.
    pub fn ways(&self) -> impl Iterator<Item = Way<'_>> {
        let rules = 0..self.rules.len();
        std::iter::once(None).chain(rules.map(Some)).map(|rule| self.way_of(rule))
    }
}

// === impl Way ===

impl<'t> Way<'t> {
    /// Returns what belongs together on this way; `None` where no tier is sticky.
    #[must_use]
    pub fn sticky(&self) -> Option<&'t StickyBy> {
        let tiers: &'t [Tier] = self.tiers;
        tiers.iter().find_map(|tier| match &tier.strategy {
            Strategy::Sticky(by) => Some(by),
            Strategy::Weighted | Strategy::LeastBusy | Strategy::Fastest | Strategy::First => None,
        })
    }

    /// Returns what people call it, as an addition to the model's name: ` when[1]`, or nothing.
    #[must_use]
    pub fn suffix(&self) -> String {
        self.rule.map(|at| format!(" when[{}]", at + 1)).unwrap_or_default()
    }
}
