//! What is known of packages of PyPI.

use super::Table;
use super::packages::Package;

static PYTHON: Table = Table::new(include_str!("python.txt"));

/// What was read in wheels.
static WHEELS: Table = Table::new(include_str!("wheels.txt"));

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

/// The package called `name`, in any spelling: `Flask`, `ruamel_yaml`.
pub(crate) fn package(name: &str) -> Option<Package> {
    Package::of_all([PYTHON, WHEELS], &normalized(name))
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

    /// The first release from which on all for Python `3.minor` have wheels for Linux on x86-64 and on ARM.
    pub fn built(&self, minor: u32) -> Option<&'static str> {
        let python = format!("3.{minor} ");
        self.values("built").find_map(|value| value.strip_prefix(python.as_str()))
    }

    /// What it depends on besides with an extra; `None` where that is not known.
    pub fn extra(&self, name: &str) -> Option<impl Iterator<Item = &'static str>> {
        let extra = format!("{name} ");
        let names = self.values("extra").find_map(|value| value.strip_prefix(extra.as_str()))?;
        Some(names.split(',').filter(|name| !name.is_empty()))
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
pub(crate) fn normalized(name: &str) -> String {
    let words = name.split(['-', '_', '.']).filter(|word| !word.is_empty());
    Vec::from_iter(words).join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::packages::{Clean, Kind, Mark};
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
}
