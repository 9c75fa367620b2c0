//! Problems as text, in the look of `rustc`.

use std::ops::Range;

use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str,
};

use super::mask::Masks;
use super::{Place, Problem, Problems, Severity};

/// Writes problems one below the other, with an empty line between them.
pub(super) fn render(problems: &[Problem], color: bool) -> String {
    let shown = &problems[..problems.len().min(Problems::MOST_SHOWN)];
    let masks = Masks::of(shown);
    let mut parts: Vec<String> = shown.iter().map(|problem| one(problem, &masks, color)).collect();
    if problems.len() > shown.len() {
        parts.push(format!("and {} more", problems.len() - shown.len()));
    }
    parts.join("\n\n") + "\n"
}

fn one(problem: &Problem, masks: &Masks, color: bool) -> String {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(problem.message.as_str()).id(problem.code));
    for (place, annotations) in by_nearness(problem) {
        group = if let Some(window) = window(place, &annotations, masks) {
            group.element(snippet(place, annotations, window))
        } else {
            let origin = Origin::path(place.document().to_owned());
            group.element(origin.line(place.line()).char_column(place.column()))
        };
    }
    for help in &problem.help {
        group = group.element(Level::HELP.message(normalize_untrusted_str(help)));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    tidied(&renderer.render(&[group]))
}

type Annotated = Vec<(Range<usize>, AnnotationKind, Option<String>)>;

/// Places that are farther apart than this are shown apart.
const NEAR: usize = 1000;

/// The problem's places, those that are near each other together, the problem's own first.
fn by_nearness(problem: &Problem) -> Vec<(&Place, Annotated)> {
    let own = problem.place.iter().map(|place| (place, AnnotationKind::Primary, problem.label.clone()));
    let related =
        problem.related.iter().map(|(place, label)| (place, AnnotationKind::Context, Some(label.clone())));
    let mut documents: Vec<(&Place, Annotated)> = Vec::new();
    for (place, kind, label) in own.chain(related) {
        let annotation = (place.start..place.end, kind, label);
        let near =
            |first: &Place| first.text.order == place.text.order && first.start.abs_diff(place.start) < NEAR;
        match documents.iter_mut().find(|(first, _)| near(first)) {
            Some((_, annotations)) => annotations.push(annotation),
            None => documents.push((place, vec![annotation])),
        }
    }
    documents
}

/// A longer piece of a document helps nobody.
const MOST_BYTES: usize = 4096;

/// The lines that matter, so that the work doesn't grow with the document.
struct Window {
    first_line: usize,
    begin: usize,
    lines: String,
}

fn window(place: &Place, annotated: &Annotated, masks: &Masks) -> Option<Window> {
    let content = masks.masked(&place.text);
    let from = annotated.iter().map(|(range, ..)| range.start).min()?;
    let to = annotated.iter().map(|(range, ..)| range.end).max()?;
    let begin = content[..from].rfind('\n').map_or(0, |at| at + 1);
    let end = content[to..].find('\n').map_or(content.len(), |at| to + at);
    let lines = content[begin..end].to_owned();
    let first_line = content[..begin].matches('\n').count() + 1;
    (!content.is_empty() && lines.len() <= MOST_BYTES).then_some(Window { first_line, begin, lines })
}

fn snippet<'s>(place: &Place, annotated: Annotated, window: Window) -> Snippet<'s, Annotation<'s>> {
    let annotations = annotated.into_iter().map(|(range, kind, label)| {
        kind.span(range.start - window.begin..range.end - window.begin).label(label)
    });
    Snippet::source(window.lines)
        .line_start(window.first_line)
        .path(place.document().to_owned())
        .annotations(annotations)
}

/// Sets the text one column in below its title, and drops the empty line before a hint.
fn tidied(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut kept = Vec::with_capacity(lines.len());
    for (n, line) in lines.iter().enumerate() {
        let hint_follows = lines.get(n + 1).is_some_and(|next| plain(next).trim_start().starts_with("= "));
        if n > 0 && hint_follows && plain(line).trim() == "|" {
            continue;
        }
        kept.push(if n == 0 { (*line).to_owned() } else { format!(" {line}").trim_end().to_owned() });
    }
    kept.join("\n")
}

/// Leaves out the colours.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\x1b') {
        text.push_str(before);
        rest = after.split_once('m').map_or("", |(_, tail)| tail);
    }
    text + rest
}
