//! Finds the paths (`a::b::c`) that a Rust file names, groups of `use` spelled out.

/// A path, and the line that it begins on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamedPath {
    pub(super) segments: Vec<String>,
    pub(super) line: usize,
    /// How many inline modules it stands in.
    pub(super) depth: usize,
    /// Whether one of them is there for tests only.
    pub(super) in_tests: bool,
}

/// One word or sign.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    text: String,
    line: usize,
}

/// Returns all paths of two or more segments, and method calls as `[".", name]`.
pub(super) fn named_paths(source: &str) -> Vec<NamedPath> {
    let tokens = tokens(source);
    let mut found = Vec::new();
    let mut modules: Vec<(usize, bool)> = Vec::new();
    let mut braces = 0;
    let mut at = 0;
    while at < tokens.len() {
        let text = tokens[at].text.as_str();
        match text {
            "{" => braces += 1,
            "}" => {
                braces -= 1;
                modules.retain(|(opened_at, _)| *opened_at <= braces);
            }
            "mod" if tokens.get(at + 2).is_some_and(|token| token.text == "{") => {
                modules.push((braces + 1, is_for_tests(&tokens, at)));
            }
            _ => {}
        }
        let (depth, in_tests) = (modules.len(), modules.iter().any(|(_, tests)| *tests));
        let mut keep = |segments: Vec<String>, line| {
            found.push(NamedPath { segments, line, depth, in_tests });
        };
        if text == "." && is_word(&tokens, at + 1) {
            let receiver = at.checked_sub(1).map_or(String::new(), |before| tokens[before].text.clone());
            keep(vec![receiver, ".".to_owned(), tokens[at + 1].text.clone()], tokens[at].line);
            at += 2;
        } else if text != "use" && is_word(&tokens, at) && is(&tokens, at + 1, "::") {
            at = path(&tokens, at, &[], &mut keep);
        } else {
            at += 1;
        }
    }
    found
}

/// Reads one path from a word on, spells out its group, and returns where it ends.
fn path(
    tokens: &[Token],
    from: usize,
    before: &[String],
    keep: &mut impl FnMut(Vec<String>, usize),
) -> usize {
    let line = tokens[from].line;
    let mut segments = before.to_vec();
    let mut at = from;
    loop {
        segments.push(tokens[at].text.clone());
        at += 1;
        if !is(tokens, at, "::") {
            break;
        }
        at += 1;
        if is(tokens, at, "{") {
            return group(tokens, at + 1, &segments, keep);
        }
        if !is_word(tokens, at) {
            break;
        }
    }
    keep(segments, line);
    at
}

fn group(
    tokens: &[Token],
    from: usize,
    before: &[String],
    keep: &mut impl FnMut(Vec<String>, usize),
) -> usize {
    let mut at = from;
    while at < tokens.len() && tokens[at].text != "}" {
        if is(tokens, at, "as") {
            at += 2;
        } else if is_word(tokens, at) {
            at = path(tokens, at, before, keep);
        } else {
            at += 1;
        }
    }
    at + 1
}

/// Tells whether `#[cfg(test)]` stands before a `mod`.
fn is_for_tests(tokens: &[Token], at: usize) -> bool {
    let start = at.saturating_sub(10);
    let before: Vec<&str> = tokens[start..at].iter().map(|token| token.text.as_str()).collect();
    let after_last_end = before.iter().rposition(|text| [";", "}"].contains(text)).map_or(0, |end| end + 1);
    before[after_last_end..].windows(3).any(|three| three == ["cfg", "(", "test"])
}

fn is(tokens: &[Token], at: usize, text: &str) -> bool {
    tokens.get(at).is_some_and(|token| token.text == text)
}

fn is_word(tokens: &[Token], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| token.text.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

/// Cuts a source into words and signs; comments and literals are left out.
fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => string(rest),
            '\'' => character(rest),
            'r' | 'b' | 'c' if literal_prefix(rest).is_some() => literal_prefix(rest).unwrap(),
            c if c.is_alphabetic() || c == '_' => {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            ':' if rest.starts_with("::") => 2,
            c => c.len_utf8(),
        };
        let is_sign = !first.is_whitespace() && !['"', '\''].contains(&first);
        let is_skipped = rest.starts_with("//")
            || rest.starts_with("/*")
            || (['r', 'b', 'c'].contains(&first) && literal_prefix(rest).is_some());
        if is_sign && !is_skipped {
            let line = source[..source.len() - rest.len()].matches('\n').count() + 1;
            tokens.push(Token { text: rest[..length].to_owned(), line });
        }
        rest = &rest[length..];
    }
    tokens
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A character, or the tick of a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            rest[2..].char_indices().skip(1).find(|(_, c)| *c == '\'').map_or(1, |(at, _)| at + 3)
        }
        Some(_) => chars.next().filter(|(_, c)| *c == '\'').map_or(1, |(at, _)| at + 1),
        None => 1,
    }
}

/// The length of `r"…"`, `r#"…"#`, `b"…"`, `br"…"`, `b'…'` or `c"…"`, if one begins here.
fn literal_prefix(rest: &str) -> Option<usize> {
    let letters = rest.find(|c: char| !['r', 'b', 'c'].contains(&c))?;
    let after = &rest[letters..];
    if rest[..letters].contains('r') {
        let hashes = after.find(|c| c != '#')?;
        let body = after[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(letters + hashes + 1 + body.find(&end)? + end.len());
    }
    if letters == 1 && after.starts_with('"') {
        return Some(1 + string(after));
    }
    (letters == 1 && rest.starts_with("b'")).then(|| 1 + character(after))
}
