//! Settings of package managers: where they are, and whether they decide what is installed.

use super::line::Line;
use super::options::{self, Meaning};
use super::{unwritten, verbs};
use crate::semantics::commands::Command;
use crate::semantics::packages::{Manager, NPM, PIP, POETRY};

/// That the setting that `line` stores decides nothing about what is installed.
pub(super) fn stored(manager: &Manager, line: &Line<'_>) -> Result<(), String> {
    // Those of poetry are about where packages go, which is asked for with each install.
    if *manager == POETRY {
        return Ok(());
    }
    let words: Option<Vec<&str>> = line.operands.iter().map(|word| word.literal.as_deref()).collect();
    let words = words.ok_or_else(unwritten)?;
    let words = match words.as_slice() {
        [word, ..] if verbs::only_asks(manager, word) => return Ok(()),
        ["set", rest @ ..] => rest,
        all => all,
    };
    match words {
        [pair] if pair.contains('=') => {
            let (key, value) = pair.split_once('=').unwrap_or_default();
            setting(manager, key, value)
        }
        [key, value] => setting(manager, key, value),
        _ => Err(format!("what `{} {}` sets is not known", manager.name, line.verb)),
    }
}

/// Where `manager` looks for settings besides the folder of the project, for the user that `command` runs as.
pub(super) fn places(manager: &Manager, command: &Command<'_>) -> impl Iterator<Item = String> {
    let home = match command.run.user.as_deref() {
        None | Some("root" | "0") => "/root".to_owned(),
        Some(user) => format!("/home/{}", user.split(':').next().unwrap_or(user)),
    };
    let known = manager.known();
    let at_home = known.that("settings of a user ").map(move |path| format!("{home}/{path}"));
    known.that("settings of all users ").map(str::to_owned).chain(at_home)
}

/// That nothing in the text of the settings at `path` decides what is installed, but from which registry where a lock file says that too.
///
/// # Errors
/// What does, or is not known.
pub fn settings_of(manager: &Manager, path: &str, text: &str) -> Result<(), String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let manager = match name {
        ".npmrc" | "npmrc" => &NPM,
        "pip.conf" => &PIP,
        _ => return Err(format!("what `{path}` says to {} is not known", manager.name)),
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';', '[']));
    for line in lines {
        let (key, value) = line.split_once('=').unwrap_or((line, "true"));
        let (key, value) = (key.trim(), value.trim());
        let is_of_registry = *manager == NPM
            && (key.starts_with("//") || key == "registry" || (key.starts_with('@') && key.ends_with(":registry")));
        // A cache beside the project is a folder in it.
        let is_in_project = key == "cache" && !value.starts_with('/');
        if !is_of_registry && (is_in_project || setting(manager, key, value).is_err()) {
            return Err(format!("what `{key}` in `{name}` decides is not known"));
        }
    }
    Ok(())
}

fn setting(manager: &Manager, key: &str, value: &str) -> Result<(), String> {
    let name = format!("--{}", key.rsplit('.').next().unwrap_or(key).replace('_', "-"));
    let unknown = || format!("what `{key}` decides about what is installed is not known");
    let known = options::option(manager, &name).ok_or_else(unknown)?;
    match known.meaning {
        Meaning::Plain | Meaning::NoCache | Meaning::Cache | Meaning::PrefersCache | Meaning::NoScripts => Ok(()),
        Meaning::Registry if options::is_public(manager, value) => Ok(()),
        _ => Err(format!("`{key}` decides what is installed later")),
    }
}
