//! The ways in which YAML surprises people, each named for what it is.

use super::problem::Findings;
use super::{Place, code};

/// Names the cause of a syntax error, if it is a known trap on the line of the error or just above.
pub(super) fn explain(at: &Place, findings: &mut Findings) -> bool {
    let lines = lines_before(at);
    lines.iter().any(|line| {
        tab(line, findings)
            || wide_colon(line, findings)
            || smart_quote(line, findings)
            || flow_variable(line, findings)
            || reserved_start(line, findings)
            || star(line, findings)
            || second_colon(line, findings)
    })
}

/// `*` begins an alias in YAML.
pub(super) fn unknown_alias(name: &str, place: &Place, findings: &mut Findings) {
    let line = whole_line(place);
    if !star(&line, findings) {
        findings
            .error(code::SYNTAX, place, format!("no anchor `&{name}` stands before this alias"))
            .help("in YAML a `*` begins an alias; put the text in quotes if it is meant literally");
    }
}

/// A map as a key comes from `{key: {V}}`-like slips.
pub(super) fn flow_value(place: &Place) -> Option<String> {
    let line = whole_line(place);
    line.source().contains("${").then(|| "put the value in quotes: \"${NAME}\"".to_owned())
}

/// The line of the error first, then up to two lines above that aren't empty.
fn lines_before(at: &Place) -> Vec<Place> {
    let content = &at.text.content;
    let mut lines = Vec::new();
    let mut end = content[at.start..].find('\n').map_or(content.len(), |n| at.start + n);
    loop {
        let start = content[..end].rfind('\n').map_or(0, |n| n + 1);
        let line = Place::new(&at.text, start, end);
        if !line.source().trim().is_empty() && !line.source().trim_start().starts_with('#') {
            lines.push(line);
        }
        if start == 0 || lines.len() == 3 {
            return lines;
        }
        end = start - 1;
    }
}

fn whole_line(at: &Place) -> Place {
    let content = &at.text.content;
    let start = content[..at.start].rfind('\n').map_or(0, |n| n + 1);
    let end = content[at.start..].find('\n').map_or(content.len(), |n| at.start + n);
    Place::new(&at.text, start, end)
}

fn within(line: &Place, from: usize, to: usize) -> Place {
    Place::new(&line.text, line.start + from, line.start + to)
}

fn tab(line: &Place, findings: &mut Findings) -> bool {
    let source = line.source();
    let indent = source.len() - source.trim_start().len();
    let Some(at) = source[..indent].find('\t') else { return false };
    findings
        .error(code::SYNTAX, &within(line, at, at + 1), "a tab stands in the indentation")
        .label("YAML allows only spaces here")
        .help("replace each tab by two spaces");
    true
}

fn wide_colon(line: &Place, findings: &mut Findings) -> bool {
    let Some(at) = unquoted(line.source()).find('：') else { return false };
    full_width_colon(&within(line, at, at + '：'.len_utf8()), findings);
    true
}

/// The colon of Chinese and Japanese keyboards.
pub(super) fn full_width_colon(place: &Place, findings: &mut Findings) {
    findings
        .error(code::SYNTAX, place, "this is the full-width colon `：`")
        .label("YAML doesn't know it")
        .help("write `: `, the plain colon and a space");
}

fn smart_quote(line: &Place, findings: &mut Findings) -> bool {
    let found = unquoted(line.source()).char_indices().find(|(_, c)| matches!(c, '“' | '”' | '‘' | '’'));
    let Some((at, quote)) = found else { return false };
    typographic_quote(&within(line, at, at + quote.len_utf8()), quote, findings);
    true
}

/// Quotes that a word processor or chat window has made of `"`.
pub(super) fn typographic_quote(place: &Place, quote: char, findings: &mut Findings) {
    let place = Place::new(&place.text, place.start, place.start + quote.len_utf8());
    findings
        .error(code::SYNTAX, &place, format!("this is the typographic quote `{quote}`"))
        .label("YAML takes it for a letter")
        .help("write `\"` or `'`");
}

fn flow_variable(line: &Place, findings: &mut Findings) -> bool {
    let source = unquoted(line.source());
    let opened = source.find(['{', '[']).filter(|&at| !source[..at].ends_with('$'));
    let Some(at) = opened.and_then(|open| source[open..].find("${").map(|n| open + n)) else { return false };
    let end = source[at..].find('}').map_or(source.len(), |n| at + n + 1);
    let variable = within(line, at, end);
    let quoted = format!("put it in quotes: \"{}\"", variable.source());
    findings
        .error(code::SYNTAX, &variable, "within `{…}` or `[…]` a `${…}` needs quotes")
        .label("YAML reads this `{` as the begin of a map")
        .help(quoted);
    true
}

fn reserved_start(line: &Place, findings: &mut Findings) -> bool {
    let Some((at, first)) = value_starts(line.source()).into_iter().find(|(_, c)| matches!(c, '@' | '`'))
    else {
        return false;
    };
    let name = if first == '@' { "`@`" } else { "a backtick" };
    findings
        .error(code::SYNTAX, &within(line, at, at + 1), format!("a text can't begin with {name} in YAML"))
        .help("put the text in quotes");
    true
}

fn star(line: &Place, findings: &mut Findings) -> bool {
    let source = line.source();
    let Some((at, _)) = value_starts(source).into_iter().find(|(_, c)| *c == '*') else { return false };
    let tail = &source[at..];
    let end = tail.find(": ").or_else(|| tail.trim_end().ends_with(':').then(|| tail.trim_end().len() - 1));
    let text = within(line, at, end.map_or(source.trim_end().len(), |n| at + n));
    let quoted = format!("put it in quotes: \"{}\"", text.source());
    findings
        .error(code::SYNTAX, &text, "an unquoted `*` begins an alias in YAML, not a pattern")
        .help(quoted)
        .help("or, if an anchor was meant: it must stand further up, as `&name`");
    true
}

fn second_colon(line: &Place, findings: &mut Findings) -> bool {
    let source = unquoted(line.source());
    if source.contains(['{', '[']) {
        return false;
    }
    let mut colons = source.match_indices(": ").map(|(at, _)| at);
    let (Some(_), Some(second)) = (colons.next(), colons.next()) else { return false };
    findings
        .error(code::SYNTAX, &within(line, second, second + 1), "a second `: ` stands on this line")
        .help("put the value in quotes, or begin a new line");
    true
}

/// Where keys, values and items begin on a line, with their first character.
fn value_starts(source: &str) -> Vec<(usize, char)> {
    let source = unquoted(source);
    let mut starts = Vec::new();
    let mut fresh = true;
    let mut before = ' ';
    for (at, c) in source.char_indices() {
        if fresh && !c.is_whitespace() && !(c == '-' && source[at + 1..].starts_with(' ')) {
            starts.push((at, c));
            fresh = matches!(c, '{' | '[');
        } else if (c == ' ' && before == ':') || matches!(c, ',' | '{' | '[') {
            fresh = true;
        }
        before = c;
    }
    starts
}

/// The line with its comment and everything in quotes blanked, byte for byte as long.
fn unquoted(source: &str) -> String {
    let mut quote = None;
    let mut before = ' ';
    let mut comment = false;
    source
        .chars()
        .flat_map(|c| {
            let hidden = match quote {
                _ if comment => true,
                Some(open) => {
                    if c == open {
                        quote = None;
                    }
                    true
                }
                None if matches!(c, '"' | '\'') && matches!(before, ' ' | '{' | '[' | ',') => {
                    quote = Some(c);
                    true
                }
                None if c == '#' && before.is_whitespace() => {
                    comment = true;
                    true
                }
                None => false,
            };
            before = c;
            let blanks = if hidden { c.len_utf8() } else { 0 };
            (!hidden).then_some(c).into_iter().chain(std::iter::repeat_n('x', blanks))
        })
        .collect()
}
