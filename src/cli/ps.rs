//! `patchbay ps`: what the backends do now.

use std::time::Duration;

use super::ask::{self, AskError};
use super::backends::Look;
use super::console::Console;
use super::exit::Exit;
use super::table::Table;

/// Tells what each backend does: requests in flight, answered, failed, and how fast.
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

pub(super) fn ps(arguments: &Arguments, console: Console) -> Exit {
    match show(arguments, console) {
        Ok(()) => Exit::Done,
        Err(error) => error.tell(console),
    }
}

fn show(arguments: &Arguments, console: Console) -> Result<(), AskError> {
    let admin = arguments.admin.as_deref();
    if arguments.json {
        console.json(&ask::status(admin, &["generation", "in_flight", "finishing", "backends"])?);
        return Ok(());
    }
    let look: Look = ask::get(admin, "status", &[], Duration::ZERO)?;
    let endings = look.endings().map(|line| line + "\n").collect::<String>();
    console.result(format_args!("{}{endings}", Table(look.rows(None))));
    Ok(())
}
