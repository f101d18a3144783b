//! What pip, Poetry, uv and Pipenv read to install what requirements, `pyproject.toml` and `Pipfile` name.

use toml::Value;

use super::FACTS;
use crate::ecosystems::manifests::{Project, Wants, unclear};
use crate::programs::installs;
use crate::semantics::commands::Command;
use crate::semantics::installs::{Install, Kind, Work};
use crate::semantics::packages::{PIP, PIPENV, POETRY, UV};

pub(super) fn wants(project: &Project<'_>, command: &Command<'_>) -> Option<Result<Wants, String>> {
    let install = match Install::of(project.cx.build, command)? {
        Ok(install) => install,
        Err(because) => {
            let package = command.package_command()?;
            return (!package.manager.is_of_node() && package.installs()).then_some(Err(because));
        }
    };
    if install.manager.is_of_node() || install.work != Work::Brings {
        return None;
    }
    let reads = |kind: Kind| install.reads_of(kind).next().is_some();
    let wants = match install.manager {
        _ if reads(Kind::Requirements) => requirements(project, command),
        manager if [POETRY, UV, PIPENV].contains(manager) && reads(Kind::Manifest) => {
            of_project(project, command, &install)
        }
        _ if reads(Kind::Project) => return Some(Err(unclear(command))),
        _ => return None,
    };
    Some(wants.and_then(|wants| project.reads_by_variable(command, FACTS).map(|()| wants)))
}

/// What a command reads that names files with requirements.
fn requirements(project: &Project<'_>, command: &Command<'_>) -> Result<Wants, String> {
    let install = project.install(command, &[Kind::Requirements, Kind::Constraints, Kind::Settings])?;
    let is_elsewhere = |to: &String| to.starts_with('-') && to != "--user" && to != "--system";
    if ![PIP, UV].contains(install.manager) || install.to.as_ref().is_some_and(is_elsewhere) {
        return Err(unclear(command));
    }
    let listed = installs::listed(project.cx, command, &install)?;
    if let Some(project) = listed.projects.first() {
        return Err(format!("what is read to install `{project}` cannot be told"));
    }
    let mut wants = Wants::default();
    for file in &listed.files {
        if file.contains([' ', '$', '*', '?', '[']) {
            return Err(format!("the name of `{file}` would have to be quoted"));
        }
        wants.add(project, [file.as_str()]);
    }
    no_environment(project)?;
    Ok(wants)
}

fn no_environment(project: &Project<'_>) -> Result<(), String> {
    let is_environment = |file: &String| FACTS.sign("part of an environment of Python", file).is_some();
    match project.files.iter().any(is_environment) {
        true => Err("the build context has an environment of Python".to_owned()),
        false => Ok(()),
    }
}

/// What Poetry, uv and Pipenv read.
fn of_project(project: &Project<'_>, command: &Command<'_>, install: &Install) -> Result<Wants, String> {
    let manifest = install.manager.known().that("manifest ").find(|manifest| project.has(manifest));
    let Some(manifest) = manifest else {
        return Err(format!("the build context has no manifest of {} at its top", install.manager.name));
    };
    let text = project.text(manifest)?;
    let settings: Value = toml::from_str(&text).map_err(|_| format!("`{manifest}` cannot be read"))?;
    let kinds = match is_installed(&settings, install) {
        true => return Err("the project itself is installed with what it needs".to_owned()),
        false => [Kind::Manifest, Kind::Lock, Kind::Settings, Kind::Project],
    };
    project.install(command, &kinds)?;
    if let Some(sign) = FACTS.sign("sign of a package in the build context", &text) {
        return Err(format!("`{manifest}` says `{}`", sign.trim()));
    }
    let lock = install.manager.known().that("lock ").find(|lock| project.has(lock));
    if let Some(lock) = lock {
        let text = project.text(lock)?;
        if let Some(sign) = FACTS.sign("sign of a package in the build context of a lock", &text) {
            return Err(format!("`{lock}` says `{}`", sign.trim()));
        }
    }
    no_environment(project)?;
    let mut wants = Wants { fills: vec![".venv".to_owned()], ..Wants::default() };
    wants.add(project, [manifest].into_iter().chain(lock));
    wants.add(project, install.manager.known().that("settings of a project "));
    if *install.manager == UV {
        wants.add(project, [".python-version"]);
    }
    // Poetry refuses a lock file that does not fit.
    if *install.manager != POETRY || lock.is_none() {
        wants.rewrites = install.manager.known().that("lock ").next().map(str::to_owned);
    }
    Ok(wants)
}

/// Whether the project is a package that is installed too.
fn is_installed(settings: &Value, install: &Install) -> bool {
    let tool = |name: &str| settings.get("tool").and_then(|tool| tool.get(name));
    let is_off = |table: Option<&Value>, key: &str| {
        table.and_then(|table| table.get(key)).and_then(Value::as_bool) == Some(false)
    };
    let is_said = install.reads_of(Kind::Project).next().is_some();
    match install.manager {
        manager if *manager == POETRY => is_said && !is_off(tool("poetry"), "package-mode"),
        manager if *manager == UV => {
            let is_package = settings.get("build-system").is_some() && !is_off(tool("uv"), "package");
            let is_forced = tool("uv").and_then(|uv| uv.get("package")).and_then(Value::as_bool) == Some(true);
            is_said && (is_package || is_forced)
        }
        _ => is_said,
    }
}
