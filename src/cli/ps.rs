//! `patchbay ps`: what the backends do now.

use std::time::Duration;

use super::ask::{self, AskError};
use super::backends::Look;
use super::change::Router;
use super::console::Console;
use super::exit::Exit;
use super::table::Table;

/// Tells what each backend does: requests in flight, answered, failed, and how fast.
///
/// As HTTP: curl -s 127.0.0.1:9998/admin/v1/status
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    router: Router,
}

pub(super) fn ps(arguments: &Arguments, console: Console) -> Exit {
    show(&arguments.router, console).map_or_else(|error| error.tell(console), |()| Exit::Done)
}

fn show(router: &Router, console: Console) -> Result<(), AskError> {
    let admin = &router.admin;
    if router.json {
        console.json(&ask::status(admin, &["generation", "in_flight", "finishing", "backends"])?);
        return Ok(());
    }
    let look: Look = ask::get(admin, "status", &[], Duration::ZERO)?;
    let remarks = look.remarks().map(|line| line + "\n").collect::<String>();
    console.result(format_args!("{}{remarks}", Table(look.rows(None))));
    Ok(())
}
