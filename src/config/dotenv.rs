//! `.env` files: `NAME=value` lines, read as python-dotenv reads them, which DB-GPT uses: a value must
//! be the same here as there. Up to release 1.2.3 it took `NAME= # note` for the value `# note`;
//! as in later ones, and everywhere else, that is an empty value and a comment.
//!
//! Nothing is expanded and nothing is run: a value is what stands there, so that no edit of the
//! file can do more than it says. A name that is there twice is an error, since which of the two
//! counts differs from reader to reader.

use std::collections::HashMap;
use std::iter;
use std::sync::Arc;

use super::place::{At, Text};
use super::problem::Findings;
use super::{Place, code};

/// What ends a line; `\r\n` is one of them by now.
const LINE_ENDS: [char; 2] = ['\n', '\r'];

/// A parsed `.env`.
pub(super) struct Dotenv {
    pub(super) text: Arc<Text>,
    pub(super) entries: Vec<Entry>,
}

/// One variable. An empty value is there, and empty.
pub(super) struct Entry {
    pub(super) name: At<String>,
    pub(super) value: At<String>,
}

/// Reads a file; what can't be read is told, line by line. `None` if anything was.
pub(super) fn parse(text: &Arc<Text>, findings: &mut Findings) -> Option<Dotenv> {
    let mut cursor = Cursor { text, at: 0 };
    let mut entries: Vec<Entry> = Vec::new();
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut sound = true;
    while let Some(line) = cursor.entry(findings) {
        let Ok(entry) = line else {
            sound = false;
            continue;
        };
        let name = &entry.name.value;
        if let Some(&earlier) = first.get(name) {
            sound = false;
            findings
                .error(code::DUPLICATE, &entry.name.place, format!("`{name}` is there twice"))
                .label("again here")
                .related(&entries[earlier].name.place, "first here")
                .help("keep one line; others would take the first or the last");
        } else {
            first.insert(name.clone(), entries.len());
            entries.push(entry);
        }
    }
    sound.then(|| Dotenv { text: Arc::clone(text), entries })
}

/// The line can't be read, and that is told.
struct Unreadable;

struct Cursor<'t> {
    text: &'t Arc<Text>,
    at: usize,
}

// === impl Cursor ===

impl<'t> Cursor<'t> {
    /// Reads the next entry; `None` at the end.
    fn entry(&mut self, findings: &mut Findings) -> Option<Result<Entry, Unreadable>> {
        loop {
            if self.at == self.text.content.len() {
                return None;
            }
            let line = self.line();
            let indent = line.len() - line.trim_start().len();
            let content = line.trim();
            if content.is_empty() || content.starts_with('#') {
                self.next_line();
                continue;
            }
            self.at += indent;
            return Some(self.assignment(findings));
        }
    }

    fn assignment(&mut self, findings: &mut Findings) -> Result<Entry, Unreadable> {
        let line = self.line();
        let unexported = line.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t']));
        let skipped = unexported.map_or(0, |rest| line.len() - rest.trim_start().len());
        let start = self.at + skipped;
        let line = &line[skipped..];
        let place = self.place(start, start + line.trim_end().len());
        let Some(equals) = line.find('=') else {
            self.next_line();
            let problem = findings.error(code::DOTENV_SYNTAX, &place, "this line has no `=`");
            match line.find(':').filter(|at| is_name(&line[..*at])) {
                Some(at) => problem.help(format!("write `{}=…`", &line[..at])),
                None => problem.help("lines look like NAME=value; a comment begins with `#`"),
            };
            return Err(Unreadable);
        };
        let name = line[..equals].trim_end();
        if !is_name(name) {
            self.next_line();
            let place = self.place(start, start + name.len());
            findings
                .error(code::DOTENV_SYNTAX, &place, format!("`{name}` can't be the name of a variable"))
                .help("names have letters, digits and `_`");
            return Err(Unreadable);
        }
        let name = At::new(name.to_owned(), &self.place(start, start + name.len()));
        self.at = start + equals + 1;
        let value = self.value(&name.value, findings)?;
        self.rest_of_line(findings)?;
        if value.value.contains("$(") || value.place.source().contains('`') {
            findings
                .warning(
                    code::LITERAL,
                    &value.place.first_line(),
                    format!("`{}` holds a shell command", name.value),
                )
                .label("taken literally, never run");
        }
        Ok(Entry { name, value })
    }

    /// Reads a value up to its closing quote, or to the end of the line.
    fn value(&mut self, name: &str, findings: &mut Findings) -> Result<At<String>, Unreadable> {
        let line = self.line();
        self.at += line.len() - line.trim_start().len();
        let (start, line) = (self.at, self.line());
        let Some(quote) = line.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            let value = line[..self.comment(line).unwrap_or(line.len())].trim_end();
            self.at += line.len();
            return Ok(At::new(value.to_owned(), &self.place(start, start + value.len())));
        };
        let rest = &self.text.content[start + 1..];
        let Some(length) = closing(rest, quote) else {
            self.at = self.text.content.len();
            findings
                .error(
                    code::DOTENV_SYNTAX,
                    &self.place(start, start + 1),
                    format!("the quote of `{name}` is never closed"),
                )
                .label("opened here")
                .help(format!("close it with `{quote}`"));
            return Err(Unreadable);
        };
        self.at = start + 1 + length + 1;
        Ok(At::new(unescaped(&rest[..length], quote), &self.place(start, self.at)))
    }

    /// Where a comment begins on the rest of a line without quotes: a `#` after a blank.
    fn comment(&self, line: &str) -> Option<usize> {
        let mut before = self.text.content[..self.at].chars().next_back();
        for (at, c) in line.char_indices() {
            if c == '#' && before.is_some_and(char::is_whitespace) {
                return Some(at);
            }
            before = Some(c);
        }
        None
    }

    /// After a closing quote only a comment may follow.
    fn rest_of_line(&mut self, findings: &mut Findings) -> Result<(), Unreadable> {
        let line = self.line();
        let (start, content) = (self.at, line.trim());
        self.next_line();
        if content.is_empty() || content.starts_with('#') {
            return Ok(());
        }
        let from = start + line.len() - line.trim_start().len();
        findings
            .error(
                code::DOTENV_SYNTAX,
                &self.place(from, from + content.len()),
                "this stands behind the closing quote",
            )
            .help("put the whole value within the quotes");
        Err(Unreadable)
    }

    /// Returns the rest of the line, without its end.
    fn line(&self) -> &'t str {
        let rest = &self.text.content[self.at..];
        &rest[..rest.find(LINE_ENDS).unwrap_or(rest.len())]
    }

    fn next_line(&mut self) {
        let rest = &self.text.content[self.at..];
        self.at += rest.find(LINE_ENDS).map_or(rest.len(), |at| at + 1);
    }

    fn place(&self, start: usize, end: usize) -> Place {
        Place::new(self.text, start, end)
    }
}

/// Finds the quote that closes a value. A backslash takes the character behind it along.
pub(super) fn closing(rest: &str, quote: char) -> Option<usize> {
    let mut is_taken = false;
    rest.find(|c| {
        let closes = c == quote && !is_taken;
        is_taken = c == '\\' && !is_taken;
        closes
    })
}

/// Reads what stands within quotes. In single quotes only a backslash and a quote can be escaped.
fn unescaped(raw: &str, quote: char) -> String {
    let raw = raw.replace('\r', "\n");
    let mut value = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            value.push(c);
            continue;
        }
        match (chars.next(), quote) {
            (Some(escaped @ ('\\' | '\'')), _) | (Some(escaped @ '"'), '"') => value.push(escaped),
            (Some('a'), '"') => value.push('\x07'),
            (Some('b'), '"') => value.push('\x08'),
            (Some('f'), '"') => value.push('\x0c'),
            (Some('n'), '"') => value.push('\n'),
            (Some('r'), '"') => value.push('\r'),
            (Some('t'), '"') => value.push('\t'),
            (Some('v'), '"') => value.push('\x0b'),
            (other, _) => value.extend(iter::once('\\').chain(other)),
        }
    }
    value
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}
