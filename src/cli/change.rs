//! What the verbs that change the table have in common: on which conditions, and how it is told.

use std::time::Duration;

use super::ask::{self, AskError, Change};
use super::console::Console;
use super::exit::Exit;
use crate::app::Answer;
use crate::table::parse_duration;

/// The conditions of a change.
#[derive(Debug, clap::Args)]
pub(super) struct Conditions {
    /// Only if generation N serves, and nobody's edit is on its way
    #[arg(long, value_name = "N")]
    if_gen: Option<u64>,
    /// Only tell what would change
    #[arg(long)]
    dry_run: bool,
    /// How long to wait until the change is live, 10m at most; 0 doesn't wait
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = wait)]
    wait: Duration,
    /// Why, for the history
    #[arg(short = 'm', long = "message", value_name = "WHY")]
    why: Option<String>,
    #[command(flatten)]
    router: Router,
}

/// Which router, and how it is told.
#[derive(Debug, clap::Args)]
pub(super) struct Router {
    /// The running router's admin address [default: 127.0.0.1:9998]
    #[arg(long, value_name = "URL", env = "PATCHBAY_ADMIN")]
    pub(super) admin: Option<String>,
    /// Print a JSON object
    #[arg(long)]
    pub(super) json: bool,
}

fn wait(text: &str) -> Result<Duration, &'static str> {
    let duration = if text == "0" { Some(Duration::ZERO) } else { parse_duration(text) };
    duration.ok_or("write a duration such as 10s, or 0")
}

// === impl Conditions ===

impl Conditions {
    /// Sends a document and tells what became of it.
    pub(super) fn send_text(&self, path: &str, text: Vec<u8>, console: Console) -> Exit {
        self.send(path, "application/yaml", text, console)
    }

    fn send(&self, path: &str, content_type: &'static str, body: Vec<u8>, console: Console) -> Exit {
        match self.ask(path, Change { if_generation: self.if_gen, content_type, body }) {
            Ok(answer) => self.tell(&answer, console),
            Err(error) => error.tell(console),
        }
    }

    fn ask(&self, path: &str, change: Change) -> Result<Answer, AskError> {
        let wait = format!("{}ms", self.wait.as_millis());
        let wait = if self.wait.is_zero() { "0" } else { wait.as_str() };
        let mut query = vec![("wait", wait)];
        query.extend(self.dry_run.then_some(("dry_run", "1")));
        query.extend(self.why.as_deref().map(|why| ("why", why)));
        ask::post(self.router.admin.as_deref(), path, &query, self.wait + self.wait, change)
    }

    fn tell(&self, answer: &Answer, console: Console) -> Exit {
        if self.router.json {
            console.json(answer);
        } else {
            console.result(told(answer));
        }
        answer.notes.iter().for_each(|note| console.talk(format_args!("note: {note}")));
        if answer.pending && !self.dry_run && !self.wait.is_zero() { Exit::TimedOut } else { Exit::Done }
    }
}

/// Says what became of a change: `demo: blue -> green   generation 2 live in 3 ms`.
fn told(answer: &Answer) -> String {
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
        [] => format!("{owner}: already so   {state}"),
        [only] => format!("{only}   {state}"),
        several => format!("{}\n{state}", several.join("\n")),
    }
}
