//! Settings of package managers that decide what is installed.

use super::line::Line;
use super::options::{self, Meaning};
use super::{Manager, NPM, POETRY, unwritten};

/// That the setting that `line` stores decides nothing about what is installed.
pub(super) fn stored(manager: &Manager, line: &Line<'_>) -> Result<(), String> {
    // Those of poetry are about where packages go, which is asked for with each install.
    if *manager == POETRY {
        return Ok(());
    }
    let words: Option<Vec<&str>> = line.operands.iter().map(|word| word.literal.as_deref()).collect();
    let words = words.ok_or_else(unwritten)?;
    let words = match words.as_slice() {
        ["get" | "list" | "ls" | "delete" | "unset" | "debug", ..] => return Ok(()),
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

/// That nothing in the text of an `.npmrc` decides what is installed, but from which registry, which a lock file says too.
///
/// # Errors
/// What does, or is not known.
pub fn npm_settings(text: &str) -> Result<(), String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    for line in lines {
        let (key, value) = line.split_once('=').unwrap_or((line, "true"));
        let (key, value) = (key.trim(), value.trim());
        let is_of_registry =
            key.starts_with("//") || key == "registry" || (key.starts_with('@') && key.ends_with(":registry"));
        // A cache beside the project is a folder in it.
        if key == "cache" && !value.starts_with('/') {
            return Err("`cache` in `.npmrc` names a folder of the project".to_owned());
        }
        if !is_of_registry {
            setting(&NPM, key, value).map_err(|_| format!("what `{key}` in `.npmrc` reads is not known"))?;
        }
    }
    Ok(())
}

fn setting(manager: &Manager, key: &str, value: &str) -> Result<(), String> {
    let name = format!("--{}", key.rsplit('.').next().unwrap_or(key).replace('_', "-"));
    let unknown = || format!("what `{key}` decides about what is installed is not known");
    let known = options::option(manager, &name).ok_or_else(unknown)?;
    match known.meaning {
        Meaning::Plain | Meaning::NoCache | Meaning::Cache | Meaning::NoScripts => Ok(()),
        Meaning::Registry if options::is_public(manager, value) => Ok(()),
        _ => Err(format!("`{key}` decides what is installed later")),
    }
}
