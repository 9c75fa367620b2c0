//! Tables as text.

use std::collections::HashMap;
use std::fmt::Write;

use crate::fake::Fake;

/// Makes a table of lines such as `qwen -> old`, `qwen -> old, new` (a pool in equal shares) or
/// `qwen -> old else new` (a fallback).
pub(super) fn of_lines(lines: &str, backends: &[&str]) -> String {
    let mut text = "backends:\n".to_owned();
    for name in backends {
        writeln!(text, "  {name}: {{{name}}}").unwrap();
    }
    text += "models:\n";
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let (model, target) = line.split_once("->").unwrap();
        let (to, fallback) = target.split_once(" else ").unwrap_or((target, "none"));
        writeln!(text, "  {}: {{to: [{}], fallback: [{}]}}", model.trim(), to.trim(), fallback.trim())
            .unwrap();
    }
    text.replace("fallback: [none]", "fallback: none")
}

/// Puts the backends in: `{NAME}` is the URL and `{NAME.host}` its `host:port`. Where the text has
/// no `backends` of its own, it gets one, and `{NAME}` is the name in it.
pub(super) fn filled(text: &str, backends: &HashMap<String, Fake>) -> String {
    let has_own = text.starts_with("backends:") || !text.contains("models:");
    let mut names: Vec<&String> = backends.keys().collect();
    names.sort();
    let mut own = String::new();
    let filled = names.iter().fold(text.to_owned(), |text, name| {
        let fake = &backends[*name];
        writeln!(own, "  {name}: {}", fake.url()).unwrap();
        let stands_for = if has_own { fake.url() } else { (*name).clone() };
        text.replace(&format!("{{{name}}}"), &stands_for)
            .replace(&format!("{{{name}.host}}"), &fake.authority())
    });
    if has_own || own.is_empty() { filled } else { format!("backends:\n{own}{filled}") }
}
