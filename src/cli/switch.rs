//! `patchbay switch`: the everyday verb.

use clap_complete::ArgValueCandidates;
use serde_json::json;

use super::change::{Conditions, Sent, Waiting};
use super::console::Console;
use super::exit::Exit;
use super::names;

/// Points a model to another backend.
///
/// Changes that one value in what owns the table and no other byte; the answer comes once it is
/// live. If the model is there already, nothing is written. A new backend is first used as a client
/// would use it: one that doesn't answer refuses the switch.
#[derive(Debug, clap::Args)]
#[command(after_help = "The same with curl:
  curl -X POST localhost:9998/admin/v1/switch -H 'If-Match: *' -H 'Content-Type: application/json' \\
    -d '{\"model\":\"demo\",\"to\":\"green\"}'
If-Match is the generation that --if-gen names; * takes any. In the body also if_current, drain_old, for and why;
?dry_run=1, ?probe=0 and ?wait=10s as here.")]
pub(super) struct Arguments {
    /// The model, by its name or an alias
    #[arg(add = ArgValueCandidates::new(names::models))]
    model: String,
    /// The backend or URL that answers from now on; several share the requests
    #[arg(required = true, add = ArgValueCandidates::new(names::backends))]
    target: Vec<String>,
    /// Only if this answers for it now
    #[arg(long, value_name = "TARGET")]
    if_current: Option<String>,
    /// Also wait until backends that are asked no more have finished
    #[arg(long)]
    drain_old: bool,
    /// Only for so long, as an override in the router: the owner stays as it is
    #[arg(long = "for", value_name = "DURATION")]
    lasting: Option<String>,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    conditions: Conditions,
}

pub(super) fn switch(arguments: &Arguments, console: Console) -> Exit {
    let Arguments { model, target, if_current, drain_old, lasting, waiting, conditions } = arguments;
    let to = match target.as_slice() {
        [only] => json!(only),
        several => json!(several),
    };
    let mut command = json!({"model": model, "to": to, "drain_old": drain_old});
    if let Some(expected) = if_current {
        command["if_current"] = json!(expected);
    }
    if let Some(lasting) = lasting {
        command["for"] = json!(lasting);
    }
    let already = format!("{model}: already {}", target.join(", "));
    let sent = Sent::json("switch", &command, Some(already.clone()));
    let answer = match conditions.ask(sent, waiting.wait) {
        Ok(answer) => answer,
        Err(error) => return error.tell(console),
    };
    let exit = conditions.tell(&answer, Some(&already), waiting.wait, console);
    let busy: Vec<String> = answer
        .leaving
        .iter()
        .filter(|left| *drain_old && left.in_flight > 0)
        .map(|left| format!("{} has {} in flight", left.backend, left.in_flight))
        .collect();
    if busy.is_empty() || conditions.dry_run {
        return exit;
    }
    console.talk(format_args!("timed out after {:?}: {}", waiting.wait, busy.join(", ")));
    Exit::TimedOut
}
