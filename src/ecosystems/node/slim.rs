//! What an install of npm, and the scripts that it runs, may need of the full image.

use super::code as node;
use crate::programs::installs;
use crate::rewrite::Context;
use crate::semantics::commands::Command;
use crate::semantics::installs::{Install, Kind, Work};
use crate::semantics::packages::NPM;
use crate::syntax::ImageReference;

pub(super) fn installed(
    cx: &Context<'_>,
    command: &Command<'_>,
    install: &Install,
    _: &ImageReference,
) -> Result<Vec<String>, String> {
    needs_nothing(cx, command, install).map(|()| Vec::new())
}

fn needs_nothing(cx: &Context<'_>, command: &Command<'_>, install: &Install) -> Result<(), String> {
    match install.work {
        Work::Brings | Work::BringsAnew if *install.manager == NPM => npm(cx, command, install),
        Work::BringsForAll => Err("what the packages need that it names is not known".to_owned()),
        Work::Runs => scripts(cx, command, install),
        _ => Err(format!("what `{}` needs is not known", command.text(command.node.range))),
    }
}

/// That no package is compiled or fetched with git when it is installed.
fn npm(cx: &Context<'_>, command: &Command<'_>, install: &Install) -> Result<(), String> {
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
    let lock = lock.ok_or("no package-lock.json says which packages are compiled")?;
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
    installs::settings(cx, command, install)
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
