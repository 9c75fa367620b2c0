//! `patchbay reload`.

use std::time::Duration;

use super::change::{Router, Sent, send};
use super::console::Console;
use super::exit::Exit;

/// How long the router may take to read and judge.
const PATIENCE: Duration = Duration::from_secs(20);

/// Has the router read what owns the table now, as SIGHUP does.
///
/// It reads by itself whenever something changes; this is for those who don't want to wait for a
/// poll, and for scripts that want to know whether the table is good.
#[derive(Debug, clap::Args)]
#[command(after_help = "The same with curl:
  curl -X POST localhost:9998/admin/v1/reload -H 'If-Match: *'")]
pub(super) struct Arguments {
    #[command(flatten)]
    router: Router,
}

pub(super) fn reload(arguments: &Arguments, console: Console) -> Exit {
    send(&arguments.router, Sent::nothing("reload", "read, unchanged"), PATIENCE, console)
}
