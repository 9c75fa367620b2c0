//! One line of a `.env`.

use crate::config::Variable;

use super::splice::Splice;

/// Gives a variable another value; its quotes stay.
pub(super) fn set(line: &Variable, value: &str) -> Splice {
    let source = line.place.source();
    let quote = source.chars().next().filter(|c| matches!(c, '"' | '\''));
    // A list with blanks needed no quotes before, and needs none now.
    let is_plain = value.trim() == value && value.chars().all(|c| is_bare(c) || c == ' ');
    let is_list = quote.is_none() && source.contains(' ') && is_plain;
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

/// Writes a value that is read as itself. What single quotes would not leave as it is stands in double
/// ones, where a shell reads a backslash as we do.
fn written(value: &str, quote: Option<char>) -> String {
    match quote {
        None if value.chars().all(is_bare) => value.to_owned(),
        Some('\'') | None if !value.contains(['\'', '\\', '\r']) => format!("'{value}'"),
        _ => {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\r', "\\r");
            format!("\"{escaped}\"")
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{add, set};
    use crate::config::{Document, Format, Outline, Vars, variables};
    use crate::edit::splice::spliced;

    fn env(text: &str) -> Document {
        Document { name: ".env".to_owned(), format: Format::Dotenv, content: text.as_bytes().to_vec().into() }
    }

    const OLD: [&str; 9] =
        ["", "old", "a, b", "#old", "'old'", "\"old\"", "'o # ld'  # note", " # note", "a, b # note"];

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            old in proptest::sample::select(&OLD[..]),
            value in "[ab,#'\"\\\\$\n\r\tn 　é]{1,12}|[ -~]{1,20}|#\\PC{0,5}",
            is_windows in any::<bool>(),
        ) {
            let end = if is_windows { "\r\n" } else { "\n" };
            let document = env(&format!("PROXY_SERVER_URL=http://h{end}NAME={old}{end}LAST=1{end}"));
            let vars = Vars::new();
            let documents = [document];
            let outline = Outline::of(&documents, &vars).unwrap();
            let line = outline.dotenv.as_ref().unwrap().lines.iter().find(|line| line.name == "NAME").unwrap();
            let more = add(outline.dotenv.as_ref().unwrap().text(), "MORE", &value);
            let text = spliced(&documents[0], vec![set(line, &value), more]).unwrap();
            let read = variables(&env(&text)).unwrap_or_else(|problems| panic!("{text}\n{problems}"));
            let found = [&read["NAME"], &read["MORE"], &read["LAST"]];
            prop_assert_eq!(found, [&value, &value, "1"], "{}", text);
            prop_assert_eq!(text.contains("# note"), old.contains("# note"), "{}", text);
        }
    }
}
