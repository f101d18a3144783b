//! Scripts that commands start, and which of them build a project.

use super::commands::Command;
use crate::text::Words;

/// Scripts that build a project and are not known to install packages.
pub(super) static BUILD: Words = Words::new(&[
    "configure",
    "Configure",
    "config",
    "autogen.sh",
    "gradlew",
    "mvnw",
    "waf",
    "buildconf",
    "manage.py",
    "artisan",
    "bundle",
    "composer",
    "composer.phar",
    "composer-setup.php",
    "console",
    "get-pip.py",
    "get-poetry.py",
    "install-poetry.py",
    "pip",
    "rails",
    "rake",
    "setup.py",
    "yarn.js",
]);

/// Whether the program runs scripts of a language: `python3.12` is one too.
pub(super) fn interprets(name: &str) -> bool {
    const INTERPRETERS: &[&str] = &["node", "nodejs", "perl", "php", "python", "ruby", "tclsh"];
    INTERPRETERS.contains(&name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'))
}

/// The script that `command` starts: itself, or the file that it hands to an interpreter or a shell.
pub(super) fn script_of<'r>(command: &Command<'r>) -> Option<&'r str> {
    let name = command.name()?;
    let program = command.words().first()?.literal.as_deref()?;
    if !interprets(name) && !matches!(name, "sh" | "bash" | "dash" | "ash" | "zsh" | "source" | ".") {
        return Some(program);
    }
    for word in command.arguments() {
        let word = word.literal.as_deref()?;
        match word {
            // What runs then is text, or a module.
            "-c" | "-e" | "-m" | "-p" | "-r" | "-" | "--version" | "--eval" | "--print" => return None,
            _ if word.starts_with('-') => {}
            _ => return Some(word),
        }
    }
    None
}
