//! The values of `${…}`: what they may name, and which source wins.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use thiserror::Error;

use super::dotenv::Dotenv;
use super::{Vars, secrets};

/// Where `${…}` looks: the watched `.env` first, then the process environment.
pub(super) struct Values<'v> {
    dotenv: BTreeMap<String, String>,
    vars: &'v Vars,
    /// Contents of secret files by their path; `None` if the content is not a text.
    pub(super) files: BTreeMap<String, Option<String>>,
    /// Names whose value in `.env` hides another one in the process environment.
    shadowed: RefCell<BTreeSet<String>>,
}

/// A text with its `${…}` filled in.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Filled {
    pub(super) text: String,
    /// What messages may show of it.
    pub(super) shown: String,
}

/// A stretch of a text: what is written there, or the value of a `${…}`.
pub(super) struct Piece {
    pub(super) filled: Filled,
    pub(super) is_written: bool,
}

/// Why a `${…}` has no value. `at` is the piece of text that is at fault.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum NoValue {
    #[error("`{name}` is not set")]
    Unset { name: String, at: String },
    #[error("this `${{` has no `}}`")]
    Unclosed { at: String },
    #[error("`{name}` can't be the name of a variable")]
    Name { name: String, at: String },
    #[error("`${{{kind}:…}}` is not known; there are `${{NAME}}`, `${{env:NAME}}` and `${{file:PATH}}`")]
    Kind { kind: String, at: String },
    #[error("can't read `{path}`")]
    File { path: String, at: String },
    #[error("`{path}` is not a text")]
    NotText { path: String, at: String },
}

impl NoValue {
    /// Returns the piece of text that is at fault.
    pub(super) fn at(&self) -> &str {
        match self {
            Self::Unset { at, .. }
            | Self::Unclosed { at }
            | Self::Name { at, .. }
            | Self::Kind { at, .. }
            | Self::File { at, .. }
            | Self::NotText { at, .. } => at,
        }
    }
}

/// Where the value of a text comes from, as far as it could be changed there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// What is written is what counts, be it that a `${…}` is a part of it.
    Written,
    /// A line of the watched `.env`.
    Dotenv(String),
    /// A variable that the watched `.env` doesn't set: one of the process, or of nobody.
    Process(String),
    /// The default of a `${…}`, at this range of the text.
    Default(Range<usize>),
}

/// What stands between `${` and `}`.
enum Reference<'t> {
    Variable { name: &'t str, default: Option<&'t str> },
    File { path: &'t str },
}

// === impl Filled ===

impl Filled {
    fn same(text: &str) -> Self {
        Self { text: text.to_owned(), shown: text.to_owned() }
    }

    /// Adds what follows.
    pub(super) fn push(&mut self, other: &Self) {
        self.text.push_str(&other.text);
        self.shown.push_str(&other.shown);
    }
}

// === impl Values ===

impl<'v> Values<'v> {
    /// Begins with the process environment alone.
    pub(super) fn new(vars: &'v Vars) -> Self {
        Self { dotenv: BTreeMap::new(), vars, files: BTreeMap::new(), shadowed: RefCell::default() }
    }

    /// Adds a watched `.env`.
    pub(super) fn watch(&mut self, file: &Dotenv) {
        for entry in &file.entries {
            self.dotenv.insert(entry.name.value.clone(), entry.value.value.clone());
        }
    }

    /// Returns the names whose value in `.env` won over another one.
    pub(super) fn into_shadowed(self) -> Vec<String> {
        self.shadowed.into_inner().into_iter().collect()
    }

    /// Fills in every `${…}` of a text; `$$` is a `$`, and any other `$` is itself.
    pub(super) fn fill(&self, text: &str) -> Result<Filled, NoValue> {
        let mut filled = Filled { text: String::with_capacity(text.len()), shown: String::new() };
        self.pieces(text)?.iter().for_each(|piece| filled.push(&piece.filled));
        Ok(filled)
    }

    /// The same, stretch by stretch. A `$$` is a value.
    pub(super) fn pieces(&self, text: &str) -> Result<Vec<Piece>, NoValue> {
        let mut pieces = Vec::new();
        let mut add = |filled: Filled, is_written| pieces.push(Piece { filled, is_written });
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            add(Filled::same(&rest[..at]), true);
            rest = &rest[at..];
            if let Some(tail) = rest.strip_prefix("$$") {
                add(Filled::same("$"), false);
                rest = tail;
            } else if rest.starts_with("${") {
                let end = closing(rest).ok_or_else(|| NoValue::Unclosed { at: rest.to_owned() })?;
                let (whole, tail) = rest.split_at(end);
                add(self.value(whole)?, false);
                rest = tail;
            } else {
                add(Filled::same("$"), true);
                rest = &rest[1..];
            }
        }
        add(Filled::same(rest), true);
        Ok(pieces)
    }

    fn value(&self, whole: &str) -> Result<Filled, NoValue> {
        match reference(whole)? {
            Reference::Variable { name, default } => {
                let secret = secrets::is_secret_name(name);
                let of = |text: String| Filled {
                    shown: if secret { whole.to_owned() } else { text.clone() },
                    text,
                };
                match (self.look_up(name), default) {
                    (Some(value), None) => Ok(of(value.to_owned())),
                    (Some(value), Some(_)) if !value.is_empty() => Ok(of(value.to_owned())),
                    (_, Some(default)) => {
                        let default = self.fill(default)?;
                        Ok(if secret { of(default.text) } else { default })
                    }
                    (None, None) => Err(NoValue::Unset { name: name.to_owned(), at: whole.to_owned() }),
                }
            }
            Reference::File { path } => match self.files.get(path) {
                Some(Some(content)) => {
                    let text = content.strip_suffix('\n').unwrap_or(content);
                    let text = text.strip_suffix('\r').unwrap_or(text);
                    Ok(Filled { text: text.to_owned(), shown: whole.to_owned() })
                }
                Some(None) => Err(NoValue::NotText { path: path.to_owned(), at: whole.to_owned() }),
                None => Err(NoValue::File { path: path.to_owned(), at: whole.to_owned() }),
            },
        }
    }

    fn look_up(&self, name: &str) -> Option<&str> {
        let process = self.vars.get(name);
        let Some(watched) = self.dotenv.get(name) else { return process.map(String::as_str) };
        if process.is_some_and(|value| value != watched) {
            self.shadowed.borrow_mut().insert(name.to_owned());
        }
        Some(watched)
    }

    /// Tells where a text that is one `${…}` gets its value from.
    pub(super) fn origin(&self, text: &str) -> Origin {
        let start = text.len() - text.trim_start().len();
        let whole = text.trim();
        if !whole.starts_with("${") || closing(whole) != Some(whole.len()) {
            return Origin::Written;
        }
        let Ok(Reference::Variable { name, default }) = reference(whole) else { return Origin::Written };
        let counts = |value: &String| default.is_none() || !value.is_empty();
        if self.dotenv.contains_key(name) {
            return Origin::Dotenv(name.to_owned());
        }
        match default {
            Some(default) if !self.vars.get(name).is_some_and(counts) => {
                let start = start + whole.len() - 1 - default.len();
                match self.origin(default) {
                    Origin::Written => Origin::Default(start..start + default.len()),
                    Origin::Default(inner) => Origin::Default(start + inner.start..start + inner.end),
                    other => other,
                }
            }
            _ => Origin::Process(name.to_owned()),
        }
    }

    /// Returns all names that have a value, for did-you-mean.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.dotenv.keys().chain(self.vars.keys()).map(String::as_str)
    }
}

/// Lists the paths of `${file:PATH}` in a text, defaults included.
pub(super) fn files(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    each_reference(text, &mut |reference| {
        if let Reference::File { path } = reference {
            found.push((*path).to_owned());
        }
    });
    found
}

/// Tells whether a text asks for a variable, be it in a default.
pub(crate) fn names_variable(text: &str, wanted: &str) -> bool {
    let mut found = false;
    each_reference(text, &mut |reference| {
        found |= matches!(reference, Reference::Variable { name, .. } if *name == wanted);
    });
    found
}

fn each_reference(text: &str, visit: &mut impl FnMut(&Reference<'_>)) {
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            rest = &rest[at + 2..];
            continue;
        }
        rest = &rest[at..];
        let Some(end) = closing(rest) else { return };
        if let Ok(found) = reference(&rest[..end]) {
            visit(&found);
            if let Reference::Variable { default: Some(default), .. } = found {
                each_reference(default, visit);
            }
        }
        rest = &rest[end..];
    }
}

/// Where the `}` of the leading `${` ends; a default may hold further ones.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '{' if before == '$' => {
                depth += 1;
                if depth > 8 {
                    return None;
                }
            }
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        before = c;
    }
    None
}

fn reference(whole: &str) -> Result<Reference<'_>, NoValue> {
    let inner = &whole[2..whole.len() - 1];
    if let Some(path) = inner.strip_prefix("file:") {
        return Ok(Reference::File { path });
    }
    let inner = inner.strip_prefix("env:").unwrap_or(inner);
    let (name, default) = match inner.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inner, None),
    };
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if starts && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')) {
        return Ok(Reference::Variable { name, default });
    }
    let at = whole.to_owned();
    Err(match name.split_once(':') {
        Some((kind, _)) => NoValue::Kind { kind: kind.to_owned(), at },
        None => NoValue::Name { name: name.to_owned(), at },
    })
}
