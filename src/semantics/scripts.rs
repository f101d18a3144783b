//! Scripts that commands start, and which of them build a project.

use super::commands::Command;
use crate::known::{COMMANDS, SIGNS};

/// Whether what is called `name` builds a project, and is not known to install packages of the system.
pub(super) fn builds(name: &str) -> bool {
    COMMANDS.has(name, "builds a project")
}

/// Whether the program runs scripts of a language: `python3.12` is one too.
pub(super) fn interprets(name: &str) -> bool {
    COMMANDS.has(name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'), "runs scripts of a language")
}

/// The script that `command` starts: itself, or the file that it hands to an interpreter or a shell.
pub(super) fn script_of<'r>(command: &Command<'r>) -> Option<&'r str> {
    let name = command.name()?;
    let program = command.words().first()?.literal.as_deref()?;
    if !interprets(name) && !command.known().has("runs scripts of a shell") {
        return Some(program);
    }
    for word in command.arguments() {
        let word = word.literal.as_deref()?;
        match word {
            // What runs then is text, or a module.
            _ if const { SIGNS.expect("option with which an interpreter runs no file") }.has(word) => return None,
            _ if word.starts_with('-') => {}
            _ => return Some(word),
        }
    }
    None
}
