//! What npm, yarn, pnpm and bun read to install what `package.json` names, and which scripts they run then.

use serde_json::Value;

use super::{FACTS, MANIFEST};
use crate::ecosystems::manifests::{Project, Wants, only_options, words};
use crate::semantics::commands::Command;
use crate::semantics::installs::{Install, Kind, Work, settings_of, unasked_scripts};
use crate::semantics::packages::{Manager, NPM, PNPM};

const MODULES: &str = "node_modules";

pub(super) fn wants(project: &Project<'_>, command: &Command<'_>) -> Option<Result<Wants, String>> {
    if command.name() == Some("bun") {
        return bun(project, command);
    }
    let install = match Install::of(project.cx.build, command)? {
        Ok(install) => install,
        Err(because) => {
            let package = command.package_command()?;
            return (package.manager.is_of_node() && package.installs()).then_some(Err(because));
        }
    };
    let is_of_project = install.packages.is_empty() && install.reads_of(Kind::Manifest).next().is_some();
    let brings = matches!(install.work, Work::Brings | Work::BringsAnew);
    (install.manager.is_of_node() && brings && is_of_project).then(|| read(project, command))
}

fn read(project: &Project<'_>, command: &Command<'_>) -> Result<Wants, String> {
    let install = project.install(command, &[Kind::Manifest, Kind::Lock, Kind::Settings])?;
    project.reads_by_variable(command, FACTS)?;
    if let Some(to) = install.to {
        return Err(format!("`{to}` says where packages go"));
    }
    let manager = install.manager;
    let lock = manager.known().that("lock ").find(|lock| project.has(lock));
    if lock.is_none() && install.work == Work::BringsAnew {
        return Err(format!("the build context has no lock file of {} at its top", manager.name));
    }
    let mut wants = manifest(project, lock)?;
    let own = FACTS.of("file with settings that may name more").find(|file| project.has(file));
    if let Some(own) = own {
        return Err(format!("what `{own}` makes it read cannot be told"));
    }
    if *manager == PNPM && project.has("pnpm-workspace.yaml") {
        let text = project.text("pnpm-workspace.yaml")?;
        if let Some(sign) = FACTS.sign("sign of more in a workspace", &text) {
            return Err(format!("`pnpm-workspace.yaml` says `{}`", sign.trim_end_matches(':')));
        }
        wants.add(project, ["pnpm-workspace.yaml"]);
    }
    settings(project, &mut wants)?;
    if install.runs_scripts_of_packages {
        scripts(project, manager, lock)?;
    }
    let is_frozen = install.work == Work::BringsAnew || lock.is_some_and(|lock| is_in_step(project, lock) == Ok(true));
    wants.rewrites =
        (!is_frozen).then(|| lock.or_else(|| manager.known().that("lock ").last()).unwrap_or_default().to_owned());
    Ok(wants)
}

fn bun(project: &Project<'_>, command: &Command<'_>) -> Option<Result<Wants, String>> {
    let words = words(command)?;
    let (verb, options) = words.split_first()?;
    if !FACTS.has("verb of bun that installs", verb) || options.iter().any(|word| !word.starts_with('-')) {
        return None;
    }
    let read = || {
        project.is_here(command)?;
        project.reads_by_variable(command, FACTS)?;
        only_options(options, FACTS, "option of an install of bun")?;
        let lock = FACTS.of("lock of bun").find(|lock| project.has(lock));
        let mut wants = manifest(project, lock)?;
        let more = FACTS.of("file with settings of bun").find(|file| project.has(file));
        if let Some(more) = more {
            return Err(format!("what `{more}` makes it read cannot be told"));
        }
        settings(project, &mut wants)?;
        if !options.contains(&"--ignore-scripts") {
            of_project(project)?;
            known_names(project, None)?;
        }
        wants.rewrites = Some(lock.unwrap_or("bun.lock").to_owned());
        Ok(wants)
    };
    Some(read())
}

/// The manifest and the lock file, which name packages of registries alone.
fn manifest(project: &Project<'_>, lock: Option<&str>) -> Result<Wants, String> {
    if !project.has(MANIFEST) {
        return Err("the build context has no `package.json` at its top".to_owned());
    }
    let text = project.text(MANIFEST)?;
    let json: Value = serde_json::from_str(&text).map_err(|_| "`package.json` cannot be read".to_owned())?;
    if json.get("workspaces").is_some() {
        return Err("the project has workspaces".to_owned());
    }
    if let Some(path) = of_context(&json, true) {
        return Err(format!("`package.json` names `{path}`"));
    }
    if text.contains("\"patchedDependencies\"") {
        return Err("`package.json` names patches".to_owned());
    }
    let mut wants = Wants { fills: vec![MODULES.to_owned()], ..Wants::default() };
    wants.add(project, [MANIFEST]);
    for path in lock.into_iter().filter(|path| *path != "bun.lockb") {
        let text = project.text(path)?;
        if FACTS.sign("sign of a package in the build context", &text).is_some() {
            return Err(format!("`{path}` names packages in the build context"));
        }
        if FACTS.sign("sign of another kind of install", &text).is_some() {
            return Err(format!("`{path}` is for a manager that may read more"));
        }
    }
    wants.add(project, lock);
    Ok(wants)
}

/// A version in `json`, at its top or in a list of packages, that is a place in the build context.
fn of_context(json: &Value, is_top: bool) -> Option<String> {
    match json {
        Value::Object(map) => {
            let is_list =
                |key: &str| !is_top || FACTS.has("list of packages", key) || FACTS.has("list of other versions", key);
            map.iter().filter(|(key, _)| is_list(key)).find_map(|(_, value)| of_context(value, false))
        }
        Value::String(version) => {
            let is_place = FACTS.of("start of a place in the build context").any(|start| version.starts_with(start));
            let is_archive =
                FACTS.of("ending of an archive").any(|ending| version.ends_with(ending)) && !version.contains("://");
            (is_place || is_archive).then(|| version.clone())
        }
        _ => None,
    }
}

/// That no setting in `.npmrc` names other files.
fn settings(project: &Project<'_>, wants: &mut Wants) -> Result<(), String> {
    if !project.has(".npmrc") {
        return Ok(());
    }
    let text = project.text(".npmrc")?;
    let names_none = |line: &&str| {
        let key = line.split('=').next().unwrap_or_default().trim().trim_end_matches("[]");
        FACTS.has("setting that names no file", key)
    };
    let rest: Vec<_> = text.lines().filter(|line| !names_none(line)).collect();
    settings_of(&NPM, ".npmrc", &rest.join("\n"))?;
    wants.add(project, [".npmrc"]);
    Ok(())
}

/// That no script of the project runs, and none of a package that may read the project.
fn scripts(project: &Project<'_>, manager: &Manager, lock: Option<&str>) -> Result<(), String> {
    of_project(project)?;
    if *manager == NPM
        && let Some(lock) = lock
    {
        let text = project.text(lock)?;
        let json: Value =
            serde_json::from_str(&text).map_err(|_| format!("`{lock}` is not written as npm writes it"))?;
        if let Some(packages) = json.get("packages").and_then(Value::as_object) {
            let runs = |package: &Value| package.get("hasInstallScript").and_then(Value::as_bool) == Some(true);
            let names = packages.iter().filter(|(_, package)| runs(package)).map(|(path, _)| name_in(path));
            let mut unknown = names.filter(|name| !FACTS.has("package with a harmless script", name));
            return unknown.next().map_or(Ok(()), |name| Err(may_read(name)));
        }
    }
    known_names(project, lock)
}

fn may_read(package: &str) -> String {
    format!("the install script of `{package}` may read the sources")
}

fn name_in(path: &str) -> &str {
    path.rsplit("node_modules/").next().unwrap_or(path)
}

/// That no package is known to have a script that reads the project, as far as manifest and lock file name them.
fn known_names(project: &Project<'_>, lock: Option<&str>) -> Result<(), String> {
    let texts =
        [Some(MANIFEST), lock].into_iter().flatten().map(|path| project.text(path)).collect::<Result<Vec<_>, _>>()?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_./@".contains(c);
    let is_named = |name: &&str| {
        texts.iter().any(|text| {
            // In a manifest a name is a key; in a lock file a version stands behind it, but where it may be there and is not.
            let mark = if text.trim_start().starts_with('{') { '"' } else { '@' };
            let stands = |at: usize| !text[..at].ends_with(is_part) && text[at + name.len()..].starts_with(mark);
            text.match_indices(*name).any(|(at, _)| stands(at))
        })
    };
    FACTS.of("package with a script that reads the project").find(is_named).map_or(Ok(()), |name| Err(may_read(name)))
}

/// That the project has no script that runs unasked.
fn of_project(project: &Project<'_>) -> Result<(), String> {
    if project.has("binding.gyp") {
        return Err("npm builds what `binding.gyp` says".to_owned());
    }
    let json: Value = serde_json::from_str(&project.text(MANIFEST)?).unwrap_or_default();
    let script = |name: &&str| json.get("scripts").and_then(|scripts| scripts.get(*name)).and_then(Value::as_str);
    let runs =
        |name: &&str| script(name).is_some_and(|script| !FACTS.has("harmless script of a project", script.trim()));
    unasked_scripts().find(runs).map_or(Ok(()), |name| Err(format!("npm runs the `{name}` script of the project")))
}

/// Whether the lock file of npm at `lock` says the same as the manifest, so that an install leaves it as it is.
fn is_in_step(project: &Project<'_>, lock: &str) -> Result<bool, String> {
    let parse = |path: &str| serde_json::from_str::<Value>(&project.text(path)?).map_err(|error| error.to_string());
    let (manifest, locked) = (parse(MANIFEST)?, parse(lock)?);
    let root = locked.get("packages").and_then(|packages| packages.get(""));
    Ok(root.is_some_and(|root| FACTS.of("list of packages").all(|list| manifest.get(list) == root.get(list))))
}
