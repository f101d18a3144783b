//! The packages of an image, by the files that their managers keep of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::path;
use super::tree::Tree;

/// Names with versions, by manager. Some packages are there in several versions.
pub type Packages = BTreeMap<Manager, BTreeMap<String, BTreeSet<String>>>;

/// What installs packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manager {
    Dpkg,
    Apk,
    /// pip and others: whatever is in `site-packages` or `dist-packages`. Names are normalised as PEP 503 says.
    Python,
    /// npm and others: whatever is in `node_modules`.
    Npm,
}

pub(super) fn packages(tree: &Tree) -> Packages {
    let dpkg = text_files(tree, &["/var/lib/dpkg/status"], "/var/lib/dpkg/status.d");
    let apk = text_files(tree, &["/lib/apk/db/installed", "/usr/lib/apk/db/installed"], "");
    let managers: [(_, Vec<(String, String)>); 4] = [
        (Manager::Dpkg, dpkg.iter().flat_map(|text| text.split("\n\n")).filter_map(dpkg_package).collect()),
        (Manager::Apk, apk.iter().flat_map(|text| text.split("\n\n")).filter_map(apk_package).collect()),
        (Manager::Python, tree.iter().filter_map(|(path, _)| python_package(path)).collect()),
        (Manager::Npm, npm_packages(tree).collect()),
    ];
    let mut packages = Packages::new();
    for (manager, found) in managers {
        for (name, version) in found {
            packages.entry(manager).or_default().entry(name).or_default().insert(version);
        }
    }
    packages
}

/// The texts of files, and of all files in a folder.
fn text_files(tree: &Tree, files: &[&str], folder: &str) -> Vec<String> {
    let files = files.iter().filter_map(|file| tree.text(file));
    let in_folder = tree.children(folder).filter_map(|(path, _)| tree.text(path));
    files.chain(in_folder).map(|text| String::from_utf8_lossy(text).into_owned()).collect()
}

/// A package of dpkg, if it is installed. Images without dpkg, such as distroless, have no field `Status`.
fn dpkg_package(stanza: &str) -> Option<(String, String)> {
    let field = |name| field(stanza, name, ": ");
    let is_installed = field("Status").is_none_or(|status| status.ends_with(" installed"));
    is_installed.then_some((field("Package")?.to_owned(), field("Version")?.to_owned()))
}

fn apk_package(stanza: &str) -> Option<(String, String)> {
    Some((field(stanza, "P", ":")?.to_owned(), field(stanza, "V", ":")?.to_owned()))
}

fn field<'t>(stanza: &'t str, name: &str, separator: &str) -> Option<&'t str> {
    stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(separator)).map(str::trim)
}

/// A package of Python, by the name of its `NAME-VERSION.dist-info` or `NAME-VERSION-pyX.Y.egg-info`.
fn python_package(path: &[u8]) -> Option<(String, String)> {
    let (folder, name) = path::split(path)?;
    let (_, folder) = path::split(folder)?;
    if !matches!(folder, b"site-packages" | b"dist-packages") {
        return None;
    }
    let name = std::str::from_utf8(name).ok()?;
    let package = name.strip_suffix(".dist-info").or_else(|| name.strip_suffix(".egg-info"))?;
    let mut parts = package.split('-');
    let name = parts.next()?;
    Some((normalised(name), parts.next().unwrap_or_default().to_owned()))
}

/// The name as [PEP 503](https://peps.python.org/pep-0503/#normalized-names) compares it.
fn normalised(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}

fn npm_packages(tree: &Tree) -> impl Iterator<Item = (String, String)> {
    let packages = tree.iter().filter_map(|(_, node)| node.npm_package());
    packages.map(|package| (package.name.clone(), package.version.clone()))
}
