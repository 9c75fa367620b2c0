//! `patchbay explain`: asks the running router, or reads the files where none runs.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap_complete::ArgValueCandidates;
use serde::Deserialize;

use super::admin_port::DEFAULT_ADMIN;
use super::ask::{self, AskError};
use super::change::Router;
use super::console::Console;
use super::documents::{self, process_vars};
use super::exit::Exit;
use super::names;
use super::owner::{Choice, Wish};
use crate::app::{facts, time_of_day};
use crate::config::build;
use crate::table::{AllWell, BodyFacts, Callers, DayTime, Explanation, RoutingTable, Supposed};

/// Tells which backends answer for a request, and why: each rule that was tried, and what it saw.
///
/// As HTTP: curl -sG 127.0.0.1:9998/admin/v1/explain -d model=MODEL -d prompt=70000 -d has=tools
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What a client asks for; without it, the model that --body names
    #[arg(add = ArgValueCandidates::new(names::models))]
    model: Option<String>,
    /// A header of the request, NAME:VALUE; a caller's key is looked up (in the file, not in a running router)
    #[arg(short = 'H', long = "header", value_name = "NAME:VALUE")]
    headers: Vec<String>,
    /// A request's body as JSON; - is standard input. Only what rules look at leaves this machine
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// Who calls, a name below `keys`
    #[arg(long, value_name = "NAME")]
    caller: Option<String>,
    /// The time of day at which it comes [default: now]
    #[arg(long, value_name = "HH:MM", value_parser = time)]
    time: Option<DayTime>,
    /// Ask this file and not a running router
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    #[command(flatten)]
    router: Router,
}

/// The only part of a body that a table looks at itself.
#[derive(Debug, Deserialize)]
struct Body {
    model: Option<String>,
}

pub(super) fn explain(arguments: &Arguments, console: Console) -> Exit {
    match supposed(arguments) {
        Ok((model, supposed)) => explained(arguments, model.as_deref(), supposed, console),
        Err(error) => {
            console.talk(format_args!("error: {error}"));
            Exit::Usage
        }
    }
}

/// Reads which request is meant.
fn supposed(arguments: &Arguments) -> Result<(Option<String>, Supposed), String> {
    let mut supposed =
        Supposed { caller: arguments.caller.clone(), time: arguments.time, ..Supposed::default() };
    let mut model = arguments.model.clone();
    if let Some(file) = &arguments.body {
        let (named, body) = read_body(file).map_err(|error| format!("{}: {error}", file.display()))?;
        supposed.body = body;
        model = model.or(named);
    } else if model.is_none() {
        return Err("name a model, or a body that names one: patchbay explain MODEL".to_owned());
    }
    match arguments.headers.iter().find(|header| !supposed.add_header(header)) {
        Some(header) => Err(format!("`{header}` is no header; write NAME:VALUE")),
        None => Ok((model, supposed)),
    }
}

fn explained(arguments: &Arguments, model: Option<&str>, supposed: Supposed, console: Console) -> Exit {
    // A running router would have to be sent the key.
    let has_key = KEYS.iter().any(|name| supposed.headers.contains_key(*name));
    if arguments.table.is_some() || has_key {
        return by_file(arguments, model, supposed, console);
    }
    match ask::explanation(&arguments.router.admin, model, &supposed) {
        Ok(explanation) => show(arguments, &explanation, console),
        Err(AskError::Refused { message }) => {
            console.talk(format_args!("error: {message}"));
            Exit::Refused
        }
        Err(AskError::NotReachable { .. }) if arguments.router.admin.address.is_none() => {
            let name = Choice::of(&Wish::default(), Path::new("")).name();
            console.talk(format_args!("no router runs at {DEFAULT_ADMIN}; this is what {name} says"));
            by_file(arguments, model, supposed, console)
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

/// A file says nothing of what goes on: nothing is busy then, and nobody down.
fn by_file(arguments: &Arguments, model: Option<&str>, mut supposed: Supposed, console: Console) -> Exit {
    let Some(table) = offline_table(arguments.table.as_deref(), console) else { return Exit::Refused };
    if !arguments.headers.is_empty() && supposed.caller.is_none() {
        match caller(table.callers(), &supposed, console) {
            Ok(name) => supposed.caller = name,
            Err(Unknown) => return Exit::Refused,
        }
    }
    supposed.time.get_or_insert_with(time_of_day);
    let Some(explanation) = table.explain(model, &supposed.facts(), &AllWell, None) else {
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

/// Headers that bear a caller's key.
const KEYS: [&str; 3] = ["authorization", "api-key", "x-api-key"];

/// Nobody's key, which the router answers with 401.
struct Unknown;

/// Tells who would be calling.
fn caller(callers: &Callers, supposed: &Supposed, console: Console) -> Result<Option<String>, Unknown> {
    if callers.is_open() {
        console.talk("caller: anyone, no keys are configured");
        return Ok(None);
    }
    let mut keys = KEYS.iter().filter_map(|name| {
        let value = supposed.headers.get(*name)?.to_str().ok()?;
        match *name {
            "authorization" => value.split_once(' ').map(|(_, key)| key.trim()),
            _ => Some(value),
        }
    });
    let caller = keys.find_map(|key| callers.find(key.as_bytes()));
    match caller {
        Some(caller) => console.talk(format_args!("caller: {}", caller.name)),
        None => console.talk("caller: nobody known; the router answers 401"),
    }
    caller.map(|caller| Some(caller.name.clone())).ok_or(Unknown)
}

/// Reads which model a body names, and what rules may look at in it.
fn read_body(file: &Path) -> std::io::Result<(Option<String>, BodyFacts)> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        text
    } else {
        std::fs::read_to_string(file)?
    };
    let body: Body = serde_json::from_str(&text)?;
    Ok((body.model, facts(text.as_bytes())))
}

fn time(text: &str) -> Result<DayTime, String> {
    DayTime::parse(text).ok_or_else(|| "a time of day looks like 09:30".to_owned())
}
