//! What the verbs that change the table have in common: on which conditions, and how it is told.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::admin_port::AdminPort;
use super::ask::{self, AskError, Change};
use super::console::Console;
use super::exit::Exit;
use crate::app::Answer;
use crate::table::{Hook, parse_duration};

/// The conditions of a change.
#[derive(Debug, clap::Args)]
pub(super) struct Conditions {
    /// Only if generation N serves, and nobody's edit is on its way
    #[arg(long, value_name = "N")]
    if_gen: Option<u64>,
    /// Only tell what would change
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Don't ask new backends first, nor wake those that sleep
    #[arg(long)]
    no_probe: bool,
    /// Why, for the history
    #[arg(short = 'm', long = "message", value_name = "WHY")]
    why: Option<String>,
    #[command(flatten)]
    pub(super) router: Router,
}

/// How long an answer may take.
#[derive(Debug, clap::Args)]
pub(super) struct Waiting {
    /// How long to wait until the change is live, 10m at most; 0 doesn't wait
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = wait)]
    pub(super) wait: Duration,
}

/// Which router, and how it is told.
#[derive(Debug, clap::Args)]
pub(super) struct Router {
    #[command(flatten)]
    pub(super) admin: AdminPort,
    /// Print a JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// A command for the router.
pub(super) struct Sent {
    path: &'static str,
    content_type: &'static str,
    body: Vec<u8>,
    already: Option<String>,
}

/// Reads a duration, or 0.
pub(super) fn wait(text: &str) -> Result<Duration, &'static str> {
    let duration = if text == "0" { Some(Duration::ZERO) } else { parse_duration(text) };
    duration.ok_or("write a duration such as 10s, or 0")
}

/// Sends a command that has no conditions, and tells what became of it.
pub(super) fn send(router: &Router, sent: Sent, patience: Duration, console: Console) -> Exit {
    let Sent { path, content_type, body, already } = sent;
    let change = Change { if_generation: None, content_type, body };
    match ask::post::<Answer>(&router.admin, path, &[], patience, change) {
        Ok(answer) => {
            show(&answer, already.as_deref(), router, console);
            Exit::Done
        }
        Err(error) => error.tell(console),
    }
}

fn show(answer: &Answer, already: Option<&str>, router: &Router, console: Console) {
    if router.json {
        console.json(answer);
    } else {
        console.result(told(answer, already));
    }
    answer.notes.iter().for_each(|note| console.talk(format_args!("note: {note}")));
}

// === impl Sent ===

impl Sent {
    /// A document, for the path below `/admin/v1/`.
    pub(super) fn text(path: &'static str, text: Vec<u8>) -> Self {
        Self { path, content_type: "application/yaml", body: text, already: None }
    }

    /// Nothing but the path; `already` is what is said if nothing has changed.
    pub(super) fn nothing(path: &'static str, already: &str) -> Self {
        Self { path, content_type: "application/json", body: Vec::new(), already: Some(already.to_owned()) }
    }

    /// A command; `already` is what is said if there is nothing to do.
    pub(super) fn json(path: &'static str, command: &impl Serialize, already: Option<String>) -> Self {
        let body = serde_json::to_vec(command).expect("our own values have text keys only");
        Self { path, content_type: "application/json", body, already }
    }
}

// === impl Conditions ===

impl Conditions {
    /// Sends a command and tells what became of it.
    pub(super) fn send(&self, sent: Sent, wait: Duration, console: Console) -> Exit {
        let already = sent.already.clone();
        match self.ask(sent, wait) {
            Ok(answer) => self.tell(&answer, already.as_deref(), wait, console),
            Err(error) => error.tell(console),
        }
    }

    /// Sends a command.
    pub(super) fn ask<T: DeserializeOwned>(&self, sent: Sent, wait: Duration) -> Result<T, AskError> {
        let Sent { path, content_type, body, .. } = sent;
        let text = if wait.is_zero() { "0".to_owned() } else { format!("{}ms", wait.as_millis()) };
        let mut query = vec![("wait", text.as_str())];
        query.extend(self.dry_run.then_some(("dry_run", "1")));
        query.extend(self.no_probe.then_some(("probe", "0")));
        query.extend(self.why.as_deref().map(|why| ("why", why)));
        let change = Change { if_generation: self.if_gen, content_type, body };
        // Before its own wait a command may have to wait for another one, and for a model to load.
        let before = wait.max(Duration::from_secs(10));
        let loading = if self.no_probe || self.dry_run { Duration::ZERO } else { Hook::LONGEST };
        ask::post(&self.router.admin, path, &query, before + loading + wait, change)
    }

    /// Tells what became of a command.
    pub(super) fn tell(
        &self,
        answer: &Answer,
        already: Option<&str>,
        wait: Duration,
        console: Console,
    ) -> Exit {
        show(answer, already, &self.router, console);
        if answer.pending && !self.dry_run && !wait.is_zero() { Exit::TimedOut } else { Exit::Done }
    }
}

/// Says what became of a change: `demo: blue -> green   generation 2 live in 3 ms`.
fn told(answer: &Answer, already: Option<&str>) -> String {
    let Answer { generation, took_ms, owner, .. } = answer;
    let state = match answer {
        Answer { dry_run: true, changed: true, .. } => "not written (--dry-run)".to_owned(),
        Answer { pending: true, .. } => format!("pending; generation {generation} still serves"),
        Answer { changed: false, .. } => format!("generation {generation}"),
        _ if answer.changes.is_empty() => format!("generation {generation} keeps serving"),
        _ => format!("generation {generation} live in {took_ms} ms"),
    };
    match answer.changes.as_slice() {
        [] if answer.changed => format!("{owner}: written, routes as before   {state}"),
        [] => match already {
            Some(already) => format!("{already}   {state}"),
            None => format!("{owner}: already so   {state}"),
        },
        [only] => format!("{only}   {state}"),
        several => format!("{}\n{state}", several.join("\n")),
    }
}
