//! The process that a RUN in shell form starts: which shell, with which options.

use std::sync::Arc;

use crate::known::COMMANDS;
use crate::syntax::shell::Dialect;
use crate::syntax::{Arguments, Instruction};

/// The shell that SHELL names, or that of the base image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shell {
    /// The words of the SHELL in force; `None` if the file has none, so that it is the base image's, which nearly always is `/bin/sh -c`.
    words: Option<Arc<[String]>>,
}

impl Shell {
    pub(super) fn of(instruction: &Instruction) -> Self {
        let Arguments::Json(strings) = instruction.arguments() else { return Self::default() };
        Self { words: Some(strings.iter().map(|string| string.value.clone()).collect()) }
    }

    /// The grammar of its scripts; `None` for PowerShell, cmd, Python and others that are no Unix shell.
    #[must_use]
    pub fn dialect(&self) -> Option<Dialect> {
        let Some(words) = &self.words else { return Some(Dialect::Bash) };
        let program = words.first()?.rsplit('/').next()?;
        let last_is_script = words.last().is_some_and(|word| word.starts_with('-') && word.ends_with('c'));
        match program {
            _ if !last_is_script => None,
            "bash" => Some(Dialect::Bash),
            _ => COMMANDS.has(program, "is a shell").then_some(Dialect::Posix),
        }
    }

    /// Whether a failing command ends the script (`-e`).
    #[must_use]
    pub fn stops_on_error(&self) -> bool {
        self.options().any(|option| option.contains('e') && !option.starts_with("--")) || self.names_option("errexit")
    }

    /// Whether files such as `/etc/profile` are read first (`-l`, `-i`), so that a script may find functions and aliases.
    #[must_use]
    pub fn reads_startup_files(&self) -> bool {
        self.options().any(|option| match option.strip_prefix("--") {
            Some(long) => long == "login" || long.starts_with("rcfile") || long.starts_with("init-file"),
            None => option.contains(['l', 'i']),
        })
    }

    fn options(&self) -> impl Iterator<Item = &str> {
        self.words
            .iter()
            .flat_map(|words| words.iter())
            .skip(1)
            .map(String::as_str)
            .filter(|word| word.starts_with('-'))
    }

    fn names_option(&self, name: &str) -> bool {
        self.words.iter().flat_map(|words| words.iter()).any(|word| word == name)
    }
}
