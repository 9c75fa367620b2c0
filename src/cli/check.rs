//! `patchbay check`.

use std::path::PathBuf;

use serde_json::json;

use super::console::Console;
use super::documents::{self, process_vars};
use super::exit::Exit;
use super::owner::{Choice, Owner};
use crate::config::{Place, Problem, Severity, build};

/// Tells what is wrong with a file, without serving it.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file; without it, the one that `run` would take. A file whose name ends in .env is read as DB-GPT's
    file: Option<PathBuf>,
    /// The .env that supplies `${…}` [default: the one beside FILE]
    #[arg(long, value_name = "FILE")]
    env: Option<PathBuf>,
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
    check_owner(&choice, arguments.strict, arguments.json, console)
}

/// Checks the documents of an owner and shows what is wrong with them.
pub(super) fn check_owner(choice: &Choice, strict: bool, as_json: bool, console: Console) -> Exit {
    let name = choice.name();
    let documents = match documents::read(&choice.owner) {
        Ok(documents) => documents,
        Err(error) => {
            if as_json {
                console.json(&json!({"schema": 1, "file": name, "ok": false,
                    "error": error.to_string(), "problems": []}));
            } else {
                console.talk(format_args!("error: {error}"));
            }
            return Exit::Refused;
        }
    };
    let built = build(&documents, &process_vars());
    let (problems, size) = match &built {
        Ok(built) => {
            let table = &built.table;
            (built.warnings.as_slice(), Some((table.routes().len(), table.backends().len())))
        }
        Err(problems) => (problems.all(), None),
    };
    let good = size.is_some() && (!strict || problems.is_empty());
    if as_json {
        console.json(&json!({
            "schema": 1,
            "file": name,
            "ok": good,
            "models": size.map(|(models, _)| models),
            "backends": size.map(|(_, backends)| backends),
            "problems": problems.iter().map(problem_as_json).collect::<Vec<_>>(),
        }));
    } else {
        for problem in problems {
            console.talk(problem.render(console.color));
        }
        match size.filter(|_| good) {
            Some((models, backends)) => console.result(format_args!(
                "{name}: good, {} and {}",
                count(models, "model"),
                count(backends, "backend")
            )),
            None => console.talk(format_args!("{name}: refused, {}", count(problems.len(), "problem"))),
        }
    }
    if good { Exit::Done } else { Exit::Refused }
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
