//! `patchbay ramp`, `promote`, `pause`, `resume` and `abort`.

use std::time::{Duration, Instant};

use clap_complete::ArgValueCandidates;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ask::{self, AskError};
use super::change::{Conditions, Sent, wait};
use super::console::Console;
use super::exit::Exit;
use super::names;
use super::table::Table;
use crate::app::{Ramp, RampElsewhere, RampState};

/// How long the router may take until a step is live.
const LIVE: Duration = Duration::from_secs(10);
/// How often a ramp is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// Gives a new target a growing share of a model's requests, and goes back by itself if it does
/// worse than it may. Without a model: tells of all ramps.
#[derive(Debug, clap::Args)]
#[command(after_help = "The same with curl:
  curl -X POST localhost:9998/admin/v1/ramp -H 'If-Match: *' -H 'Content-Type: application/json' \\
    -d '{\"model\":\"demo\",\"to\":\"green\",\"steps\":[1,10,50,100],\"every\":\"2m\",\"abort_if\":\"errors>2%,ttft>2s\"}'
  curl localhost:9998/admin/v1/ramp
Guards: errors>2% (share of failed requests), ttft>2s (time to the first byte, p95), itl>80ms (time between
tokens, p95), or a factor to the old target: ttft>1.5x. A target that only fails is left after 5 requests.")]
pub(super) struct Arguments {
    /// The model, by its name or an alias
    #[arg(requires = "new", add = ArgValueCandidates::new(names::models))]
    model: Option<String>,
    /// The backend that is to get all requests in the end
    #[arg(add = ArgValueCandidates::new(names::backends))]
    new: Option<String>,
    /// Its share at each step, in per cent
    #[arg(long, value_name = "PERCENT", value_delimiter = ',', default_value = "1,10,50,100")]
    steps: Vec<u32>,
    /// How long a step lasts
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = wait)]
    every: Duration,
    /// When to go back [default: errors>5%,ttft>3x]
    #[arg(long, value_name = "GUARDS")]
    abort_if: Option<String>,
    /// How many requests to the new target a step waits for
    #[arg(long, value_name = "REQUESTS", default_value_t = 20)]
    least: u64,
    /// Also wait until it is over [with no duration: for a day]
    #[arg(long, value_name = "DURATION", num_args = 0..=1, default_missing_value = "24h", value_parser = wait)]
    wait: Option<Duration>,
    #[command(flatten)]
    conditions: Conditions,
}

/// The model of a ramp.
#[derive(Debug, clap::Args)]
#[command(after_help = "The same with curl (action: promote, pause, resume or abort):
  curl -X POST localhost:9998/admin/v1/ramp -H 'If-Match: *' -H 'Content-Type: application/json' \\
    -d '{\"model\":\"demo\",\"action\":\"promote\"}'")]
pub(super) struct Ramped {
    /// The model
    #[arg(add = ArgValueCandidates::new(names::models))]
    model: String,
    #[command(flatten)]
    conditions: Conditions,
}

#[derive(Debug, Deserialize)]
struct Listed {
    ramps: Vec<Ramp>,
    /// What other replicas drive.
    #[serde(default)]
    elsewhere: Vec<RampElsewhere>,
}

pub(super) fn ramp(arguments: &Arguments, console: Console) -> Exit {
    let Arguments { model: Some(model), new: Some(new), conditions, .. } = arguments else {
        return list(&arguments.conditions, console).unwrap_or_else(|error| error.tell(console));
    };
    let mut command = json!({
        "model": model,
        "to": new,
        "steps": arguments.steps,
        "every": format!("{}ms", arguments.every.as_millis()),
        "least": arguments.least,
    });
    if let Some(guards) = &arguments.abort_if {
        command["abort_if"] = json!(guards);
    }
    let exit = conditions.send(Sent::json("ramp", &command, None), LIVE, console);
    match arguments.wait {
        Some(limit) if exit == Exit::Done && !conditions.dry_run => {
            follow(model, limit, conditions, console).unwrap_or_else(|error| error.tell(console))
        }
        _ => exit,
    }
}

pub(super) fn promote(arguments: &Ramped, console: Console) -> Exit {
    act("promote", arguments, console)
}

pub(super) fn abort(arguments: &Ramped, console: Console) -> Exit {
    act("abort", arguments, console)
}

pub(super) fn pause(arguments: &Ramped, console: Console) -> Exit {
    hold("pause", arguments, console)
}

pub(super) fn resume(arguments: &Ramped, console: Console) -> Exit {
    hold("resume", arguments, console)
}

fn act(action: &str, Ramped { model, conditions }: &Ramped, console: Console) -> Exit {
    conditions.send(Sent::json("ramp", &json!({"model": model, "action": action}), None), LIVE, console)
}

/// A ramp that is held or let go changes no table, so its answer is another one.
fn hold(action: &str, Ramped { model, conditions }: &Ramped, console: Console) -> Exit {
    let sent = Sent::json("ramp", &json!({"model": model, "action": action}), None);
    match conditions.ask::<Listed>(sent, LIVE) {
        Ok(listed) => {
            if conditions.router.json {
                console.json(&json!({"schema": 1, "ramps": listed.ramps}));
            } else {
                console.result(rows(&listed));
            }
            Exit::Done
        }
        Err(error) => error.tell(console),
    }
}

fn list(conditions: &Conditions, console: Console) -> Result<Exit, AskError> {
    let admin = &conditions.router.admin;
    if conditions.router.json {
        console.json(&ask::get::<Value>(admin, "ramp", &[], Duration::ZERO)?);
        return Ok(Exit::Done);
    }
    let listed: Listed = ask::get(admin, "ramp", &[], Duration::ZERO)?;
    if listed.ramps.is_empty() && listed.elsewhere.is_empty() {
        console.talk("no model is being ramped");
    } else {
        console.result(rows(&listed));
    }
    Ok(Exit::Done)
}

/// Tells each step until a ramp is over.
fn follow(model: &str, limit: Duration, conditions: &Conditions, console: Console) -> Result<Exit, AskError> {
    let began = Instant::now();
    let mut told = String::new();
    while began.elapsed() < limit {
        let Listed { ramps, .. } = ask::get(&conditions.router.admin, "ramp", &[], Duration::ZERO)?;
        // Without one the model went there already.
        let Some(ramp) = ramps.into_iter().find(|ramp| ramp.model == model) else { return Ok(Exit::Done) };
        let now = state(&ramp);
        if now != told {
            console.talk(format_args!("{model}: {now}"));
            told = now;
        }
        match ramp.state {
            RampState::Running | RampState::Paused => std::thread::sleep(LOOK),
            RampState::Done => return Ok(Exit::Done),
            RampState::RolledBack(_) | RampState::Ended(_) => return Ok(Exit::Refused),
        }
    }
    console.talk(format_args!("timed out: {model} is at {told}; the ramp goes on"));
    Ok(Exit::TimedOut)
}

fn rows(listed: &Listed) -> Table {
    let head = ["MODEL", "TO", "STATE"].map(str::to_owned).to_vec();
    let row = |ramp: &Ramp, state| vec![ramp.model.clone(), ramp.new.clone(), state];
    let own = listed.ramps.iter().map(|ramp| row(ramp, state(ramp)));
    let others = listed.elsewhere.iter();
    let others = others.map(|RampElsewhere { at, ramp }| row(ramp, format!("{}, at {at}", state(ramp))));
    Table(std::iter::once(head).chain(own).chain(others).collect())
}

fn state(ramp: &Ramp) -> String {
    match &ramp.state {
        RampState::Running => ramp.told(),
        RampState::Paused => format!("{}, paused", ramp.told()),
        RampState::Done => "done".to_owned(),
        RampState::RolledBack(reason) => format!("rolled back: {reason}"),
        RampState::Ended(reason) => format!("ended: {reason}"),
    }
}
