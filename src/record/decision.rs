//! What the rules of a model looked at, so that the decision can be made again.

use std::collections::BTreeMap;

use crate::table::{BodyFacts, DayTime, Feature, RequestFacts, Rules};

/// The most characters that are kept of a header's value.
const VALUE_MOST: usize = 256;

/// What was decided, and on which facts; no word of a prompt is among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The place of the rule that decided; `None` if none did.
    pub rule: Option<usize>,
    body: Option<BodyFacts>,
    headers: BTreeMap<String, Vec<String>>,
    time: Option<DayTime>,
}

// === impl Decision ===

impl Decision {
    /// Notes a decision.
    #[must_use]
    pub fn new(rule: Option<usize>, rules: &Rules, facts: &RequestFacts<'_>) -> Self {
        let headers = rules.headers().iter().filter_map(|name| {
            let values = facts.headers.values(name)?;
            let values = values.iter().map(|value| value.chars().take(VALUE_MOST).collect());
            Some((name.as_str().to_owned(), values.collect()))
        });
        Self { rule, body: facts.body, headers: headers.collect(), time: facts.time }
    }

    /// Returns the number of the rule that decided, counted from 1.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        self.rule.map(|place| place as u64 + 1)
    }

    pub(super) fn body(&self) -> Option<&BodyFacts> {
        self.body.as_ref()
    }

    /// Returns what the request needs, in one text.
    pub(super) fn has(&self) -> Option<String> {
        let body = self.body?;
        let has = Feature::ALL.into_iter().filter(|feature| feature.is_in(&body));
        Some(has.map(Feature::as_str).collect::<Vec<_>>().join(","))
    }

    /// Returns the headers as a JSON object of lists; an empty list is a header that wasn't there.
    pub(super) fn headers(&self) -> Option<String> {
        let json = || serde_json::to_string(&self.headers).ok();
        if self.headers.is_empty() { None } else { json() }
    }

    pub(super) fn time(&self) -> Option<String> {
        self.time.map(|time| time.to_string())
    }
}
