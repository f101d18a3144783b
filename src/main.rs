//! The `dockeropt` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    dockeropt::cli::run()
}
