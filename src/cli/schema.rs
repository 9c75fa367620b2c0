//! `patchbay schema`.

use super::console::Console;
use super::exit::Exit;
use crate::config;

pub(super) fn schema(console: Console) -> Exit {
    console.result(config::SCHEMA);
    Exit::Done
}
