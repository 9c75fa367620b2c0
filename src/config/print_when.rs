//! Rules as `routes.yaml` has them.

use serde_yaml::{Mapping, Value};

use crate::table::{Clause, RoutingTable, Rule, Rules};

use super::print::{labels, name, text, to, word};

/// The key `when`.
pub(super) fn rules(table: &RoutingTable, rules: &Rules) -> Value {
    Value::Sequence(rules.iter().map(|of| rule(table, of)).collect())
}

fn rule(table: &RoutingTable, rule: &Rule) -> Value {
    let mut fields = Mapping::new();
    for clause in &rule.clauses {
        add(&mut fields, clause);
    }
    fields.insert(word("to"), to(table, &rule.tiers[0]));
    if !rule.inherits {
        fields.insert(word("fallback"), labels(&rule.tiers[1..]));
    }
    Value::Mapping(fields)
}

/// Some keys hold several conditions: those go together.
fn add(fields: &mut Mapping, clause: &Clause) {
    let key = word(clause.key());
    match clause {
        Clause::PromptOver(limit)
        | Clause::PromptUnder(limit)
        | Clause::MaxTokensOver(limit)
        | Clause::BusyOver(limit) => drop(fields.insert(key, Value::from(*limit))),
        Clause::Stream(wanted) => drop(fields.insert(key, Value::Bool(*wanted))),
        Clause::Hours(hours) => drop(fields.insert(key, word(&hours.to_string()))),
        Clause::Caller(names) | Clause::Tag(names) => {
            fields.insert(key, Value::Sequence(names.iter().map(|name| text(name)).collect()));
        }
        Clause::Has(feature) => push(fields, key, word(feature.as_str())),
        Clause::Down(down) => push(fields, key, text(&down.label)),
        Clause::Header(header, pattern) => {
            let headers = fields.entry(key).or_insert_with(|| Value::Mapping(Mapping::new()));
            if let Value::Mapping(headers) = headers {
                headers.insert(name(header.as_str()), text(&pattern.to_string()));
            }
        }
    }
}

fn push(fields: &mut Mapping, key: Value, value: Value) {
    if let Value::Sequence(all) = fields.entry(key).or_insert_with(|| Value::Sequence(Vec::new())) {
        all.push(value);
    }
}
