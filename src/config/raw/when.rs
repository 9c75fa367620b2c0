//! The key `when`: rules, each with its conditions and a target of its own.

use http::HeaderName;

use crate::table::{Clause, Feature, Hours, Pattern};

use super::node::{Kind, Node};
use super::place::At;
use super::{Grammar, Place, RawFallback, RawMember, Reader, Words, code};

/// One rule as written.
#[derive(Debug, Clone)]
pub(in crate::config) struct RawRule {
    /// Where it stands.
    pub(in crate::config) place: Place,
    pub(in crate::config) conditions: Vec<At<RawClause>>,
    pub(in crate::config) to: Vec<RawMember>,
    pub(in crate::config) fallback: Option<RawFallback>,
}

/// One condition, as far as it can be read without knowing who else there is.
#[derive(Debug, Clone)]
pub(in crate::config) enum RawClause {
    /// It names nobody.
    Read(Clause),
    /// Names of callers.
    Caller(Vec<At<String>>),
    /// The name of a backend.
    Down(At<Words>),
}

const RULE: Grammar = Grammar {
    what: "a rule",
    keys: &[
        "prompt_over",
        "prompt_under",
        "max_tokens_over",
        "has",
        "stream",
        "header",
        "caller",
        "busy_over",
        "down",
        "hours",
        "tag",
        "to",
        "fallback",
    ],
    later: &[],
};

/// Headers that hold keys: no rule may look at them, since what rules look at is shown and logged.
const CREDENTIALS: [&str; 6] =
    ["authorization", "proxy-authorization", "cookie", "api-key", "x-api-key", "x-goog-api-key"];

impl Reader<'_, '_> {
    /// Reads `when`.
    pub(super) fn rules(&mut self, node: &Node) -> Vec<RawRule> {
        match &node.kind {
            Kind::List(items) => items.iter().filter_map(|item| self.rule(item)).collect(),
            Kind::Map(_) => {
                self.findings
                    .error(code::WRONG_TYPE, &node.place.first_line(), "`when` must be a list, this is a map")
                    .help("begin each rule with a dash: `- {prompt_over: 60000, to: cloud}`");
                Vec::new()
            }
            Kind::Scalar { .. } => {
                self.wrong_type(node, "`when`", "a list of rules");
                Vec::new()
            }
        }
    }

    fn rule(&mut self, node: &Node) -> Option<RawRule> {
        let before = self.findings.count();
        let fields = self.fields(node, &RULE)?;
        let place = node.place.first_line();
        let mut conditions = Vec::new();
        for (key, value) in fields.entries().unwrap_or_default() {
            let clauses = self.clauses(key.text().unwrap_or_default(), value);
            conditions.extend(clauses.into_iter().map(|clause| At::new(clause, &key.place)));
        }
        if conditions.is_empty() && self.findings.count() == before {
            self.findings
                .error(code::MISSING, &place, "the rule has no condition")
                .label("it would decide on every request")
                .help("say when it holds, as in `prompt_over: 60000`; what always holds is the model's own `to`");
        }
        let to = match fields.get("to") {
            Some(to) if !to.is_null() && !is_empty(to) => self.members(to),
            _ => {
                self.findings
                    .error(code::MISSING, &place, "the rule has no target")
                    .help("name a backend or a URL, as in `to: NAME`");
                return None;
            }
        };
        let fallback = fields.get("fallback").map(|node| self.fallback(node));
        Some(RawRule { place, conditions, to, fallback })
    }

    /// Reads one key of a rule: most are one condition, `has` and `header` may be several.
    fn clauses(&mut self, key: &str, node: &Node) -> Vec<RawClause> {
        let read = |clause: Option<Clause>| clause.map(RawClause::Read).into_iter().collect();
        match key {
            "prompt_over" => read(self.limit(node, "`prompt_over`").map(Clause::PromptOver)),
            "prompt_under" => read(self.limit(node, "`prompt_under`").map(Clause::PromptUnder)),
            "max_tokens_over" => read(self.limit(node, "`max_tokens_over`").map(Clause::MaxTokensOver)),
            "busy_over" => read(self.limit(node, "`busy_over`").map(Clause::BusyOver)),
            "stream" => read(self.bool(node, "`stream`").map(|at| Clause::Stream(at.value))),
            "hours" => read(self.hours(node).map(Clause::Hours)),
            "tag" => {
                let tags = self.named(node, "`tag`");
                let tags: Vec<String> = tags.into_iter().map(|tag| tag.value).collect();
                read((!tags.is_empty()).then(|| Clause::Tag(tags.into())))
            }
            "has" => self.features(node),
            "header" => self.header_patterns(node),
            "caller" => {
                let names = self.named(node, "`caller`");
                (!names.is_empty()).then_some(RawClause::Caller(names)).into_iter().collect()
            }
            "down" => {
                let all = self.strings(node, "`down`");
                if all.is_empty() && is_empty(node) {
                    self.nothing(node, "`down`");
                }
                all.into_iter().map(RawClause::Down).collect()
            }
            _ => Vec::new(),
        }
    }

    fn limit(&mut self, node: &Node, what: &str) -> Option<u64> {
        self.number(node, what, u32::MAX).map(|at| u64::from(at.value))
    }

    fn hours(&mut self, node: &Node) -> Option<Hours> {
        let words = self.words(node, "`hours`")?;
        match Hours::parse(&words.value.text) {
            Ok(hours) => Some(hours),
            Err(error) => {
                self.bad(&words, "`hours`", &error.to_string());
                None
            }
        }
    }

    /// Reads one name or a list of names; an empty one is told.
    fn named(&mut self, node: &Node, what: &str) -> Vec<At<String>> {
        if is_empty(node) {
            self.nothing(node, what);
        }
        let mut names = Vec::new();
        for words in self.strings(node, what) {
            let text = words.value.text.trim().to_owned();
            if text.is_empty() {
                self.nothing(node, what);
            } else {
                names.push(At::new(text, &words.place));
            }
        }
        names
    }

    fn nothing(&mut self, node: &Node, what: &str) {
        self.findings
            .error(code::MISSING, &node.place.first_line(), format!("{what} names nothing"))
            .help("give it a value, or remove it");
    }

    fn features(&mut self, node: &Node) -> Vec<RawClause> {
        if is_empty(node) {
            self.nothing(node, "`has`");
        }
        let mut clauses = Vec::new();
        for words in self.strings(node, "`has`") {
            match Feature::ALL.into_iter().find(|feature| feature.as_str() == words.value.text) {
                Some(feature) => clauses.push(RawClause::Read(Clause::Has(feature))),
                None => self.bad(&words, "`has`", "there are `image`, `tools` and `json_schema`"),
            }
        }
        clauses
    }

    fn header_patterns(&mut self, node: &Node) -> Vec<RawClause> {
        let Some(entries) = self.entries(node, "`header`") else { return Vec::new() };
        if entries.is_empty() {
            self.nothing(node, "`header`");
        }
        entries.iter().filter_map(|(name, value)| self.header_pattern(name, value)).collect()
    }

    fn header_pattern(&mut self, key: &Node, value: &Node) -> Option<RawClause> {
        let text = key.text().unwrap_or_default();
        let value = self.string(value, "a header's value");
        let Ok(name) = text.parse::<HeaderName>() else {
            self.findings
                .error(code::BAD_HEADER, &key.place, format!("`{text}` can't be the name of a header"))
                .help("letters, digits and dashes, as in `x-team`");
            return None;
        };
        if CREDENTIALS.contains(&name.as_str()) {
            self.findings
                .error(
                    code::BAD_HEADER,
                    &key.place,
                    format!("a rule can't look at `{name}`, which holds a key"),
                )
                .help("`caller: NAME` tells callers apart by their keys");
            return None;
        }
        Some(RawClause::Read(Clause::Header(name, Pattern::new(value?.value.trim()))))
    }
}

fn is_empty(node: &Node) -> bool {
    match &node.kind {
        Kind::List(items) => items.is_empty(),
        Kind::Map(entries) => entries.is_empty(),
        Kind::Scalar { .. } => false,
    }
}
