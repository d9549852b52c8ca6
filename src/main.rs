//! The `tenure` command.

use std::process::ExitCode;

use tenure::cli;

/// Parallel aggregation allocates from every thread at once, where the system's allocator waits.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
