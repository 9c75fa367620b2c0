//! `patchbay version`.

use serde_json::json;

use super::console::Console;
use super::exit::Exit;

/// Prints the version.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn version(arguments: &Arguments, console: Console) -> Exit {
    if arguments.json {
        console.json(&json!({
            "schema": 1,
            "name": "patchbay",
            "version": env!("CARGO_PKG_VERSION"),
            "system": std::env::consts::OS,
            "architecture": std::env::consts::ARCH,
        }));
    } else {
        console.result(format_args!("patchbay {}", env!("CARGO_PKG_VERSION")));
    }
    Exit::Done
}
