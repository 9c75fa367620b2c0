//! `patchbay diff`: what differs, a model a line.

use std::time::Duration;

use super::ask;
use super::console::Console;
use super::exit::Exit;
use crate::app::DiffReport;

/// Tells what differs between two generations, or a generation and what serves. Exit code 3 if
/// anything does.
///
/// As HTTP: curl -s '127.0.0.1:9998/admin/v1/diff?from=6&to=7'
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The generation to begin with
    from: u64,
    /// The generation to end with [default: what serves]
    to: Option<u64>,
    /// The running router's admin address [default: 127.0.0.1:9998]
    #[arg(long, value_name = "URL", env = "PATCHBAY_ADMIN")]
    admin: Option<String>,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn diff(arguments: &Arguments, console: Console) -> Exit {
    let (from, to) = (arguments.from.to_string(), arguments.to.map(|to| to.to_string()));
    let query = std::iter::once(("from", from.as_str())).chain(to.as_deref().map(|to| ("to", to)));
    let query: Vec<_> = query.collect();
    let report: DiffReport = match ask::get(arguments.admin.as_deref(), "diff", &query, Duration::ZERO) {
        Ok(report) => report,
        Err(error) => return error.tell(console),
    };
    if arguments.json {
        console.json(&report);
    } else if report.differs {
        console.result(report.changes.join("\n"));
    }
    if !report.differs {
        console.talk(format_args!("generations {} and {} route alike", report.from, report.to));
        return Exit::Done;
    }
    Exit::Differences
}
