//! `patchbay show`: one generation, and what it was made from.

use std::fmt;
use std::time::Duration;

use super::ask;
use super::change::Router;
use super::console::Console;
use super::exit::Exit;
use super::history::age;
use crate::app::{GenerationReport, Utc};

/// Shows a generation of the table: who made it, what it changed, and its documents without the
/// secrets.
///
/// As HTTP: curl -s 127.0.0.1:9998/admin/v1/history/7
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Which
    generation: u64,
    #[command(flatten)]
    router: Router,
}

pub(super) fn show(arguments: &Arguments, console: Console) -> Exit {
    let path = format!("history/{}", arguments.generation);
    let report: GenerationReport = match ask::get(&arguments.router.admin, &path, &[], Duration::ZERO) {
        Ok(report) => report,
        Err(error) => return error.tell(console),
    };
    if arguments.router.json {
        console.json(&report);
    } else {
        console.result(Text(&report));
    }
    if report.documents.is_empty() {
        console.talk("its documents are not kept");
    }
    Exit::Done
}

struct Text<'r>(&'r GenerationReport);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let GenerationReport { record, live, documents, .. } = self.0;
        let state = if *live { "live" } else { "applied" };
        writeln!(f, "generation {}, {state}, digest {}", record.generation, record.digest)?;
        writeln!(f, "{}, {} ago, by {}", Utc(record.at), age(record.at), record.author)?;
        for change in &record.changes {
            writeln!(f, "  {change}")?;
        }
        for document in documents {
            writeln!(f, "\n# {}", document.name)?;
            match &document.text {
                Some(text) => writeln!(f, "{}", text.trim_end())?,
                None => writeln!(f, "# a secret, which is not shown")?,
            }
        }
        Ok(())
    }
}
