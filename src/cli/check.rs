//! `patchbay check`.

pub(super) mod certificates;
mod contract;

use std::path::PathBuf;

use serde_json::json;

use super::console::Console;
use super::documents::{self, process_vars};
use super::exit::Exit;
use super::owner::{Choice, Owner};
use crate::config::{Place, Problem, Severity, build};
use contract::Contracts;

/// Tells what is wrong with a file, without serving it.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file; without it, the one that `run` would take. A file whose name ends in .env is read as DB-GPT's
    file: Option<PathBuf>,
    /// The .env that supplies `${…}` [default: the one beside FILE]
    #[arg(long, value_name = "FILE")]
    env: Option<PathBuf>,
    /// Ask every backend whether it keeps the API's contract, with some ten small requests each
    #[arg(long)]
    probe: bool,
    /// Refuse what would only be warned of
    #[arg(long)]
    strict: bool,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn check(arguments: &Arguments, console: Console) -> Exit {
    let choice = Choice::of_file(arguments.file.as_deref(), arguments.env.clone());
    if choice.owner == Owner::Demo {
        console.talk("error: there is no routes.yaml here, and no .env with DB-GPT's names\n  = help: patchbay init writes one");
        return Exit::Usage;
    }
    check_owner(
        &choice,
        Wanted { probe: arguments.probe, strict: arguments.strict, json: arguments.json },
        console,
    )
}

/// What is checked, and how it is told.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wanted {
    /// Whether the backends are asked, too.
    pub(super) probe: bool,
    /// Whether a warning is a refusal.
    pub(super) strict: bool,
    /// Whether it is told in JSON.
    pub(super) json: bool,
}

/// Checks the documents of an owner and shows what is wrong with them.
pub(super) fn check_owner(choice: &Choice, wanted: Wanted, console: Console) -> Exit {
    let name = choice.name();
    let documents = match documents::read(&choice.owner) {
        Ok(documents) => documents,
        Err(error) => return failed(&name, &error, wanted, console),
    };
    let built = build(&documents, &process_vars());
    let contracts = match &built {
        Ok(built) if wanted.probe => match Contracts::of(&built.table, console) {
            Ok(contracts) => Some(contracts),
            Err(error) => return failed(&name, &error, wanted, console),
        },
        _ => None,
    };
    let (problems, size) = match &built {
        Ok(built) => {
            let faults = certificates::problems(&choice.owner, &documents, built);
            let is_error = |problem: &Problem| problem.severity == Severity::Error;
            let (table, good) = (&built.table, !faults.iter().any(is_error));
            let size = good.then(|| (table.routes().len(), table.backends().len()));
            ([built.warnings.as_slice(), &faults].concat(), size)
        }
        Err(problems) => (problems.all().to_vec(), None),
    };
    let kept = contracts.as_ref().is_none_or(|contracts| contracts.are_kept(wanted.strict));
    let good = size.is_some() && (!wanted.strict || problems.is_empty()) && kept;
    if wanted.json {
        let mut object = json!({
            "schema": 1,
            "file": name,
            "ok": good,
            "models": size.map(|(models, _)| models),
            "backends": size.map(|(_, backends)| backends),
            "problems": problems.iter().map(problem_as_json).collect::<Vec<_>>(),
        });
        if let Some(contracts) = &contracts {
            object["contracts"] = json!(contracts);
        }
        console.json(&object);
    } else {
        for problem in &problems {
            console.talk(problem.render(console.color));
        }
        if let Some(contracts) = &contracts {
            console.result(contracts);
        }
        let of_contracts =
            contracts.map(|contracts| format!("; {}", contracts.summary())).unwrap_or_default();
        match size.filter(|_| good) {
            Some((models, backends)) => console.result(format_args!(
                "{name}: good, {} and {}{of_contracts}",
                count(models, "model"),
                count(backends, "backend")
            )),
            None => console
                .talk(format_args!("{name}: refused, {}{of_contracts}", count(problems.len(), "problem"))),
        }
    }
    if good { Exit::Done } else { Exit::Refused }
}

fn failed(name: &str, error: &dyn std::error::Error, wanted: Wanted, console: Console) -> Exit {
    if wanted.json {
        console.json(&json!({"schema": 1, "file": name, "ok": false,
            "error": error.to_string(), "problems": []}));
    } else {
        console.talk(format_args!("error: {error}"));
    }
    Exit::Refused
}

/// Writes a number with its noun.
pub(super) fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

fn problem_as_json(problem: &Problem) -> serde_json::Value {
    json!({
        "severity": match problem.severity { Severity::Error => "error", Severity::Warning => "warning" },
        "code": problem.code,
        "message": problem.message,
        "file": problem.place.as_ref().map(Place::document),
        "line": problem.place.as_ref().map(Place::line),
        "column": problem.place.as_ref().map(Place::column),
        "help": problem.help,
    })
}
