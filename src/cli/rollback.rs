//! `patchbay rollback`.

use serde_json::json;

use super::change::{Conditions, Sent, Waiting};
use super::console::Console;
use super::exit::Exit;

/// Goes back to the table of an earlier generation, which makes a new one.
///
/// The earlier text is written to what owns the table. Keys in a .env or in secret files are not
/// taken back; it is said if they are others than they were.
#[derive(Debug, clap::Args)]
#[command(after_help = "The same with curl:
  curl -X POST localhost:9998/admin/v1/rollback -H 'If-Match: \"7\"' -H 'Content-Type: application/json' \\
    -d '{\"generation\":6}'
If-Match is the generation that --if-gen names; * takes any. ?dry_run=1 and ?wait=10s as here.")]
pub(super) struct Arguments {
    /// The generation, as `patchbay history` shows it [default: the one before the present]
    generation: Option<u64>,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    conditions: Conditions,
}

pub(super) fn rollback(arguments: &Arguments, console: Console) -> Exit {
    let Arguments { generation, waiting, conditions } = arguments;
    let command = generation.map_or_else(|| json!({}), |generation| json!({"generation": generation}));
    conditions.send(Sent::json("rollback", &command, None), waiting.wait, console)
}
