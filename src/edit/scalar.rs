//! Texts as YAML, in quotes where they need some.

use crate::config::Style;

/// Where a text is to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    /// A value between lines.
    Block,
    /// A value within brackets.
    Flow,
    /// A key of a map.
    Key,
}

/// Writes a text in which a `${` is meant literally.
pub(super) fn scalar(text: &str, style: Style, spot: Spot) -> String {
    if text.contains("${") || text.contains("$$") {
        return written(&text.replace('$', "$$"), style, spot);
    }
    written(text, style, spot)
}

/// Writes a text, in the quotes that stood there, or in some if it needs them.
pub(super) fn written(text: &str, style: Style, spot: Spot) -> String {
    match style {
        Style::Single if !needs_escapes(text) => format!("'{}'", text.replace('\'', "''")),
        Style::Plain | Style::Literal | Style::Flow | Style::Block if is_plain(text, spot) => text.to_owned(),
        _ => double(text),
    }
}

/// Writes a number in the quotes that stood there.
pub(super) fn number(number: u32, style: Style) -> String {
    match style {
        Style::Single => format!("'{number}'"),
        Style::Double => format!("\"{number}\""),
        Style::Plain | Style::Literal | Style::Flow | Style::Block => number.to_string(),
    }
}

fn needs_escapes(text: &str) -> bool {
    text.chars().any(|c| c.is_control() || is_invisible(c))
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{85}')
}

fn double(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || is_invisible(c) => quoted.push_str(&escaped(c)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn escaped(c: char) -> String {
    format!("\\u{:04x}", u32::from(c))
}

/// Tells whether every reader of YAML takes this for just this text. Strict: quotes never hurt.
fn is_plain(text: &str, spot: Spot) -> bool {
    let starts = text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '.' | '$'));
    let ends =
        text.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '*' | '.' | '-' | '}'));
    let is_url = text.contains("://");
    let fits = |c: char| match c {
        '_' | '-' | '.' | '/' | '+' | '@' | '~' | '=' | '&' | '?' | '%' | '#' | '$' | '*' => true,
        ':' => is_url && spot != Spot::Key,
        ',' | '{' | '}' | '[' | ']' => spot == Spot::Block,
        ' ' => spot != Spot::Key,
        c => c.is_alphanumeric(),
    };
    starts
        && ends
        && text.chars().all(fits)
        && !text.contains(" #")
        && !text.contains(": ")
        && !is_another_type(text)
}

/// Tells whether a reader could take an unquoted text for a number, a date, a bool or nothing.
fn is_another_type(text: &str) -> bool {
    let word = text.to_ascii_lowercase();
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", ".inf", ".nan"];
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '+' | ':' | 'e' | 'x' | 'o');
    let hexadecimal = word.strip_prefix("0x").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_hexdigit()));
    words.contains(&word.as_str())
        || hexadecimal
        || (word.contains(|c: char| c.is_ascii_digit()) && word.chars().all(numeric))
}
