//! `patchbay status`.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::Value;

use super::age::Age;
use super::ask::{self, AskError};
use super::backends::Backend;
use super::change::Router;
use super::console::Console;
use super::exit::Exit;
use super::fleet::FleetTable;
use super::models::{Model, Models};
use super::top::{self, Every};
use crate::app::{Author, FleetReport, OverrideReport};

/// Tells how the running router is, or its whole fleet.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// All replicas on the same config center, with what each of them runs
    #[arg(long)]
    fleet: bool,
    /// Show it again every second, until Ctrl-C
    #[arg(long, conflicts_with = "json")]
    watch: bool,
    #[command(flatten)]
    router: Router,
}

/// How long the router may ask the config center.
const CENTER: Duration = Duration::from_secs(12);

/// What is told of a status.
#[derive(Debug, Deserialize)]
struct Status {
    version: String,
    generation: u64,
    digest: String,
    since: f64,
    listen: String,
    owner: String,
    watching: String,
    in_flight: u64,
    models: Vec<Model>,
    #[serde(default)]
    backends: Vec<Backend>,
    #[serde(default)]
    callers: Vec<Caller>,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    restart_needed: Vec<String>,
    last_applied: Option<Applied>,
    #[serde(default)]
    pending: Vec<Pending>,
    #[serde(default)]
    overrides: Vec<OverrideReport>,
    last_refused: Option<Refused>,
    center: Option<Center>,
}

/// A caller that has a limit.
#[derive(Debug, Deserialize)]
struct Caller {
    name: String,
    in_flight: u32,
    max_in_flight: Option<u32>,
    requests: Option<Allowance>,
    tokens: Option<Allowance>,
}

#[derive(Debug, Deserialize)]
struct Allowance {
    a_minute: u32,
    remaining: u32,
}

#[derive(Debug, Deserialize)]
struct Applied {
    by: Author,
}

#[derive(Debug, Deserialize)]
struct Pending {
    by: Author,
}

#[derive(Debug, Deserialize)]
struct Refused {
    report: String,
    by: Option<Author>,
}

#[derive(Debug, Deserialize)]
struct Center {
    up: bool,
    revision: Option<String>,
    age_s: Option<u64>,
    last_error: Option<String>,
}

pub(super) fn status(arguments: &Arguments, console: Console) -> Exit {
    let show = || if arguments.fleet { fleet(arguments, console) } else { router(arguments, console) };
    if arguments.watch {
        return top::again(Every::SECOND, None, console, show);
    }
    show().map_or_else(|error| error.tell(console), |()| Exit::Done)
}

fn fleet(arguments: &Arguments, console: Console) -> Result<(), AskError> {
    let report: FleetReport = ask::get(&arguments.router.admin, "fleet", &[], CENTER)?;
    if arguments.router.json {
        console.json(&report);
    } else {
        console.result(FleetTable(&report));
    }
    Ok(())
}

fn router(arguments: &Arguments, console: Console) -> Result<(), AskError> {
    let admin = &arguments.router.admin;
    if arguments.router.json {
        console.json(&ask::get::<Value>(admin, "status", &[], Duration::ZERO)?);
    } else {
        console.result(ask::get::<Status>(admin, "status", &[], Duration::ZERO)?);
    }
    Ok(())
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, in_flight, max_in_flight, requests, tokens } = self;
        write!(f, "caller {name}: {in_flight}")?;
        max_in_flight.map_or(Ok(()), |most| write!(f, "/{most}"))?;
        f.write_str(" in flight")?;
        for (what, allowance) in [("requests", requests), ("tokens", tokens)] {
            if let Some(Allowance { a_minute, remaining }) = allowance {
                write!(f, ", {remaining} of {a_minute} {what} a minute left")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, generation, digest, listen, owner, watching, in_flight, .. } = self;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let age =
            Age(now.saturating_sub(Duration::try_from_secs_f64(self.since).unwrap_or_default()).as_secs());
        writeln!(f, "patchbay {version} at {listen}   {in_flight} in flight")?;
        writeln!(f, "generation {generation} since {age}, digest {digest}, from {owner}, {watching}")?;
        if let Some(Applied { by }) = &self.last_applied {
            writeln!(f, "changed by {by}")?;
        }
        if let Some(Center { up, revision, age_s, last_error }) = &self.center {
            let revision =
                revision.as_deref().map(|revision| format!(", revision {revision}")).unwrap_or_default();
            let error = last_error.as_deref().map(|error| format!(": {error}")).unwrap_or_default();
            let read =
                age_s.filter(|_| !up).map(|age| format!(", last read {} ago", Age(age))).unwrap_or_default();
            writeln!(f, "config center {}{revision}{read}{error}", if *up { "up" } else { "down" })?;
        }
        write!(f, "{}", Models(&self.models))?;
        for mirrored in self.models.iter().filter_map(Model::mirrored) {
            writeln!(f, "{mirrored}")?;
        }
        for remark in self.backends.iter().flat_map(|backend| backend.remarks(now)) {
            writeln!(f, "{remark}")?;
        }
        for full in self.backends.iter().filter_map(Backend::full) {
            writeln!(f, "{full}")?;
        }
        for caller in &self.callers {
            writeln!(f, "{caller}")?;
        }
        for warning in &self.warnings {
            writeln!(f, "{}", warning.trim_end())?;
        }
        if !self.restart_needed.is_empty() {
            writeln!(f, "{} changed; restart needed", self.restart_needed.join(", "))?;
        }
        for OverrideReport { of, to, by, until, reason } in &self.overrides {
            let now = now.as_secs();
            let left = until.map(|until| format!(" for {} more", Age(until.saturating_sub(now))));
            let left = left.unwrap_or_default();
            writeln!(f, "override: {of} -> {to}{left}, by {by}; {reason}")?;
        }
        for Pending { by } in &self.pending {
            writeln!(f, "pending: a change by {by}")?;
        }
        match &self.last_refused {
            Some(Refused { report, by }) => {
                let by = by.as_ref().map(|by| format!(", a change by {by}")).unwrap_or_default();
                write!(f, "refused since{by}:\n{report}")
            }
            None => Ok(()),
        }
    }
}
