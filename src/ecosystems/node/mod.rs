//! Programs for Node.js.

mod code;
mod manifests;
mod site;
mod slim;
mod split;

use super::{Ecosystem, Made, Slim, runs};
use crate::bases::around::Kept;
use crate::known::Table;
use crate::programs::Language;

const FACTS: Table = Table::new(include_str!("facts.txt"));

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
    slim: Some(Slim { installed: slim::installed, files: |_, _, _| None }),
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
