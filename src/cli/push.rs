//! `patchbay push`.

use std::path::{Path, PathBuf};

use super::center::{Source, refused};
use super::console::Console;
use super::documents::{self, process_vars};
use super::exit::Exit;
use super::owner::Choice;
use crate::app::{CenterError, CenterText, Revision, WriteError};
use crate::config::build;

/// Puts a table into a config center, unless somebody else has changed it meanwhile.
///
/// The file is checked first, and what was written is read back before this says done.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file
    file: PathBuf,
    #[command(flatten)]
    source: Source,
    /// Only if the center still holds this revision, as `pull` printed it; `none` if it must not hold any
    #[arg(long, value_name = "REVISION")]
    if_rev: Option<String>,
    /// Push it unchecked: its `${…}` have values only where the routers run
    #[arg(long)]
    no_check: bool,
}

pub(super) fn push(arguments: &Arguments, console: Console) -> Exit {
    if !arguments.no_check
        && let Err(report) = checked(&arguments.file, console)
    {
        console.talk(report);
        console.talk("nothing was pushed; `--no-check` pushes it all the same");
        return Exit::Refused;
    }
    let text = match std::fs::read_to_string(&arguments.file) {
        Ok(text) => text,
        Err(error) => {
            console.talk(format_args!("error: {}: {error}", arguments.file.display()));
            return Exit::Refused;
        }
    };
    arguments.source.converse(console, |center| write(arguments, text, center, console))
}

fn checked(file: &Path, console: Console) -> Result<(), String> {
    let choice = Choice::of_file(Some(file), None);
    let documents = documents::read(&choice.owner).map_err(|error| format!("error: {error}"))?;
    build(&documents, &process_vars()).map_err(|problems| problems.render(console.color))?;
    Ok(())
}

async fn write(
    arguments: &Arguments,
    text: String,
    CenterText { name, center }: CenterText,
    console: Console,
) -> Exit {
    let present = match center.fetch().await {
        Ok(fetched) => Some(fetched),
        Err(CenterError::Missing | CenterError::Empty) => None,
        Err(error) => return refused(&name, &error, console),
    };
    let revision = present.as_ref().map(|fetched| &fetched.revision);
    let wanted = arguments.if_rev.as_deref();
    if wanted.is_some_and(|wanted| wanted != revision.map_or("none", |revision| revision.text.as_str())) {
        return lost(&name, revision, console);
    }
    if let Some(fetched) = present.as_ref().filter(|fetched| fetched.content == text.as_bytes()) {
        console.result(format_args!("{name}: already so, revision {}", fetched.revision));
        return Exit::Done;
    }
    match center.replace(revision, &text).await {
        Ok(revision) => {
            console.result(format_args!("{name}: revision {revision}"));
            Exit::Done
        }
        Err(WriteError::Conflict { present }) => lost(&name, present.as_ref(), console),
        Err(WriteError::Center(error)) => refused(&name, &error, console),
        Err(error @ WriteError::ReadOnly(_)) => {
            console.talk(format_args!("error: {name} {error}"));
            Exit::Refused
        }
    }
}

fn lost(name: &str, present: Option<&Revision>, console: Console) -> Exit {
    let present = present.map_or("none", |revision| revision.text.as_str());
    console.talk(format_args!(
        "error: {name} has changed: it is at revision {present}; nothing was overwritten\n  = help: patchbay pull shows what it holds now"
    ));
    Exit::Conflict
}
