//! Which packages a project wants, by its lock file or, without one, by its manifest.

use serde_json::Value as Json;
use toml::{Table as Toml, Value};

use super::FACTS;
use super::asked::Wanted;
use super::requirement::Requirement;
use crate::programs::installs;
use crate::rewrite::Context;
use crate::semantics::commands::Command;
use crate::semantics::installs::{Install, Kind};

/// What `install`, which `command` is, brings for the project that it works in, and whether that is all, with what each brings.
///
/// # Errors
/// What is not known of it, as a sentence.
pub(super) fn wanted(
    cx: &Context<'_>,
    command: &Command<'_>,
    install: &Install,
    minor: u32,
) -> Result<(Vec<Wanted>, bool), String> {
    let unread = |path: &str| format!("`{path}` cannot be read");
    let manifest = install.reads_of(Kind::Manifest).next().ok_or("which packages it installs is not known")?;
    let mut project = None;
    if installs::source_of(cx, command, manifest)?.is_some() && manifest.ends_with(".toml") {
        let (source, text) = installs::text_of(cx, command, manifest)?;
        let read = text.parse::<Toml>().map_err(|_| unread(&source))?;
        if let Some(tool) = builder(&read) {
            return Err(format!("`{source}` is built with `{tool}`"));
        }
        project = Some((source, read));
    }
    for path in install.reads_of(Kind::Lock) {
        if installs::source_of(cx, command, path)?.is_some() {
            let (source, text) = installs::text_of(cx, command, path)?;
            let wanted = of_lock(&text, &source, minor)?;
            return Ok((wanted.ok_or_else(|| unread(&source))?, true));
        }
    }
    let (source, project) = project.ok_or("which packages it installs is not known")?;
    Ok((of_manifest(&project).ok_or_else(|| format!("which packages `{source}` wants is not known"))?, false))
}

/// What builds the project of a manifest, if it may compile something.
fn builder(project: &Toml) -> Option<String> {
    let system = project.get("build-system")?;
    let requires = system.get("requires").and_then(Value::as_array)?;
    let names = requires.iter().map(|it| it.as_str().and_then(Requirement::of).map(|it| it.name).unwrap_or_default());
    let has_script = project.get("tool").and_then(|tool| tool.get("poetry")?.get("build")).is_some();
    let is_harmless =
        |name: &String| FACTS.has("builder without a compiler", name) || FACTS.has("tool of every image", name);
    if has_script { Some("a script".to_owned()) } else { names.into_iter().find(|name| !is_harmless(name)) }
}

/// The packages of a lock file of Poetry, uv, PDM or Pipenv.
fn of_lock(text: &str, path: &str, minor: u32) -> Result<Option<Vec<Wanted>>, String> {
    if let Ok(json) = serde_json::from_str::<Json>(text) {
        let section = |name: &str| json.get(name).and_then(Json::as_object).into_iter().flatten();
        let packages = section("default").chain(section("develop"));
        let mut wanted = Vec::new();
        for (name, package) in packages {
            let Some(version) = package.get("version").and_then(Json::as_str) else {
                return Err(format!("`{path}` has `{name}` from elsewhere than the public registry"));
            };
            wanted.push(locked(name, version, false));
        }
        return Ok(json.get("default").map(|_| wanted));
    }
    let Ok(lock) = text.parse::<Toml>() else { return Ok(None) };
    let Some(packages) = lock.get("package").and_then(Value::as_array) else { return Ok(None) };
    let mut wanted = Vec::new();
    for package in packages {
        let word = |key: &str| package.get(key).and_then(Value::as_str);
        let (Some(name), source) = (word("name"), package.get("source")) else { return Ok(None) };
        // The project itself.
        let is_own = source.is_some_and(|source| {
            ["editable", "virtual"].iter().any(|kind| source.get(kind).and_then(Value::as_str) == Some("."))
        });
        if is_own {
            continue;
        }
        let registry = source.and_then(|source| source.get("registry")).and_then(Value::as_str);
        if source.is_some() && registry != Some("https://pypi.org/simple") {
            return Err(format!("`{path}` has `{name}` from elsewhere than the public registry"));
        }
        let files = ["files", "wheels"].iter().filter_map(|key| package.get(key)?.as_array()).flatten();
        let names = files.filter_map(|file| file.get("file").or(file.get("url"))?.as_str());
        let names: Vec<_> = names.map(|name| name.rsplit('/').next().unwrap_or(name)).collect();
        // Images are built on both.
        let is_wheel = ["x86_64", "aarch64"].iter().all(|machine| names.iter().any(|name| fits(name, minor, machine)));
        wanted.push(locked(name, word("version").unwrap_or_default(), is_wheel));
    }
    Ok(Some(wanted))
}

fn locked(name: &str, version: &str, is_wheel: bool) -> Wanted {
    let text = format!("{name}=={}", version.trim_start_matches("=="));
    Wanted { requirement: Requirement::of(&text).unwrap_or_default(), is_wheel }
}

/// Whether the file called `name` is a wheel that Python `3.minor` takes on Linux with glibc 2.31 or newer, on `machine`.
fn fits(name: &str, minor: u32, machine: &str) -> bool {
    let Some(name) = name.strip_suffix(".whl") else { return false };
    let mut parts = name.rsplit('-');
    let (Some(platform), Some(abi), Some(python)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let is_platform = |platform: &str| {
        let Some(platform) = platform.strip_suffix(machine).and_then(|rest| rest.strip_suffix('_')) else {
            return platform == "any";
        };
        let glibc = platform.strip_prefix("manylinux_2_");
        FACTS.has("platform of a wheel", platform)
            || glibc.and_then(|glibc| glibc.parse::<u32>().ok()).is_some_and(|glibc| glibc <= 31)
    };
    let is_python = |python: &str| {
        let version = python.strip_prefix("cp3").or_else(|| python.strip_prefix("py3"));
        let version = version.map(|version| version.parse::<u32>().unwrap_or_default());
        let is_for_later = abi.split('.').any(|abi| abi == "abi3") || (abi == "none" && python.starts_with("py"));
        version.is_some_and(|version| version == minor || (is_for_later && version <= minor))
    };
    platform.split('.').any(is_platform) && python.split('.').any(is_python)
}

/// The packages that a manifest wants, without all that they bring.
fn of_manifest(project: &Toml) -> Option<Vec<Wanted>> {
    let texts = |value: Option<&Value>| -> Option<Vec<String>> {
        value?.as_array()?.iter().map(|it| it.as_str().map(str::to_owned)).collect()
    };
    let mut all = texts(project.get("project").and_then(|project| project.get("dependencies"))).unwrap_or_default();
    let poetry = project.get("tool").and_then(|tool| tool.get("poetry"));
    let mut groups = vec![poetry.and_then(|poetry| poetry.get("dependencies"))];
    groups.push(poetry.and_then(|poetry| poetry.get("dev-dependencies")));
    let named = poetry.and_then(|poetry| poetry.get("group")).and_then(Value::as_table).into_iter().flatten();
    groups.extend(named.map(|(_, group)| group.get("dependencies")));
    for (name, value) in groups.into_iter().flatten().filter_map(Value::as_table).flatten() {
        if name == "python" {
            continue;
        }
        let extras = value.get("extras").and_then(|extras| texts(Some(extras))).unwrap_or_default();
        // A version, or a table with one; anything else comes from elsewhere.
        let _version = value.as_str().or_else(|| value.get("version")?.as_str())?;
        all.push(if extras.is_empty() { name.clone() } else { format!("{name}[{}]", extras.join(",")) });
    }
    let others = project.get("dependency-groups").and_then(Value::as_table).into_iter().flatten();
    for (_, group) in others {
        all.extend(group.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned));
    }
    if all.is_empty() {
        return None;
    }
    let wanted = |text: &String| Some(Wanted { requirement: Requirement::of(text)?, is_wheel: false });
    all.iter().map(wanted).collect()
}
