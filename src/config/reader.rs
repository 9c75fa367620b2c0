//! Reads values out of the tree: each is what its key asks for, or a problem.

use std::time::Duration;

use crate::table::parse_duration;

use super::address::fill_address;
use super::node::{Kind, Node};
use super::place::At;
use super::problem::Findings;
use super::values::{Filled, NoValue, Values};
use super::{Place, code, suggest, trap};

/// Reads with `${…}` filled in, and keeps what it finds wrong.
pub(super) struct Reader<'a, 'v> {
    pub(super) findings: &'a mut Findings,
    pub(super) values: &'a Values<'v>,
}

/// A text, and what messages may show of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) text: String,
    pub(super) shown: String,
}

/// Which keys a block has, and which a later version will have.
pub(super) struct Grammar {
    /// What the block is, with its article.
    pub(super) what: &'static str,
    pub(super) keys: &'static [&'static str],
    pub(super) later: &'static [&'static str],
}

// === impl Reader ===

impl Reader<'_, '_> {
    /// Opens a map whose keys are fixed; unknown ones are told at once.
    pub(super) fn fields<'n>(&mut self, node: &'n Node, grammar: &Grammar) -> Option<&'n Node> {
        for (key, value) in self.entries(node, grammar.what)? {
            let name = key.text().unwrap_or_default();
            if grammar.later.contains(&name) {
                self.findings
                    .error(code::NOT_SUPPORTED, &key.place, format!("`{name}` is not supported yet"))
                    .help("remove it; nothing is accepted and then ignored");
            } else if !grammar.keys.contains(&name) {
                self.unknown_key(key, value, grammar);
            }
        }
        Some(node)
    }

    fn unknown_key(&mut self, key: &Node, value: &Node, grammar: &Grammar) {
        let name = key.text().unwrap_or_default();
        if self.is_mistyped(key, value) {
            return;
        }
        let problem = self.findings.error(
            code::UNKNOWN_KEY,
            &key.place,
            format!("{} has no key `{name}`", grammar.what),
        );
        if value.is_null() && name.contains(':') {
            problem.help("put a space after the colon");
        } else {
            problem.help(suggest::hint(name, "its keys", grammar.keys.iter().copied()));
        }
    }

    /// Opens a map whose keys are names.
    pub(super) fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [(Node, Node)]> {
        let entries = node.entries();
        if entries.is_none() {
            self.wrong_type(node, what, "a map");
        }
        entries
    }

    /// Tells of a `：` where a `: ` was meant, so that what should be a map is a text.
    pub(super) fn has_wide_colon(&mut self, node: &Node) -> bool {
        let colon = node.text().and_then(|_| node.place.part("："));
        if let Some(colon) = &colon {
            trap::full_width_colon(colon, self.findings);
        }
        colon.is_some()
    }

    /// Tells of a key that only looks right: in typographic quotes, or with a `：` in it.
    pub(super) fn is_mistyped(&mut self, key: &Node, value: &Node) -> bool {
        if let Some(quote) = smart_quote(key) {
            trap::typographic_quote(&key.place, quote, self.findings);
            return true;
        }
        value.is_null() && self.has_wide_colon(key)
    }

    pub(super) fn wrong_type(&mut self, node: &Node, what: &str, wanted: &str) {
        if self.has_wide_colon(node) {
            return;
        }
        let place = node.place.first_line();
        let problem = self.findings.error(
            code::WRONG_TYPE,
            &place,
            format!("{what} must be {wanted}, this is {}", node.what()),
        );
        if node.text().is_some_and(|text| text.contains(':') && !text.contains(": ")) && wanted == "a map" {
            problem.help("put a space after the colon");
        }
    }

    /// Reads a text with its `${…}` filled in.
    pub(super) fn words(&mut self, node: &Node, what: &str) -> Option<At<Words>> {
        let text = self.unfilled(node, what)?;
        self.filled(node, self.values.fill(text))
    }

    /// Reads the address of a config center.
    pub(super) fn address(&mut self, node: &Node, what: &str) -> Option<At<Words>> {
        let text = self.unfilled(node, what)?;
        self.filled(node, fill_address(self.values, text))
    }

    /// Reads a text as it is written.
    pub(super) fn unfilled<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        if node.is_null() {
            self.findings
                .error(code::MISSING, &node.place, format!("{what} has no value"))
                .help("give it one, or remove the line");
            return None;
        }
        let Some(text) = node.text() else {
            self.wrong_type(node, what, "a text");
            return None;
        };
        if let Some(quote) = smart_quote(node) {
            trap::typographic_quote(&node.place, quote, self.findings);
            return None;
        }
        Some(text)
    }

    fn filled(&mut self, node: &Node, filled: Result<Filled, NoValue>) -> Option<At<Words>> {
        match filled {
            Ok(filled) => Some(At::new(Words { text: filled.text, shown: filled.shown }, &node.place)),
            Err(cause) => {
                self.no_value(&cause, &node.place);
                None
            }
        }
    }

    /// Tells why a text has no value.
    pub(super) fn no_value(&mut self, cause: &NoValue, place: &Place) {
        let at = place.part(cause.at()).unwrap_or_else(|| place.first_line());
        let code = match cause {
            NoValue::File { .. } | NoValue::NotText { .. } => code::NO_FILE,
            NoValue::Unset { .. }
            | NoValue::Unclosed { .. }
            | NoValue::Name { .. }
            | NoValue::Kind { .. } => code::NO_VALUE,
        };
        let near = match cause {
            NoValue::Unset { name, .. } => suggest::nearest(name, self.values.names()).map(str::to_owned),
            _ => None,
        };
        let problem = self.findings.error(code, &at, cause.to_string());
        match (cause, near) {
            (_, Some(near)) => drop(problem.help(format!("did you mean `{near}`?"))),
            (NoValue::Unset { name, .. }, None) => drop(
                problem.help(format!("set it in .env or the environment, or give a default: ${{{name}:-…}}")),
            ),
            (NoValue::File { .. }, None) => drop(problem.help("is it there, and may this user read it?")),
            _ => {}
        }
    }

    /// Reads a text that isn't secret.
    pub(super) fn string(&mut self, node: &Node, what: &str) -> Option<At<String>> {
        let words = self.words(node, what)?;
        Some(At { value: words.value.text, place: words.place })
    }

    /// Reads one text or a list of texts.
    pub(super) fn strings(&mut self, node: &Node, what: &str) -> Vec<At<Words>> {
        match &node.kind {
            Kind::List(items) => items.iter().filter_map(|item| self.words(item, what)).collect(),
            Kind::Scalar { .. } => self.words(node, what).into_iter().collect(),
            Kind::Map(_) => {
                self.wrong_type(node, what, "a name or a list of names");
                Vec::new()
            }
        }
    }

    /// Reads `true` or `false`, and nothing that only looks like it.
    pub(super) fn bool(&mut self, node: &Node, what: &str) -> Option<At<bool>> {
        let words = self.words(node, what)?;
        match words.value.text.as_str() {
            "true" => Some(At::new(true, &words.place)),
            "false" => Some(At::new(false, &words.place)),
            _ => {
                self.bad(&words, what, "write `true` or `false`");
                None
            }
        }
    }

    /// Reads a duration; `0` is refused.
    pub(super) fn duration(&mut self, node: &Node, what: &str) -> Option<At<Duration>> {
        let words = self.words(node, what)?;
        let Some(duration) = parse_duration(&words.value.text) else {
            let number = words.value.text.trim().parse::<f64>().is_ok();
            let help = if number { "a duration needs a unit" } else { "durations look like this" };
            self.bad(&words, what, &format!("{help}: 500ms, 30s, 5m, 1h"));
            return None;
        };
        if duration.is_zero() {
            self.bad(&words, what, "it must be more than 0");
            return None;
        }
        Some(At::new(duration, &words.place))
    }

    /// Reads a whole number up to a limit.
    pub(super) fn number(&mut self, node: &Node, what: &str, most: u32) -> Option<At<u32>> {
        let words = self.words(node, what)?;
        let number = words.value.text.parse().ok().filter(|n| *n <= most);
        if number.is_none() {
            let help = match most {
                u32::MAX => "write a whole number, 0 or more".to_owned(),
                _ => format!("write a whole number from 0 to {most}"),
            };
            self.bad(&words, what, &help);
        }
        number.map(|number| At::new(number, &words.place))
    }

    /// Tells of a value that makes no sense.
    pub(super) fn bad(&mut self, words: &At<Words>, what: &str, help: &str) {
        let shown = &words.value.shown;
        self.findings
            .error(code::BAD_VALUE, &words.place.first_line(), format!("`{shown}` is no value for {what}"))
            .help(help);
    }
}

fn smart_quote(node: &Node) -> Option<char> {
    match &node.kind {
        Kind::Scalar { text, plain: true } => {
            text.chars().next().filter(|c| matches!(c, '“' | '”' | '‘' | '’' | '„' | '«'))
        }
        Kind::Scalar { .. } | Kind::List(_) | Kind::Map(_) => None,
    }
}
