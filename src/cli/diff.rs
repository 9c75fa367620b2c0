//! `patchbay diff`: what differs, a model a line.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use super::ask::{self, AskError, Change};
use super::change::Router;
use super::console::Console;
use super::documents;
use super::exit::Exit;
use super::owner::{Choice, Owner, Wish};
use crate::app::{Answer, DiffReport};

/// Tells what would change, a model a line: if a file were applied, or from one generation to
/// another. Exit code 3 if anything would.
#[derive(Debug, clap::Args)]
#[command(after_help = "The same with curl:
  curl -s 'localhost:9998/admin/v1/diff?from=6&to=7'
  curl -X POST 'localhost:9998/admin/v1/apply?dry_run=1' -H 'If-Match: *' \\
    -H 'Content-Type: application/yaml' --data-binary @routes.yaml")]
pub(super) struct Arguments {
    /// The file that would be applied, or the generation to begin with; a file with a number for a
    /// name is ./7 [default: the table here]
    #[arg(value_name = "FILE or GEN")]
    from: Option<String>,
    /// The generation to end with [default: what serves]
    #[arg(value_name = "GEN")]
    to: Option<u64>,
    #[command(flatten)]
    router: Router,
}

pub(super) fn diff(arguments: &Arguments, console: Console) -> Exit {
    let told = match (arguments.from.as_deref().map(str::parse::<u64>), arguments.to) {
        (Some(Ok(from)), to) => of_generations(arguments, from, to, console),
        (_, Some(_)) => {
            console.talk("error: a file is compared with what serves, and not with a generation");
            return Exit::Usage;
        }
        (_, None) => {
            let Some(file) = arguments.from.as_ref().map(PathBuf::from).or_else(file_here) else {
                console.talk("error: there is no table here; name a file or a generation");
                return Exit::Usage;
            };
            match documents::bytes_of(&file) {
                Ok(text) => of_file(arguments, &file, text, console),
                Err(error) => {
                    console.talk(format_args!("error: {error}"));
                    return Exit::Usage;
                }
            }
        }
    };
    match told {
        Ok(true) => Exit::Differences,
        Ok(false) => Exit::Done,
        Err(error) => error.tell(console),
    }
}

fn of_generations(
    arguments: &Arguments,
    from: u64,
    to: Option<u64>,
    console: Console,
) -> Result<bool, AskError> {
    let (from, to) = (from.to_string(), to.map(|to| to.to_string()));
    let query = std::iter::once(("from", from.as_str())).chain(to.as_deref().map(|to| ("to", to)));
    let query: Vec<_> = query.collect();
    let report: DiffReport = ask::get(&arguments.router.admin, "diff", &query, Duration::ZERO)?;
    if arguments.router.json {
        console.json(&report);
    } else if report.differs {
        console.result(report.changes.join("\n"));
    } else {
        console.talk(format_args!("generations {} and {} route alike", report.from, report.to));
    }
    Ok(report.differs)
}

fn of_file(arguments: &Arguments, file: &Path, body: Vec<u8>, console: Console) -> Result<bool, AskError> {
    let change = Change { if_generation: None, content_type: "application/yaml", body };
    let query = [("dry_run", "1")];
    let admin = &arguments.router.admin;
    let Answer { generation, changes, .. } = ask::post(admin, "apply", &query, Duration::ZERO, change)?;
    let differs = !changes.is_empty();
    if arguments.router.json {
        let file = file.display().to_string();
        console.json(&json!({
            "schema": 1, "from": generation, "file": file, "differs": differs, "changes": changes,
        }));
    } else if differs {
        console.result(changes.join("\n"));
    } else {
        console.talk(format_args!("{} routes as generation {generation} does", file.display()));
    }
    Ok(differs)
}

/// The main file of the table that a start here would take.
fn file_here() -> Option<PathBuf> {
    match Choice::of(&Wish::default(), Path::new("")).owner {
        Owner::Files { routes, dotenv } => routes.or(dotenv),
        Owner::Demo => None,
    }
}
