//! `patchbay wait`: for scripts that go on once a table is live everywhere.

use std::time::{Duration, Instant};

use super::ask::{self, AskError};
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

/// How often somebody at a terminal hears how far it is.
const TURN: Duration = Duration::from_secs(1);

pub(super) fn wait(arguments: &Arguments, console: Console) -> Exit {
    let report = match waited(arguments, console) {
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

/// Asks once, or in turns where somebody looks on.
fn waited(arguments: &Arguments, console: Console) -> Result<WaitReport, AskError> {
    let began = Instant::now();
    let mut left = arguments.timeout;
    loop {
        let turn = if console.terminal { left.min(TURN) } else { left };
        let report = asked(arguments, turn)?;
        let waited = began.elapsed();
        left = arguments.timeout.saturating_sub(waited);
        if report.reached || !console.terminal || left.is_zero() {
            console.progress("");
            let millis = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
            let waited_ms = if console.terminal { millis } else { report.waited_ms };
            return Ok(WaitReport { waited_ms, ..report });
        }
        let all = count(report.wanted, "replica");
        console.progress(format_args!("{} of {all}, {:.0} s", report.running, waited.as_secs_f64()));
    }
}

fn asked(arguments: &Arguments, limit: Duration) -> Result<WaitReport, AskError> {
    let target = match (&arguments.digest, arguments.generation) {
        (Some(digest), _) => ("digest", digest.clone()),
        (None, generation) => ("generation", generation.unwrap_or_default().to_string()),
    };
    let (replicas, timeout) = (arguments.replicas.to_string(), format!("{}ms", limit.as_millis()));
    let query =
        [(target.0, target.1.as_str()), ("replicas", replicas.as_str()), ("timeout", timeout.as_str())];
    ask::get(&arguments.router.admin, "wait", &query, limit)
}

pub(super) fn duration(text: &str) -> Result<Duration, &'static str> {
    parse_duration(text).ok_or("write a duration such as 30s")
}
