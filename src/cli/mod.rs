//! The command line: one file a subcommand, printing in one place.

mod arguments;
mod catalogue;
mod check;
mod explain;
mod fix;
mod init;
mod interactive;
mod list;
mod lsp;
mod map;
mod migrate;
mod parse;
mod report;
mod site;
mod verify;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use arguments::{Arguments, Command};

/// What a run comes to: the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Nothing to do, or done.
    Fine = 0,
    /// Something would change.
    WouldChange = 1,
    /// Something failed.
    Failed = 2,
}

use crate::examine::Failure;

/// Runs the program with the arguments of the process.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    arguments.color.apply();
    let verdict = match &arguments.command {
        Command::Fix(options) => fix::run(options),
        Command::Check(options) => check::run(options),
        Command::Verify(options) => verify::run(options),
        Command::Map(options) => map::run(options),
        Command::Migrate(options) => migrate::run(options),
        Command::Explain { id } => explain::run(id),
        Command::List { format } => list::run(*format),
        Command::Catalogue(options) => catalogue::run(options),
        Command::Lsp(options) => lsp::run(options),
        Command::Parse { path, format } => parse::run(path, *format),
        Command::Init { schema } => init::run(*schema),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "dockeropt", &mut script);
            report::print_bytes(&script).map(|()| Verdict::Fine)
        }
        Command::Man { directory } => explain::manual(directory.as_deref()),
    };
    match verdict {
        Ok(verdict) => ExitCode::from(verdict as u8),
        Err(failure) => {
            report::complain(&failure);
            ExitCode::from(Verdict::Failed as u8)
        }
    }
}
