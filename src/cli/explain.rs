//! `patchbay explain`: asks the running router, or reads the files where none runs.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap_complete::ArgValueCandidates;
use serde::Deserialize;

use super::ask::{self, AskError};
use super::change::Router;
use super::console::Console;
use super::documents::{self, process_vars};
use super::exit::Exit;
use super::names;
use super::owner::{Choice, Wish};
use crate::config::build;
use crate::table::{Callers, Explanation, RoutingTable};

/// Tells which backends answer for a model, and why.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What a client asks for; without it, the model that --body names
    #[arg(add = ArgValueCandidates::new(names::models))]
    model: Option<String>,
    /// A header of the request, NAME:VALUE; a caller's key is looked up (in the file, not in a running router)
    #[arg(short = 'H', long = "header", value_name = "NAME:VALUE")]
    headers: Vec<String>,
    /// A request's body as JSON; - is standard input
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// Ask this file and not a running router
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    #[command(flatten)]
    router: Router,
}

/// The only part of a body that a table looks at.
#[derive(Debug, Deserialize)]
struct Body {
    model: Option<String>,
}

pub(super) fn explain(arguments: &Arguments, console: Console) -> Exit {
    let model = match (&arguments.model, &arguments.body) {
        (Some(model), _) => Some(model.clone()),
        (None, Some(file)) => match model_in(file) {
            Ok(model) => model,
            Err(error) => {
                console.talk(format_args!("error: {}: {error}", file.display()));
                return Exit::Usage;
            }
        },
        (None, None) => {
            console.talk("error: name a model, or a body that names one: patchbay explain MODEL");
            return Exit::Usage;
        }
    };
    let model = model.as_deref();
    if arguments.table.is_some() || !arguments.headers.is_empty() {
        return by_file(arguments, model, console);
    }
    match ask::explanation(arguments.router.admin.as_deref(), model) {
        Ok(explanation) => show(arguments, &explanation, console),
        Err(AskError::Refused { message }) => {
            console.talk(format_args!("error: {message}"));
            Exit::Refused
        }
        Err(AskError::NotReachable { .. }) if arguments.router.admin.is_none() => {
            let name = Choice::of(&Wish::default(), Path::new("")).name();
            console.talk(format_args!("no router runs at {}; this is what {name} says", ask::DEFAULT_ADMIN));
            by_file(arguments, model, console)
        }
        Err(error) => {
            console.talk(format_args!("error: {error}"));
            Exit::NotReachable
        }
    }
}

fn show(arguments: &Arguments, explanation: &Explanation, console: Console) -> Exit {
    if arguments.router.json {
        console.json(explanation);
    } else {
        console.result(explanation);
    }
    Exit::Done
}

fn by_file(arguments: &Arguments, model: Option<&str>, console: Console) -> Exit {
    let Some(table) = offline_table(arguments.table.as_deref(), console) else { return Exit::Refused };
    if !arguments.headers.is_empty() && !admits(table.callers(), &arguments.headers, console) {
        return Exit::Refused;
    }
    let Some(explanation) = table.explain(model, None) else {
        let asked = model.unwrap_or_default();
        let near = table.nearest(asked, 3);
        let hint = if near.is_empty() { String::new() } else { format!("; near: {}", near.join(", ")) };
        console.talk(format_args!("error: nothing answers for `{asked}`, and there is no default{hint}"));
        return Exit::Refused;
    };
    show(arguments, &explanation, console)
}

/// Builds the table of a file, or of the owner that `run` would choose; says what is wrong with it.
pub(super) fn offline_table(file: Option<&Path>, console: Console) -> Option<RoutingTable> {
    let choice = Choice::of_file(file, None);
    let documents =
        documents::read(&choice.owner).map_err(|error| console.talk(format_args!("error: {error}"))).ok()?;
    let built = build(&documents, &process_vars());
    built.map(|built| built.table).map_err(|problems| console.talk(problems.render(console.color))).ok()
}

/// Tells who would be calling; false where the router would answer 401.
fn admits(callers: &Callers, headers: &[String], console: Console) -> bool {
    if callers.is_open() {
        console.talk("caller: anyone, no keys are configured");
        return true;
    }
    let mut keys = headers.iter().filter_map(|header| {
        let (name, value) = header.split_once(':')?;
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "authorization" => value.split_once(' ').map(|(_, key)| key.trim()),
            "api-key" | "x-api-key" => Some(value),
            _ => None,
        }
    });
    let caller = keys.find_map(|key| callers.find(key.as_bytes()));
    match caller {
        Some(caller) => console.talk(format_args!("caller: {}", caller.name)),
        None => console.talk("caller: nobody known; the router answers 401"),
    }
    caller.is_some()
}

fn model_in(file: &Path) -> std::io::Result<Option<String>> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        text
    } else {
        std::fs::read_to_string(file)?
    };
    let body: Body = serde_json::from_str(&text)?;
    Ok(body.model)
}
