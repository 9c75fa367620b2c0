//! Where a document holds secrets, also when it can't be parsed.

use std::ops::Range;
use std::sync::Arc;

use super::dotenv::closing;
use super::node::{Kind, Node};
use super::place::Text;
use super::problem::Findings;
use super::{Format, yaml};

/// Keys of `routes.yaml` below which everything is a secret.
const SECRET_KEYS: [&str; 4] = ["key", "keys", "headers", "admin_token"];

/// Keys of a caller that are none.
const LIMIT_KEYS: [&str; 3] = ["requests_per_minute", "tokens_per_minute", "max_in_flight"];

/// Blocks in which `key` names a file.
const FILE_BLOCKS: [&str; 2] = ["tls", "admin_tls"];

/// Words in the name of a variable that make its value a secret.
const SECRET_WORDS: [&str; 6] = ["key", "token", "secret", "password", "passwd", "authorization"];

/// Tells whether a variable's name says that its value is secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// Tells whether a field of a hook's body is secret; how many tokens there may be isn't.
pub(super) fn is_secret_field(name: &str) -> bool {
    is_secret_name(name) && !name.ends_with("tokens")
}

/// Returns the ranges that must not be shown.
pub(super) fn ranges(text: &Text) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    match text.format {
        Format::Secret => ranges.push(0..text.content.len()),
        Format::Dotenv => dotenv(&text.content, &mut ranges),
        Format::Routes | Format::Local => {
            if parsed(text, &mut ranges) {
                comments(&text.content, &mut ranges);
            } else {
                written(&text.content, &mut ranges);
            }
        }
    }
    telling(&text.content, &mut ranges);
    ranges
}

/// What the parsed document says, anchors and block texts included; `false` if it can't be parsed.
fn parsed(text: &Text, ranges: &mut Vec<Range<usize>>) -> bool {
    let text = Arc::new(Text {
        name: String::new(),
        format: text.format,
        content: text.content.clone(),
        order: text.order,
    });
    let root = yaml::parse(&text, &mut Findings::default());
    root.inspect(|root| below(root, ranges)).is_some()
}

fn below(node: &Node, ranges: &mut Vec<Range<usize>>) {
    match &node.kind {
        Kind::Scalar { .. } => {}
        Kind::List(items) => items.iter().for_each(|item| below(item, ranges)),
        Kind::Map(entries) => {
            for (key, value) in entries {
                if key.text().is_some_and(|name| FILE_BLOCKS.contains(&name)) && names_files(value) {
                    continue;
                }
                if key.text().is_some_and(|name| SECRET_KEYS.contains(&name)) {
                    all_of(value, ranges);
                    limits(value).for_each(|limit| ranges.retain(|range| range.start != limit.place.start));
                } else if key.text() == Some("body") {
                    fields(value, ranges);
                } else {
                    below(value, ranges);
                }
            }
        }
    }
}

/// Tells whether a block holds paths only, and not a key that somebody has put in their place.
fn names_files(block: &Node) -> bool {
    let mut all = true;
    block.each_scalar(&mut |node| all &= node.text().is_none_or(|text| !text.contains(['\n', ' '])));
    all
}

/// Everything that is written there, but for names of values.
fn all_of(node: &Node, ranges: &mut Vec<Range<usize>>) {
    node.each_scalar(&mut |scalar| {
        if !scalar.place.source().contains("${") {
            ranges.push(scalar.place.start..scalar.place.end);
        }
    });
}

/// What a hook's body says in fields with telling names.
fn fields(node: &Node, ranges: &mut Vec<Range<usize>>) {
    match &node.kind {
        Kind::Scalar { .. } => {}
        Kind::List(items) => items.iter().for_each(|item| fields(item, ranges)),
        Kind::Map(entries) => {
            for (key, value) in entries {
                let inner = if key.text().is_some_and(is_secret_field) { all_of } else { fields };
                inner(value, ranges);
            }
        }
    }
}

/// The limits of callers, which stand among their keys and are no secrets.
fn limits(keys: &Node) -> impl Iterator<Item = &Node> {
    let callers = keys.entries().unwrap_or_default().iter().filter_map(|(_, caller)| caller.entries());
    callers.flatten().filter_map(|(name, limit)| {
        let is_limit = name.text().is_some_and(|name| LIMIT_KEYS.contains(&name));
        let is_number = limit.text().is_some_and(|text| text.parse::<u32>().is_ok());
        (is_limit && is_number).then_some(limit)
    })
}

/// What was commented out, and is a key none the less.
fn comments(content: &str, ranges: &mut Vec<Range<usize>>) {
    let mut at = 0;
    for line in content.split_inclusive('\n') {
        let mark = if line.starts_with('#') { Some(0) } else { line.find(" #") };
        if let Some(mark) = mark {
            let values = keyed_values(&line[mark..]).into_iter();
            ranges.extend(values.map(|(from, to)| at + mark + from..at + mark + to));
        }
        at += line.len();
    }
}

/// What the lines say where parsing fails: everything after a secret key, and the deeper lines
/// below it.
fn written(content: &str, ranges: &mut Vec<Range<usize>>) {
    let mut at = 0;
    let mut block: Option<usize> = None;
    for line in content.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        if block.is_some_and(|outer| indent > outer || line.trim().is_empty()) {
            let value = line.find(": ").map_or(indent, |n| n + 2);
            ranges.push(at + value..at + line.len());
        } else {
            block = None;
            for (from, to) in keyed_values(line) {
                ranges.push(at + from..at + to);
                if line[from..to].trim().is_empty() {
                    block = Some(indent);
                }
            }
        }
        at += line.len();
    }
    ranges.retain(|range| !content[range.clone()].trim_start_matches([' ', '"', '\'']).starts_with("${"));
}

/// Values behind `key:` and the like on one line; up to the next `,` or `}` for a single key.
fn keyed_values(line: &str) -> Vec<(usize, usize)> {
    let mut values = Vec::new();
    for key in SECRET_KEYS {
        for (at, _) in line.match_indices(key) {
            let starts = line[..at].chars().next_back().is_none_or(|c| " {,\"'\t-".contains(c));
            let rest = line[at + key.len()..].trim_start_matches(['"', '\'']);
            let colon = rest.trim_start().starts_with([':', '：']);
            if starts && colon {
                let from = line.len() - rest.trim_start().len()
                    + rest.trim_start().chars().next().map_or(0, char::len_utf8);
                let end = if key == "key" { line[from..].find([',', '}']) } else { None };
                values.push((from, end.map_or(line.trim_end().len().max(from), |n| from + n)));
            }
        }
    }
    values
}

/// Whatever follows a telling name on its line, be it with `=` or not, up to its closing quote.
fn dotenv(content: &str, ranges: &mut Vec<Range<usize>>) {
    let mut at = 0;
    let mut open: Option<char> = None;
    for line in content.split_inclusive(['\n', '\r']) {
        let uncommented = line.trim_start_matches(|c: char| c == '#' || c.is_whitespace());
        let unexported = uncommented.trim_start_matches("export").trim_start();
        let name_end = unexported.find(|c: char| c == '=' || c == ':' || c.is_whitespace());
        let (name, rest) = unexported.split_at(name_end.unwrap_or(unexported.len()));
        if let Some(quote) = open {
            ranges.push(at..at + line.len());
            open = closing(line, quote).is_none().then_some(quote);
        } else if is_secret_name(name) {
            let value = rest.trim_start_matches(|c: char| "=:".contains(c) || c.is_whitespace());
            ranges.push(at + line.len() - value.len()..at + line.len());
            let unclosed =
                |quote: &char| matches!(quote, '"' | '\'') && closing(&value[1..], *quote).is_none();
            open = value.chars().next().filter(unclosed);
        }
        at += line.len();
    }
}

/// What looks like a secret wherever it stands: `sk-…`, `Bearer …`, `user:password@`, `?key=…`.
fn telling(content: &str, ranges: &mut Vec<Range<usize>>) {
    let word_end = |from: usize| {
        let stop = |c: char| c.is_whitespace() || "\"',}]&#".contains(c);
        content[from..].find(stop).map_or(content.len(), |n| from + n)
    };
    for (at, found) in content.match_indices("sk-") {
        let inside = content[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        let end = word_end(at);
        if !inside && end - at >= 12 {
            ranges.push(at + found.len()..end);
        }
    }
    for (at, found) in content.match_indices("Bearer ") {
        let from = at + found.len();
        if !content[from..].starts_with("${") {
            ranges.push(from..word_end(from));
        }
    }
    for (at, found) in content.match_indices("://") {
        let from = at + found.len();
        let host_end = content[from..].find(|c: char| c.is_whitespace() || "/?#\"'".contains(c));
        let host = &content[from..host_end.map_or(content.len(), |n| from + n)];
        if let Some(sign) = host.rfind('@') {
            ranges.push(from..from + sign);
        }
        // Some servers take their key there, by any name.
        let stop = |c: char| c.is_whitespace() || "\"',}]#".contains(c);
        let end = content[from..].find(stop).map_or(content.len(), |n| from + n);
        let query = content[from..end].find('?').map(|mark| from + mark + 1);
        let is_backends = content[..at].ends_with("http") || content[..at].ends_with("https");
        ranges.extend(query.filter(|_| is_backends).map(|query| query..end));
    }
    for (at, _) in content.match_indices(['?', '&']) {
        let end = word_end(at + 1);
        if let Some(equals) = content[at + 1..end].find('=') {
            let name = &content[at + 1..at + 1 + equals];
            if is_secret_name(name) {
                ranges.push(at + 1 + equals + 1..end);
            }
        }
    }
}
