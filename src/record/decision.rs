//! What the rules of a model looked at, so that the decision can be made again.

use std::collections::BTreeMap;

use super::fields::Fields;
use crate::table::{BodyFacts, DayTime, Feature, RequestFacts, Rules};

/// The most characters that are kept of a header's value.
const VALUE_MOST: usize = 256;

/// What was decided, and on which facts; no word of a prompt is among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The place of the rule that decided; `None` if none did.
    pub rule: Option<usize>,
    pub(super) body: Option<BodyFacts>,
    pub(super) headers: BTreeMap<String, Vec<String>>,
    pub(super) time: Option<DayTime>,
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

    /// Tells everything that the rules looked at.
    pub(super) fn tell(&self, to: &mut impl Fields) {
        to.number_if("rule", self.number());
        if let Some(body) = &self.body {
            to.number("prompt_chars", body.prompt_chars);
            to.number_if("max_tokens", body.max_tokens);
            to.flag("stream", body.stream);
            // All that it needs, in one text.
            let has = Feature::ALL.into_iter().filter(|feature| feature.is_in(body));
            to.text("has", &has.map(Feature::as_str).collect::<Vec<_>>().join(","));
        }
        // A JSON object of lists; an empty list is a header that wasn't there.
        let headers = Some(&self.headers).filter(|headers| !headers.is_empty());
        to.text_if("headers", headers.and_then(|headers| serde_json::to_string(headers).ok()).as_deref());
        to.text_if("time", self.time.map(|time| time.to_string()).as_deref());
    }
}
