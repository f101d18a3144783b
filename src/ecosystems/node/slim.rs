//! What an install of npm, and the scripts that it runs, may need of the full image.

use super::FACTS;
use super::code as node;
use crate::programs::installs;
use crate::rewrite::Context;
use crate::semantics::commands::Command;
use crate::semantics::installs::{Install, Kind, Work, bare_name};
use crate::semantics::packages::{NPM, YARN};
use crate::syntax::ImageReference;

pub(super) fn installed(
    cx: &Context<'_>,
    command: &Command<'_>,
    install: &Install,
    _: &ImageReference,
) -> Result<Vec<String>, String> {
    match install.work {
        Work::Brings | Work::BringsAnew if *install.manager == NPM => npm(cx, command, install),
        Work::Brings | Work::BringsAnew if *install.manager == YARN => by_names(cx, command, install),
        Work::BringsForAll => wanted(install.packages.iter().map(|package| bare_name(package))),
        Work::Runs => scripts(cx, command, install).map(|()| Vec::new()),
        _ => Err(format!("what `{}` needs is not known", command.text(command.node.range))),
    }
}

/// The packages of Debian that packages of npm need and small images lack.
///
/// # Errors
/// The first that may need something else, or is not known.
fn wanted<'p>(packages: impl IntoIterator<Item = &'p str>) -> Result<Vec<String>, String> {
    let mut wanted = Vec::new();
    for package in packages {
        let names = node::wanted(package).ok_or_else(|| format!("what the package `{package}` needs is not known"))?;
        wanted.extend(names.into_iter().map(str::to_owned));
    }
    Ok(wanted)
}

/// What the packages that a manifest names need of Debian, where each is known, with all that it brings.
fn by_names(cx: &Context<'_>, command: &Command<'_>, install: &Install) -> Result<Vec<String>, String> {
    let manifest = manifest(cx, command, install)?;
    if install.manager.name == "yarn" && command.has_argument("global") {
        return wanted(install.packages.iter().map(|package| bare_name(package)));
    }
    if manifest.is_special() || manifest.unasked_script().is_some() || !install.packages.is_empty() {
        return Err("no package-lock.json says which packages are compiled".to_owned());
    }
    installs::settings(cx, command, install)?;
    let mut tables = vec!["dependencies", "optionalDependencies"];
    if !install.choices.iter().any(|choice| FACTS.has("choice without development", choice)) {
        tables.push("devDependencies");
    }
    let mut names = Vec::new();
    for table in tables {
        let packages = manifest.names(table).ok_or("`package.json` has packages that are not of the registry")?;
        names.extend(wanted(packages)?);
    }
    Ok(names)
}

/// That no package is compiled or fetched with git when it is installed; gives what they need of Debian.
fn npm(cx: &Context<'_>, command: &Command<'_>, install: &Install) -> Result<Vec<String>, String> {
    if !install.packages.is_empty() {
        return Err("what the packages need that it names is not known".to_owned());
    }
    if let Some(because) = install.compiles.as_ref().or(install.from.as_ref()) {
        return Err(format!("what it compiles for `{because}` is not known"));
    }
    let mut lock = None;
    for path in install.reads_of(Kind::Lock) {
        if installs::source_of(cx, command, path)?.is_some() {
            lock = Some(path);
            break;
        }
    }
    let Some(lock) = lock else { return by_names(cx, command, install) };
    let manifest = manifest(cx, command, install)?;
    let (lock, locked) = installs::text_of(cx, command, lock)?;
    if let Some(script) = manifest.unasked_script().filter(|_| install.runs_scripts_of_packages) {
        return Err(format!("npm runs the script `{script}` of `package.json` unasked"));
    }
    if manifest.is_special() || !node::is_lock_without_scripts(&locked) {
        return Err(format!(
            "`{lock}` has packages that run a script when they are installed, or are not of the registry"
        ));
    }
    installs::settings(cx, command, install)?;
    Ok(["dependencies", "optionalDependencies"].iter().flat_map(|table| manifest.of_debian(table)).collect())
}

/// That the scripts that it runs start nothing but tools that come as packages.
fn scripts(cx: &Context<'_>, command: &Command<'_>, install: &Install) -> Result<(), String> {
    let manifest = manifest(cx, command, install)?;
    let [_, name, _] = install.scripts.as_slice() else { return Ok(()) };
    if manifest.script(name).is_none() {
        return Err(format!("what `{name}` runs is not known"));
    }
    manifest.runs_tools_only(&install.scripts)
}

fn manifest(cx: &Context<'_>, command: &Command<'_>, install: &Install) -> Result<node::Manifest, String> {
    let path = install.reads_of(Kind::Manifest).next().ok_or("which packages it installs is not known")?;
    let (source, text) = installs::text_of(cx, command, path)?;
    node::Manifest::of(&text).ok_or(format!("`{source}` cannot be read"))
}
