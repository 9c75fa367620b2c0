//! `patchbay drain`, `maint` and `ready`: one backend out of service, and back.

use std::time::{Duration, Instant};

use clap_complete::ArgValueCandidates;
use serde::Deserialize;
use serde_json::json;

use super::ask::{self, AskError};
use super::change::{Conditions, Sent, wait};
use super::console::Console;
use super::exit::Exit;
use super::names;
use crate::table::{BackendState, is_member};

/// How long the router may take until the state is live.
const LIVE: Duration = Duration::from_secs(10);
/// How often it is asked what is still in flight.
const LOOK: Duration = Duration::from_millis(100);
/// How often that is told where it can't be written over.
const TELL: Duration = Duration::from_secs(5);

/// Takes a backend out of service: it finishes what it has and gets nothing new.
#[derive(Debug, clap::Args)]
#[command(after_help = "The same with curl:
  curl -X POST localhost:9998/admin/v1/drain -H 'If-Match: *' -H 'Content-Type: application/json' \\
    -d '{\"backend\":\"blue\",\"state\":\"drain\"}'
The state is drain, maint or ready. In the body also force and why; ?dry_run=1 and ?wait=10s, which is for
the state to be live. What is in flight stands in localhost:9998/admin/v1/status.")]
pub(super) struct Drain {
    /// The backend
    #[arg(add = ArgValueCandidates::new(names::backends))]
    backend: String,
    /// Also wait until it has finished [with no duration: for 10m]
    #[arg(long, value_name = "DURATION", num_args = 0..=1, default_missing_value = "10m", value_parser = wait)]
    wait: Option<Duration>,
    /// Even if nothing is left that answers for a model
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    conditions: Conditions,
}

/// Takes a backend out of service for work on it: it finishes what it has, and nothing is expected of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "The same with curl: see `patchbay drain --help`, with \"state\":\"maint\"")]
pub(super) struct Maint {
    /// The backend
    #[arg(add = ArgValueCandidates::new(names::backends))]
    backend: String,
    /// Even if nothing is left that answers for a model
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    conditions: Conditions,
}

/// Puts a backend back into service.
#[derive(Debug, clap::Args)]
#[command(after_help = "The same with curl: see `patchbay drain --help`, with \"state\":\"ready\"")]
pub(super) struct Ready {
    /// The backend
    #[arg(add = ArgValueCandidates::new(names::backends))]
    backend: String,
    #[command(flatten)]
    conditions: Conditions,
}

/// The part of a status that tells what is in flight.
#[derive(Debug, Deserialize)]
struct Status {
    backends: Vec<Backend>,
}

#[derive(Debug, Deserialize)]
struct Backend {
    name: String,
    in_flight: u64,
}

pub(super) fn drain(arguments: &Drain, console: Console) -> Exit {
    let Drain { backend, wait, force, conditions } = arguments;
    let exit = put(backend, BackendState::Drain, *force, conditions, console);
    match wait {
        Some(limit) if exit == Exit::Done && !conditions.dry_run => {
            finished(backend, *limit, conditions, console).unwrap_or_else(|error| error.tell(console))
        }
        Some(_) | None => exit,
    }
}

pub(super) fn maint(arguments: &Maint, console: Console) -> Exit {
    let Maint { backend, force, conditions } = arguments;
    put(backend, BackendState::Maint, *force, conditions, console)
}

pub(super) fn ready(arguments: &Ready, console: Console) -> Exit {
    put(&arguments.backend, BackendState::Ready, false, &arguments.conditions, console)
}

fn put(backend: &str, state: BackendState, force: bool, conditions: &Conditions, console: Console) -> Exit {
    let command = json!({"backend": backend, "state": state, "force": force});
    let already = format!("backend {backend}: already {}", state.told());
    conditions.send(Sent::json("drain", &command, Some(already)), LIVE, console)
}

/// Waits until a backend, be it a pool, has nothing in flight.
fn finished(
    backend: &str,
    limit: Duration,
    conditions: &Conditions,
    console: Console,
) -> Result<Exit, AskError> {
    let began = Instant::now();
    let mut told = began;
    loop {
        let status: Status = ask::get(&conditions.router.admin, "status", &[], Duration::ZERO)?;
        let members = status.backends.iter().filter(|member| is_member(&member.name, backend));
        let left: u64 = members.map(|member| member.in_flight).sum();
        let seconds = began.elapsed().as_secs_f64();
        if left == 0 {
            console.progress("");
            console.talk(format_args!("{backend}: nothing in flight after {seconds:.1} s"));
            return Ok(Exit::Done);
        }
        console.progress(format_args!("{backend}: {left} in flight, {seconds:.0} s"));
        if !console.terminal && (told == began || told.elapsed() >= TELL) {
            console.talk(format_args!("{backend}: {left} in flight"));
            told = Instant::now();
        }
        if began.elapsed() >= limit {
            console.progress("");
            console.talk(format_args!("timed out after {seconds:.1} s: {backend} has {left} in flight"));
            return Ok(Exit::TimedOut);
        }
        std::thread::sleep(LOOK);
    }
}
