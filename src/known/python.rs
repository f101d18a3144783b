//! What is known of packages of PyPI.

use std::collections::BTreeSet;

use super::Table;
use super::packages::{Clean, Need, Package};

static PYTHON: Table = Table::new(include_str!("python.txt"));

/// What a release has for Linux, by the lock files that name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Files {
    /// Wheels without native code.
    Pure,
    /// Wheels with native code.
    Wheel,
    /// Wheels with native code for some machines, and one without for all others.
    Both,
    /// Only its source, which is built when it is installed.
    Source,
    /// Different by version.
    Mixed,
    /// Nothing.
    OtherSystems,
}

/// Packages with all that they bring.
#[derive(Clone, Debug, Default)]
pub(crate) struct Whole {
    /// All of them, by their normalised names.
    pub names: BTreeSet<String>,
    /// Those that need something, and what.
    pub needs: Vec<(String, Need)>,
    /// Those of which nothing is known, or not what they depend on.
    pub unknown: Vec<String>,
    /// The weakest ground for believing of one that it needs nothing; of those that need nothing and are known.
    pub clean: Option<Clean>,
}

/// The package called `name`, in any spelling: `Flask`, `ruamel_yaml`.
pub(crate) fn package(name: &str) -> Option<Package> {
    Package::new(PYTHON, &normalized(name))
}

/// The packages with all that they depend on, extras aside: by the newest versions that were seen, so a lock file of the project knows better.
pub(crate) fn whole<'n>(names: impl IntoIterator<Item = &'n str>) -> Whole {
    let mut whole = Whole::default();
    let mut todo: Vec<_> = names.into_iter().map(normalized).collect();
    while let Some(name) = todo.pop() {
        if !whole.names.insert(name.clone()) {
            continue;
        }
        let Some(package) = package(&name) else {
            whole.unknown.push(name);
            continue;
        };
        todo.extend(package.dependencies().map(str::to_owned));
        match package.clean() {
            Some(clean) => whole.clean = Some(whole.clean.map_or(clean, |weakest| weakest.min(clean))),
            None => whole.needs.extend(package.needs().map(|need| (name.clone(), need))),
        }
        if package.files().is_none() {
            whole.unknown.push(name);
        }
    }
    whole
}

impl Package {
    /// What its releases have for Linux; `None` where no lock file names it, and nothing is known of what it depends on either.
    pub fn files(&self) -> Option<Files> {
        Some(match self.value("kind")? {
            "pure" => Files::Pure,
            "wheel" => Files::Wheel,
            "both" => Files::Both,
            "source" => Files::Source,
            "other-os" => Files::OtherSystems,
            _ => Files::Mixed,
        })
    }

    /// What its newest version depends on on Linux, under conditions too, without extras.
    pub fn dependencies(&self) -> impl Iterator<Item = &'static str> {
        self.list("with")
    }

    /// The packages of Debian's newest release that it links to where it is built from source.
    pub fn links(&self) -> impl Iterator<Item = &'static str> {
        self.list("links")
    }

    /// The modules that it brings, where they are not called as it is.
    pub fn modules(&self) -> impl Iterator<Item = &'static str> {
        self.list("modules")
    }

    /// Whether Debian builds it with native code.
    pub fn is_native_in_debian(&self) -> bool {
        self.is("native")
    }
}

/// As PyPI compares names: in lower case, with a single `-` for each run of `-`, `_` and `.`.
fn normalized(name: &str) -> String {
    let words = name.split(['-', '_', '.']).filter(|word| !word.is_empty());
    Vec::from_iter(words).join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::packages::{Kind, Mark};
    use super::*;

    #[test]
    fn packages_are_found_in_every_spelling() {
        assert!(
            package("Flask").is_some() && package("typing_extensions").is_some() && package("ruamel.yaml").is_some()
        );
        assert!(package("no-such-package-anywhere").is_none());
    }

    #[test]
    fn what_packages_need_is_told_with_its_ground() {
        assert_eq!(package("requests").unwrap().clean(), Some(Clean::Proven));
        assert_eq!(package("numpy").unwrap().clean(), Some(Clean::Proven), "its wheel was read");
        assert_eq!(package("numpy").unwrap().files(), Some(Files::Wheel));
        assert_eq!(package("gitpython").unwrap().clean(), None);
        let git = package("gitpython").unwrap().needs().next().unwrap();
        assert_eq!((git.kind, git.name, git.is_conditional, git.mark), (Kind::Command, "git", false, Mark::Nixpkgs));
        let opencv = package("opencv-python").unwrap();
        assert!(opencv.needs().any(|need| need.name == "libGL.so.1" && need.mark == Mark::Wheel));
        assert_eq!(package("psycopg2").unwrap().links().collect::<Vec<_>>(), ["libpq5"]);
        assert!(package("psycopg2").unwrap().is_native_in_debian());
        assert_eq!(package("beautifulsoup4").unwrap().modules().collect::<Vec<_>>(), ["bs4"]);
    }

    #[test]
    fn what_is_brought_counts() {
        let flask = whole(["flask"]);
        assert!(flask.names.contains("werkzeug") && flask.needs.is_empty() && flask.unknown.is_empty());
        assert!(flask.clean >= Some(Clean::Unsaid));
        assert_eq!(whole(["no-such-package-anywhere"]).unknown, ["no-such-package-anywhere"]);
    }
}
