//! `patchbay wait`: for scripts that go on once a table is live everywhere.

use std::time::Duration;

use super::ask;
use super::change::Router;
use super::check::count;
use super::console::Console;
use super::exit::Exit;
use crate::app::{Replicas, WaitReport};
use crate::table::parse_duration;

/// Waits until replicas run a table.
///
/// Generations are counted by each replica for itself. `--generation N` asks for the table that
/// the router at --admin has as generation N or later, on so many replicas.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The table of this generation of the asked router, or of a later one
    #[arg(long, value_name = "N", required_unless_present = "digest", conflicts_with = "digest")]
    generation: Option<u64>,
    /// The table with this digest, as status and the response of readyz show it
    #[arg(long)]
    digest: Option<String>,
    /// How many replicas: all that live, or a number
    #[arg(long, value_name = "all|K", default_value = "all")]
    replicas: Replicas,
    /// How long to wait, 10m at most
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    timeout: Duration,
    #[command(flatten)]
    router: Router,
}

pub(super) fn wait(arguments: &Arguments, console: Console) -> Exit {
    let target = match (&arguments.digest, arguments.generation) {
        (Some(digest), _) => ("digest", digest.clone()),
        (None, generation) => ("generation", generation.unwrap_or_default().to_string()),
    };
    let (replicas, timeout) =
        (arguments.replicas.to_string(), format!("{}ms", arguments.timeout.as_millis()));
    let query =
        [(target.0, target.1.as_str()), ("replicas", replicas.as_str()), ("timeout", timeout.as_str())];
    let asked = ask::get::<WaitReport>(arguments.router.admin.as_deref(), "wait", &query, arguments.timeout);
    let report = match asked {
        Ok(report) => report,
        Err(error) => return error.tell(console),
    };
    if arguments.router.json {
        console.json(&report);
    }
    let WaitReport { reached, digest, running, wanted, waited_ms, problem, .. } = &report;
    if *reached {
        if !arguments.router.json {
            let digest = digest.as_deref().unwrap_or_default();
            console.result(format_args!("{} on {digest} after {waited_ms} ms", count(*running, "replica")));
        }
        return Exit::Done;
    }
    let problem = problem.as_deref().unwrap_or("not in time");
    console.talk(format_args!("timed out after {waited_ms} ms, {running} of {wanted}: {problem}"));
    Exit::TimedOut
}

pub(super) fn duration(text: &str) -> Result<Duration, &'static str> {
    parse_duration(text).ok_or("write a duration such as 30s")
}
