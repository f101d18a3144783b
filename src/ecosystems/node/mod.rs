//! Programs for Node.js.

mod apart;
mod code;
mod manifests;
mod site;
mod slim;
mod split;

use super::{Ecosystem, Made, Slim, Variant, runs};
use crate::bases::around::Kept;
use crate::known::{Table, table};
use crate::programs::{Language, files};

const FACTS: Table = table!("facts.txt");

pub(super) const ECOSYSTEM: Ecosystem = Ecosystem {
    name: "Node.js",
    image: "node",
    facts: FACTS,
    language: &LANGUAGE,
    made: Made::Bundled,
    is_built: |cx, reference| reference.official() == Some("node") && runs(cx, FACTS, "package manager"),
    // npm is there, but what its scripts start may be pruned.
    kept: Kept::Shell(&["node"]),
    split: |sole, _| if site::is_served(sole) { &site::SPLIT } else { &split::SPLIT },
    slim: Some(Slim::Variant(Variant {
        installed: slim::installed,
        files: |cx, paths| files::native(paths).or_else(|| code::stranger(cx, paths)),
    })),
    manifests: Some(manifests::wants),
};

const LANGUAGE: Language = Language {
    is_code: code::is_code,
    is_source: |path| code::is_code(path) && path != MANIFEST,
    names_files: true,
    needs: code::needs,
    writes: |_| None,
};

/// The file that says what a project is made of.
pub(super) const MANIFEST: &str = "package.json";

/// The scripts of a manifest, a line each.
pub(super) fn scripts(text: &str) -> Option<String> {
    code::Manifest::of(text).map(|manifest| manifest.scripts())
}

/// What the script `name` runs, and what runs before and behind it.
pub(super) fn script(text: &str, name: &str) -> Option<Vec<String>> {
    let manifest = code::Manifest::of(text)?;
    manifest.script(name)?;
    let names = [format!("pre{name}"), name.to_owned(), format!("post{name}")];
    // What is started comes last.
    let order = [&names[0], &names[2], &names[1]];
    Some(order.into_iter().filter_map(|name| manifest.script(name)).map(str::to_owned).collect())
}

/// That the script `name` starts nothing but tools.
pub(super) fn runs_tools_only(text: &str, name: &str) -> Result<(), String> {
    let unread = || format!("the script `{name}` is not there");
    let manifest = code::Manifest::of(text).ok_or_else(unread)?;
    manifest.script(name).ok_or_else(unread)?;
    manifest.runs_tools_only(&[format!("pre{name}"), name.to_owned(), format!("post{name}")])
}

/// Whether an install runs scripts of the project.
pub(super) fn runs_unasked(text: &str) -> bool {
    code::Manifest::of(text).is_none_or(|manifest| manifest.unasked_script().is_some())
}

/// The first package of a lock file that brings things to the home of whoever installs it.
pub(super) fn brought_home(text: &str) -> Option<&'static str> {
    let lock = serde_json::from_str::<serde_json::Value>(text).ok();
    let packages = lock.as_ref().and_then(|lock| lock.get("packages")).and_then(serde_json::Value::as_object);
    FACTS.of("package in the home").find(|name| match packages {
        Some(packages) => packages
            .get(&format!("node_modules/{name}"))
            .is_some_and(|package| package.get("dev").is_none() && package.get("devOptional").is_none()),
        None => {
            let names = text.match_indices(*name).filter(|(at, _)| text[at + name.len()..].starts_with('@'));
            names.into_iter().any(|(at, _)| text[..at].is_empty() || text[..at].ends_with(['\n', '"', '\'', ' ']))
        }
    })
}
