//! The `patchbay` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    patchbay::cli::start()
}
