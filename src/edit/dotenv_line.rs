//! One line of a `.env`.

use crate::config::Variable;

use super::splice::Splice;

/// Gives a variable another value; its quotes stay.
pub(super) fn set(line: &Variable, value: &str) -> Splice {
    let source = line.place.source();
    let quote = source.chars().next().filter(|c| matches!(c, '"' | '\''));
    // A list with blanks needed no quotes before, and needs none now.
    let is_list = quote.is_none() && source.contains(' ') && value.chars().all(|c| is_bare(c) || c == ' ');
    let mut new = if is_list { value.to_owned() } else { written(value, quote) };
    if source.is_empty() {
        // A comment may follow at once.
        new.push_str(if line.is_before_comment() { " " } else { "" });
    }
    Splice::new(line.place.start..line.place.end, new)
}

/// Adds a variable at the end.
pub(super) fn add(text: &str, name: &str, value: &str) -> Splice {
    let value = written(value, None);
    let is_open = !text.is_empty() && !text.ends_with('\n');
    let line = if is_open { format!("\n{name}={value}") } else { format!("{name}={value}\n") };
    Splice::insert(text.len(), line)
}

/// Tells whether neither a shell nor a reader of `.env` sees more in it than itself.
fn is_bare(c: char) -> bool {
    c.is_alphanumeric() || "_-./:=,@%+*?[]".contains(c)
}

fn written(value: &str, quote: Option<char>) -> String {
    match quote {
        None if value.chars().all(is_bare) => value.to_owned(),
        Some('\'') | None if !value.contains('\'') => format!("'{value}'"),
        _ => {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
            format!("\"{escaped}\"")
        }
    }
}
