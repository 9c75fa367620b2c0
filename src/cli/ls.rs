//! `patchbay ls`: which models there are, and where they go.

use std::time::Duration;

use serde::Deserialize;

use super::ask::{self, AskError};
use super::change::Router;
use super::console::Console;
use super::exit::Exit;
use super::models::{Model, Models};

/// Tells which models there are, and where they go.
///
/// As HTTP: curl -s 127.0.0.1:9998/admin/v1/status
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    router: Router,
}

#[derive(Debug, Deserialize)]
struct Look {
    models: Vec<Model>,
}

pub(super) fn ls(arguments: &Arguments, console: Console) -> Exit {
    show(&arguments.router, console).map_or_else(|error| error.tell(console), |()| Exit::Done)
}

fn show(router: &Router, console: Console) -> Result<(), AskError> {
    let admin = &router.admin;
    if router.json {
        console.json(&ask::status(admin, &["generation", "models"])?);
    } else {
        console.result(Models(&ask::get::<Look>(admin, "status", &[], Duration::ZERO)?.models));
    }
    Ok(())
}
