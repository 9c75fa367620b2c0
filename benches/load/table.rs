//! What a scene has shown as a table, for a terminal and for a page.

use std::fmt::Write;

use crate::figure::Figure;
use crate::outcome::{DIRECT, Outcome};

/// Those to whom ratios are told.
pub(crate) const MEASURES: [&str; 2] = ["nginx", "haproxy"];

/// Cells, the heads of columns first.
pub(crate) struct Table(Vec<Vec<String>>);

impl Table {
    /// Makes one of a scene: a row for each who was in it.
    pub(crate) fn of(outcome: &Outcome) -> Self {
        let figures = outcome.scene.figures;
        let title = |figure: &Figure| outcome.title(*figure).to_owned();
        let mut rows = vec![[String::new()].into_iter().chain(figures.iter().map(title)).collect()];
        rows.extend(outcome.contenders.iter().map(|contender| {
            let cells = figures.iter().map(|figure| cell(outcome, contender.name, *figure));
            [contender.name.to_owned()].into_iter().chain(cells).collect()
        }));
        Self(rows)
    }

    /// Makes one of rows.
    pub(crate) fn new(rows: Vec<Vec<String>>) -> Self {
        Self(rows)
    }

    /// Writes it in columns.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.0 {
            for (n, cell) in row.iter().enumerate() {
                let width =
                    self.0.iter().filter_map(|row| Some(row.get(n)?.chars().count())).max().unwrap_or(0);
                let written =
                    if n == 0 { write!(text, "{cell:width$}") } else { write!(text, "  {cell:>width$}") };
                written.expect("a text takes all");
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text
    }

    /// Writes it as Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::new();
        for (n, row) in self.0.iter().enumerate() {
            let rule =
                if n == 0 { format!("|---|{}\n", "---:|".repeat(row.len() - 1)) } else { String::new() };
            write!(text, "| {} |\n{rule}", row.join(" | ")).expect("a text takes all");
        }
        text
    }
}

/// A value with its ratios to those that it is measured by.
fn cell(outcome: &Outcome, name: &str, figure: Figure) -> String {
    let Some(value) = outcome.value(name, figure) else { return String::new() };
    let decimals = figure.decimals(value);
    let value = format!("{value:.decimals$}");
    if name == DIRECT && figure.is_over_direct() {
        return format!("[{value}]");
    }
    let ratios = MEASURES.map(|to| outcome.ratio(name, figure, to));
    if !figure.is_compared() || name == DIRECT || ratios.iter().all(Option::is_none) {
        return value;
    }
    let ratios = ratios.map(|ratio| ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}")));
    format!("{value} ({})", ratios.join(", "))
}
