//! `patchbay ls`: which models there are, and where they go.

use std::time::Duration;

use serde::Deserialize;

use super::ask::{self, AskError};
use super::console::Console;
use super::exit::Exit;
use super::models::{Model, Models};

/// Tells which models there are, and where they go.
///
/// As HTTP: curl -s 127.0.0.1:9998/admin/v1/status
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The running router's admin address [default: 127.0.0.1:9998]
    #[arg(long, value_name = "URL", env = "PATCHBAY_ADMIN")]
    admin: Option<String>,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Deserialize)]
struct Look {
    models: Vec<Model>,
}

pub(super) fn ls(arguments: &Arguments, console: Console) -> Exit {
    match show(arguments, console) {
        Ok(()) => Exit::Done,
        Err(error) => error.tell(console),
    }
}

fn show(arguments: &Arguments, console: Console) -> Result<(), AskError> {
    let admin = arguments.admin.as_deref();
    if arguments.json {
        console.json(&ask::status(admin, &["generation", "models"])?);
    } else {
        console.result(Models(&ask::get::<Look>(admin, "status", &[], Duration::ZERO)?.models));
    }
    Ok(())
}
