//! Programs in Rust, and what `Cargo.toml` says of them.

use toml::{Table, Value};

use super::FACTS;
use crate::programs::{Needs, Source, files};
use crate::rewrite::Context;
use crate::semantics::joined;

pub(super) fn is_code(path: &str) -> bool {
    // Below `src` a folder is a module, whatever its name.
    let is_of_others =
        path.split('/').take_while(|folder| *folder != "src").any(|folder| FACTS.has("folder of others", folder));
    is_manifest(path) || (path.ends_with(".rs") && !is_of_others)
}

pub(crate) fn is_manifest(path: &str) -> bool {
    path == "Cargo.toml" || path.ends_with("/Cargo.toml")
}

/// The names of the programs that `Cargo.toml` describes, if the code lies where it mostly does.
pub(crate) fn programs(manifest: &str) -> Option<Vec<String>> {
    let manifest: Table = manifest.parse().ok()?;
    let name = |table: &Value| table.get("name")?.as_str().map(str::to_owned);
    match manifest.get("bin") {
        Some(programs) => programs.as_array()?.iter().map(name).collect(),
        None => Some(vec![name(manifest.get("package")?)?]),
    }
}

/// Files among `paths` of the build context that go into the program by `include_str!` and `include_bytes!`; `None` if the code is not known.
pub(crate) fn embedded(cx: &Context<'_>, paths: &[String]) -> Option<Vec<String>> {
    let code: Vec<_> = paths.iter().map(String::as_str).filter(|path| path.ends_with(".rs")).collect();
    let texts = files::texts(cx, &code)?;
    let included = code.iter().zip(&texts).flat_map(|(path, text)| {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let calls = ["include_str!(\"", "include_bytes!(\""].into_iter().flat_map(|call| text.match_indices(call));
        let names = calls.filter_map(|(at, call)| text[at + call.len()..].split('"').next());
        names.map(move |name| joined(&format!("/{folder}"), name)[1..].to_owned())
    });
    Some(included.collect())
}

pub(super) fn needs(sources: &[Source<'_>], _: &[String]) -> Needs {
    let (manifests, code): (Vec<Source<'_>>, Vec<Source<'_>>) =
        sources.iter().copied().partition(|(path, _)| is_manifest(path));
    let mut needs = Needs::by_signs(&code, FACTS);
    let of_manifest = match manifests.as_slice() {
        [(path, text)] => special(text).map(|because| format!("`{path}` {because}")),
        [] => Some("no Cargo.toml says what it is made of".to_owned()),
        [_, (path, _), ..] => Some(format!("`{path}` is of a second package")),
    };
    let script = code.iter().find(|(path, _)| *path == "build.rs" || path.ends_with("/build.rs"));
    let script = script.map(|(path, _)| format!("`{path}` decides what it is linked to"));
    let process = code.iter().find_map(|(path, text)| Some(format!("`{path}` has `{}`", process(text)?)));
    needs.libraries = of_manifest.or(script).or(needs.libraries);
    let of_root = manifests.iter().find_map(|(path, text)| {
        let manifest = text.parse::<Table>().ok()?;
        let mut packages = manifest.get("dependencies")?.as_table()?.keys();
        let package = packages.find(|package| FACTS.has("package for root", package))?;
        Some(format!("`{path}` depends on `{package}`"))
    });
    needs.system = of_root.or(process).or(needs.system);
    needs
}

/// Whether a feature may link to libraries of the system, or need its certificates.
fn is_of_system(feature: &str) -> bool {
    FACTS.sign("part of a feature of system", feature).is_some()
}

/// What `Cargo.toml` has that may tie the program to the image.
fn special(text: &str) -> Option<String> {
    let Ok(manifest) = text.parse::<Table>() else { return Some("cannot be read".to_owned()) };
    if let Some(table) = manifest.keys().find(|key| !FACTS.has("table of a manifest", key)) {
        return Some(format!("has `{table}`"));
    }
    let value = |table: &str, key: &str| manifest.get(table).and_then(|table| table.get(key));
    let is_empty = |value: &Value| value.as_table().is_some_and(Table::is_empty);
    if manifest.get("workspace").is_some_and(|workspace| !is_empty(workspace)) {
        return Some("has several packages".to_owned());
    }
    if let Some(key) = FACTS.of("special key of a manifest").find(|key| value("package", key).is_some()) {
        return Some(format!("has `{key}`"));
    }
    if value("lib", "crate-type").is_some() || value("lib", "crate_type").is_some() {
        return Some("makes a library".to_owned());
    }
    let features = manifest.get("features").and_then(Value::as_table).into_iter().flatten();
    let mut features = features.flat_map(|(_, features)| features.as_array().into_iter().flatten());
    if let Some(feature) = features.find_map(|feature| feature.as_str().filter(|feature| is_of_system(feature))) {
        return Some(format!("has the feature `{feature}`"));
    }
    let dependencies = manifest.get("dependencies")?;
    let Some(dependencies) = dependencies.as_table() else { return Some("cannot be read".to_owned()) };
    dependencies.iter().find_map(|(name, dependency)| {
        if !FACTS.has("package", name) {
            return Some(format!("depends on `{name}`"));
        }
        let options = dependency.as_table()?;
        if let Some(option) = options.keys().find(|option| !FACTS.has("option of a dependency", option)) {
            return Some(format!("says `{option}` of `{name}`"));
        }
        let features = options.get("features").and_then(Value::as_array).into_iter().flatten();
        let feature = features.filter_map(Value::as_str).find(|feature| is_of_system(feature))?;
        Some(format!("has the feature `{feature}` of `{name}`"))
    })
}

/// The first use of the module `process` that may start another program.
fn process(text: &str) -> Option<String> {
    text.match_indices("process").find_map(|(at, word)| {
        let is_word = !text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
        let rest = &text[at + word.len()..];
        let member = rest.strip_prefix("::")?.split(|end: char| !end.is_alphanumeric()).next().unwrap_or_default();
        (is_word && !FACTS.has("harmless member of process", member)).then(|| format!("process::{member}"))
    })
}
