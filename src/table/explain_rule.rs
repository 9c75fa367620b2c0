//! What became of each rule, as a value.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Loads, RequestFacts, Route, RoutingTable, Verdict};

/// One rule of a model, in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedRule {
    /// Its number, counted from 1.
    pub rule: usize,
    /// Its conditions as in routes.yaml.
    pub conditions: String,
    /// Its target.
    pub to: String,
    /// What became of it.
    pub outcome: Outcome,
    /// What was found where it looked: of all conditions if they hold, else of the first that doesn't.
    pub why: String,
}

/// What became of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It decides.
    Holds,
    /// A condition is not true.
    Fails,
    /// A condition looks at something that is not known.
    Unknown,
    /// One before it decides.
    NotTried,
}

impl RoutingTable {
    /// Tells what became of each rule of a route.
    pub(super) fn explain_rules(
        &self,
        route: &Route,
        facts: &RequestFacts<'_>,
        loads: &dyn Loads,
    ) -> Vec<ExplainedRule> {
        let target = &route.tiers[0];
        let mut is_decided = false;
        let rules = route.rules.iter().enumerate();
        rules
            .map(|(at, rule)| {
                let verdict = rule.judge(facts, loads, target);
                let outcome = match verdict {
                    _ if is_decided => Outcome::NotTried,
                    Verdict::Holds => Outcome::Holds,
                    Verdict::Fails(_) => Outcome::Fails,
                    Verdict::Unknown(_) => Outcome::Unknown,
                };
                is_decided |= outcome == Outcome::Holds;
                let why = match outcome {
                    Outcome::NotTried => String::new(),
                    _ => verdict.told(rule, facts, loads, target),
                };
                let to = self.tier_text(&rule.tiers[0]);
                ExplainedRule { rule: at + 1, conditions: rule.conditions(), to, outcome, why }
            })
            .collect()
    }
}

impl fmt::Display for ExplainedRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, conditions, to, why, .. } = self;
        write!(f, "rule {rule}  {conditions} -> {to}: ")?;
        match self.outcome {
            Outcome::Holds => write!(f, "yes, {why}"),
            Outcome::Fails => write!(f, "no, {why}"),
            Outcome::Unknown => write!(f, "unknown, {why}"),
            Outcome::NotTried => f.write_str("not tried"),
        }
    }
}
