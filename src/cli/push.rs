//! `patchbay push`.

use std::path::PathBuf;

use super::center::{Source, refused};
use super::console::Console;
use super::documents::{self, ReadError, process_vars};
use super::exit::Exit;
use super::owner::Choice;
use super::two_phase::Asking;
use crate::app::{CenterError, CenterText, Fetched, WriteError};
use crate::config::{Document, build};
use crate::table::{Change, diff};

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
    #[command(flatten)]
    asking: Asking,
}

/// What is to be written.
struct Text {
    content: String,
    /// The file and what it needs, for a comparison; empty if it was not checked.
    documents: Vec<Document>,
}

pub(super) fn push(arguments: &Arguments, console: Console) -> Exit {
    match text(arguments, console) {
        Ok(text) => {
            let write = async |center| write(arguments, text, &center, console).await;
            arguments.source.converse(console, write)
        }
        Err(report) => {
            console.talk(report);
            Exit::Refused
        }
    }
}

/// Reads the file once, so that what is pushed is what was checked.
fn text(arguments: &Arguments, console: Console) -> Result<Text, String> {
    let told = |error: ReadError| format!("error: {error}");
    let file = &arguments.file;
    let (content, documents) = if arguments.no_check {
        (documents::bytes_of(file).map_err(told)?.into(), Vec::new())
    } else {
        let documents = documents::read(&Choice::of_file(Some(file), None).owner).map_err(told)?;
        let refusal = match build(&documents, &process_vars()) {
            Ok(built) if built.table.routes().is_empty() => {
                Some(format!("error: no models in `{}`\n", file.display()))
            }
            Ok(_) => None,
            Err(problems) => Some(problems.render(console.color)),
        };
        if let Some(report) = refusal {
            return Err(format!("{report}nothing was pushed; `--no-check` pushes it all the same"));
        }
        (documents.first().map(|document| document.content.clone()).unwrap_or_default(), documents)
    };
    let content = String::from_utf8(content.into());
    let content = content.map_err(|_| format!("error: {}: not UTF-8", file.display()))?;
    Ok(Text { content, documents })
}

async fn write(arguments: &Arguments, text: Text, place: &CenterText, console: Console) -> Exit {
    let CenterText { name, center, .. } = place;
    let present = match center.fetch().await {
        Ok(fetched) => Some(fetched),
        Err(CenterError::Missing | CenterError::Empty) => None,
        Err(error) => return refused(name, &error, console),
    };
    if let Some(fetched) = present.as_ref().filter(|fetched| fetched.content == text.content.as_bytes()) {
        console.result(format_args!("{name}: already so, revision {}", fetched.revision));
        return Exit::Done;
    }
    let revision = present.as_ref().map(|fetched| &fetched.revision);
    let wanted = arguments.if_rev.as_deref();
    if wanted.is_some_and(|wanted| wanted != revision.map_or("none", |revision| revision.text.as_str())) {
        return lost(name, LATE, &text, present.as_ref(), console);
    }
    let consent = match arguments.asking.ask(place, &text.content, console).await {
        Ok(consent) => consent,
        Err(exit) => return exit,
    };
    let written = center.replace(revision, &text.content).await;
    let agreed = consent.words();
    consent.end().await;
    match written {
        Ok(revision) => {
            console.result(format_args!("{name}: revision {revision}{agreed}"));
            Exit::Done
        }
        Err(WriteError::Conflict { .. }) => {
            lost(name, LATE, &text, center.fetch().await.ok().as_ref(), console)
        }
        Err(WriteError::Replaced { .. }) => {
            lost(name, REPLACED, &text, center.fetch().await.ok().as_ref(), console)
        }
        Err(WriteError::Center(error)) => refused(name, &error, console),
        Err(error @ WriteError::ReadOnly(_)) => {
            console.talk(format_args!("error: {name} {error}"));
            Exit::Refused
        }
    }
}

/// Somebody else was faster.
const LATE: [&str; 2] = ["has changed", "nothing was overwritten"];

/// Somebody else has gone on from what was written.
const REPLACED: [&str; 2] = ["was written, and has changed since", "somebody else wrote that"];

/// Says that the document holds something else, and what the file would undo or change.
fn lost(
    name: &str,
    [what, then]: [&str; 2],
    text: &Text,
    present: Option<&Fetched>,
    console: Console,
) -> Exit {
    let revision = present.map_or("none", |present| present.revision.text.as_str());
    console.talk(format_args!("error: {name} {what}: it is at revision {revision}; {then}"));
    for change in present.and_then(|present| changes(text, present)).unwrap_or_default() {
        console.talk(format_args!("  the file would change  {change}"));
    }
    console.talk("  = help: patchbay pull shows what it holds now");
    Exit::Conflict
}

/// Returns what the file would change, where both can be built here.
fn changes(text: &Text, present: &Fetched) -> Option<Vec<Change>> {
    let mut documents = text.documents.clone();
    let after = build(&documents, &process_vars()).ok()?.table;
    let main = documents.first_mut()?;
    (main.content, main.format) = (present.content.clone(), present.format);
    let before = build(&documents, &process_vars()).ok()?.table;
    Some(diff(&before, &after))
}
