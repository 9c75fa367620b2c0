//! `patchbay apply`.

use std::io::Read;
use std::path::PathBuf;

use super::change::{Conditions, Sent, Waiting};
use super::console::Console;
use super::documents;
use super::exit::Exit;

/// Replaces the whole table of the running router.
///
/// The router writes it to what owns the table, and the answer comes once it is live. If the owner
/// holds that very text, nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "The same with curl:
  curl -X POST localhost:9998/admin/v1/apply -H 'If-Match: \"7\"' \\
    -H 'Content-Type: application/yaml' --data-binary @routes.yaml
If-Match is the generation that --if-gen names; * takes any. ?dry_run=1, ?wait=10s and ?why=… as here.")]
pub(super) struct Arguments {
    /// The table; - is standard input
    file: PathBuf,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    conditions: Conditions,
}

pub(super) fn apply(arguments: &Arguments, console: Console) -> Exit {
    let text = if arguments.file.as_os_str() == "-" {
        let mut text = Vec::new();
        std::io::stdin().read_to_end(&mut text).map(|_| text).map_err(|error| error.to_string())
    } else {
        documents::bytes_of(&arguments.file).map_err(|error| error.to_string())
    };
    match text {
        Ok(text) => arguments.conditions.send(Sent::text("apply", text), arguments.waiting.wait, console),
        Err(error) => {
            console.talk(format_args!("error: {error}"));
            Exit::Usage
        }
    }
}
