//! Whether there is a table, and whether it is good.

use super::finding::Finding;
use crate::cli::check::count;
use crate::cli::documents;
use crate::cli::owner::{Choice, Owner};
use crate::config::{ServerSettings, Vars, build, settings};
use crate::table::RoutingTable;

const ABOUT: &str = "table";

pub(super) fn look(
    choice: &Choice,
    vars: &Vars,
    findings: &mut Vec<Finding>,
) -> (Option<RoutingTable>, ServerSettings) {
    let name = choice.name();
    let fix = format!("patchbay check {name}");
    let documents = match documents::read(&choice.owner) {
        Ok(documents) => documents,
        Err(error) => {
            findings.push(Finding::wrong(
                ABOUT,
                error.to_string(),
                "is it there, and may this user read it?",
            ));
            return (None, ServerSettings::default());
        }
    };
    match build(&documents, vars) {
        Ok(built) => {
            let models = count(built.table.routes().len(), "model");
            let backends = count(built.table.backends().len(), "backend");
            findings.push(match (&choice.owner, built.warnings.len()) {
                (Owner::Demo, _) => Finding::warning(
                    ABOUT,
                    "there is no routes.yaml here, and no .env with DB-GPT's names: the demo would be served",
                    "patchbay init, or go to the folder of your table",
                ),
                (Owner::Files { .. }, 0) => Finding::ok(ABOUT, format!("{name}: {models}, {backends}")),
                (Owner::Files { .. }, warnings) => Finding::warning(
                    ABOUT,
                    format!("{name}: {models}, {backends}, {}", count(warnings, "warning")),
                    fix,
                ),
            });
            (Some(built.table), built.server)
        }
        Err(problems) => {
            let found = format!("{name} is refused, {}", count(problems.all().len(), "problem"));
            findings.push(Finding::wrong(ABOUT, found, fix));
            (None, settings(&documents, vars).unwrap_or_default())
        }
    }
}
