//! `patchbay openapi`.

use super::console::Console;
use super::exit::Exit;
use crate::app::OPENAPI;

pub(super) fn openapi(console: Console) -> Exit {
    console.result(OPENAPI);
    Exit::Done
}
