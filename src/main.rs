//! The `dockeropt` program.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A chain makes many small things that live shortly, on several threads.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    dockeropt::cli::run()
}
