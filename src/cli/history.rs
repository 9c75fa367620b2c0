//! `patchbay history`: what was applied, what is pending and what is refused.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::age::Age;
use super::ask;
use super::change::Router;
use super::console::Console;
use super::exit::Exit;
use super::table::Table;
use crate::app::{Author, HistoryReport};

/// Tells what changed the table, when, and who it was.
///
/// As HTTP: curl -s '127.0.0.1:9998/admin/v1/history?limit=20'
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How many generations, 100 at most
    #[arg(short = 'n', value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=100))]
    number: u8,
    #[command(flatten)]
    router: Router,
}

pub(super) fn history(arguments: &Arguments, console: Console) -> Exit {
    let limit = arguments.number.to_string();
    let asked = ask::get(&arguments.router.admin, "history", &[("limit", &limit)], Duration::ZERO);
    let report: HistoryReport = match asked {
        Ok(report) => report,
        Err(error) => return error.tell(console),
    };
    if arguments.router.json {
        console.json(&report);
    } else {
        console.result(Lines(&report));
    }
    if let Some(problem) = &report.problem {
        console.talk(format_args!("warning: the newest generations are not on disk: {problem}"));
    }
    Exit::Done
}

/// A report as a table: what is under way and refused first, since it is newer than what serves.
struct Lines<'r>(&'r HistoryReport);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HistoryReport { generation, pending, refused, applied, .. } = self.0;
        let head = ["GENERATION", "STATE", "AGE", "BY", "CHANGES"].map(str::to_owned).to_vec();
        let pending = pending.iter().map(|pending| {
            let by = pending.author.to_string();
            vec!["-".to_owned(), "pending".to_owned(), age(pending.at), by, "not live yet".to_owned()]
        });
        let refused = refused.iter().map(|refused| {
            let by = refused.by.as_ref().map_or_else(|| "unknown".to_owned(), Author::to_string);
            let why = refused.report.lines().next().unwrap_or_default().to_owned();
            vec!["-".to_owned(), "refused".to_owned(), age(refused.at), by, why]
        });
        let applied = applied.iter().map(|record| {
            let state = if record.generation == *generation { "live" } else { "applied" };
            let by = record.author.to_string();
            let changes = changes(&record.changes);
            vec![record.generation.to_string(), state.to_owned(), age(record.at), by, changes]
        });
        Table(std::iter::once(head).chain(pending).chain(refused).chain(applied).collect()).fmt(f)
    }
}

/// So many changes stand in one line.
const MOST_CHANGES: usize = 3;

fn changes(changes: &[String]) -> String {
    let shown = changes.iter().take(MOST_CHANGES).map(String::as_str).collect::<Vec<_>>().join("; ");
    match changes.len().saturating_sub(MOST_CHANGES) {
        0 => shown,
        more => format!("{shown}; and {more} more"),
    }
}

pub(super) fn age(at: SystemTime) -> String {
    Age(at.elapsed().unwrap_or_default().as_secs()).to_string()
}
