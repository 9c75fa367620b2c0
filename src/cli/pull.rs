//! `patchbay pull`.

use std::io::Write;
use std::path::PathBuf;

use super::center::{Source, refused};
use super::console::Console;
use super::exit::Exit;
use crate::app::CenterText;

/// Prints the table that a config center holds.
///
/// The revision goes to standard error, for `patchbay push --if-rev`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Write it to a file instead; the file is only touched once everything has come
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn pull(arguments: &Arguments, console: Console) -> Exit {
    arguments.source.converse(console, |center| read(arguments, center, console))
}

async fn read(arguments: &Arguments, CenterText { name, center, .. }: CenterText, console: Console) -> Exit {
    let fetched = match center.fetch().await {
        Ok(fetched) => fetched,
        Err(error) => return refused(&name, &error, console),
    };
    let written = match &arguments.output {
        Some(file) => std::fs::write(file, &fetched.content),
        None => std::io::stdout().write_all(&fetched.content),
    };
    if let Err(error) = written {
        console.talk(format_args!("error: it can't be written: {error}"));
        return Exit::Refused;
    }
    console.talk(format_args!("{name}: revision {}", fetched.revision));
    Exit::Done
}
