//! The first look at a document's bytes: is it a text, and could it be a table at all?

use std::sync::Arc;

use super::place::Text;
use super::problem::Findings;
use super::{Document, Format, Place, code};

/// The most bytes a document may have.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Takes a document in. `None` if nothing can come of it; the cause is then found.
pub(super) fn take(document: &Document, order: usize, findings: &mut Findings) -> Option<Arc<Text>> {
    let Document { name, format, content } = document;
    let text = |content: String| Arc::new(Text { name: name.clone(), format: *format, content, order });
    let refuse = |findings: &mut Findings, message: &str, help: &str| {
        findings
            .error(code::NOT_A_TABLE, &Place::top(&text(String::new())), format!("`{name}` {message}"))
            .help(help);
        None
    };
    if content.len() > MOST_BYTES {
        let message = format!("has {} bytes; the most is 4 MiB", content.len());
        return refuse(findings, &message, "is this the right file?");
    }
    if content.starts_with(&[0xff, 0xfe]) || content.starts_with(&[0xfe, 0xff]) {
        return refuse(findings, "is UTF-16", "save it as UTF-8");
    }
    if let Some(at) = memchr::memchr(0, content) {
        let message = format!("holds a NUL byte at offset {at}");
        return refuse(findings, &message, "it was not written to its end, or isn't a text; save it again");
    }
    let content = match std::str::from_utf8(content) {
        Ok(content) => content,
        Err(error) => {
            let text = text(String::from_utf8_lossy(content).into_owned());
            let at = error.valid_up_to();
            findings
                .error(
                    code::NOT_A_TABLE,
                    &Place::new(&text, at, at + '\u{fffd}'.len_utf8()),
                    "this isn't UTF-8",
                )
                .help("save the file as UTF-8");
            return None;
        }
    };
    // A byte-order mark would shift every column of the first line; line ends mean nothing.
    let text = text(content.strip_prefix('\u{feff}').unwrap_or(content).replace("\r\n", "\n"));
    match format {
        Format::Routes => looks_like_a_table(&text, findings).then_some(text),
        Format::Dotenv | Format::Local => no_conflict(&text, findings).then_some(text),
        Format::Secret => Some(text),
    }
}

fn looks_like_a_table(text: &Arc<Text>, findings: &mut Findings) -> bool {
    let name = &text.name;
    let content = text.content.trim();
    if content.is_empty() {
        findings.error(code::NOT_A_TABLE, &Place::top(text), format!("`{name}` is empty")).help(
            "an empty file is never taken for an empty table; the smallest one is `models: {NAME: URL}`",
        );
        return false;
    }
    if content.lines().all(|line| matches!(line.trim().as_bytes(), [] | [b'#', ..] | b"---" | b"...")) {
        findings
            .error(code::NOT_A_TABLE, &Place::top(text).first_line(), format!("`{name}` holds only comments"))
            .help("add a model: `models: {NAME: URL}`");
        return false;
    }
    let start: String = content.chars().take(16).collect::<String>().to_lowercase();
    if start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<?xml") {
        findings
            .error(code::NOT_A_TABLE, &Place::top(text), format!("`{name}` is an HTML or XML page, not YAML"))
            .help("a login or error page was stored in place of the file");
        return false;
    }
    no_conflict(text, findings)
}

fn no_conflict(text: &Arc<Text>, findings: &mut Findings) -> bool {
    let mut at = 0;
    for line in text.content.split_inclusive('\n') {
        if line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ") || line.trim_end() == "=======" {
            findings
                .error(
                    code::NOT_A_TABLE,
                    &Place::new(text, at, at + line.trim_end().len()),
                    "this is a conflict marker of a merge",
                )
                .help("finish the merge, then save");
            return false;
        }
        at += line.len();
    }
    true
}
