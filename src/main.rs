//! The `patchbay` binary.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Requests come and go on every thread, with bodies of any size: glibc's allocator maps each large one
/// anew and gives its pages back, which costs a large prompt more than all the rest.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    patchbay::cli::start()
}
