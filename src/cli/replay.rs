//! `patchbay replay`: recorded decisions against a candidate table.
//!
//! The record is the access log in JSON: which model was asked for, by whom, and who answered. It
//! holds no prompts, and none are needed to tell where a request would go.

mod forecast;
mod record;

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use self::forecast::Forecast;
use self::record::Record;
use super::console::Console;
use super::exit::Exit;
use super::explain::offline_table;

/// Tells what recorded requests would do with another table.
///
/// The log is what `patchbay --log json` writes; lines that are not about requests are passed
/// over. Ends with 1 if a request would find no backend or a caller would be turned away.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The access log in JSON; - is standard input
    log: PathBuf,
    /// The candidate table
    #[arg(long, value_name = "FILE")]
    table: PathBuf,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn replay(arguments: &Arguments, console: Console) -> Exit {
    let Some(table) = offline_table(Some(&arguments.table), console) else { return Exit::Refused };
    let mut forecast = Forecast::new(&table);
    let read = each_line(&arguments.log, |line| match Record::read(line) {
        Some(record) if !record.model.is_empty() => forecast.add(&record),
        _ => forecast.pass_over(),
    });
    if let Err(error) = read {
        console.talk(format_args!("error: {}: {error}", arguments.log.display()));
        return Exit::Refused;
    }
    let report = forecast.report();
    if report.requests == 0 {
        console.talk(format_args!(
            "error: {} holds no requests; it should be what `patchbay --log json` writes",
            arguments.log.display()
        ));
        return Exit::Refused;
    }
    if arguments.json {
        console.json(&report);
    } else {
        console.result(&report);
    }
    if report.fail > 0 { Exit::Refused } else { Exit::Done }
}

/// Hands on each line. A line that isn't UTF-8 is none of ours.
fn each_line(log: &Path, mut take: impl FnMut(&str)) -> io::Result<()> {
    let source: Box<dyn io::Read> =
        if log == Path::new("-") { Box::new(io::stdin()) } else { Box::new(std::fs::File::open(log)?) };
    let mut source = BufReader::new(source);
    let mut line = Vec::new();
    while source.read_until(b'\n', &mut line)? > 0 {
        take(std::str::from_utf8(&line).unwrap_or_default());
        line.clear();
    }
    Ok(())
}
