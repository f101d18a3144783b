//! What the options of the package managers of Python and Node.js have to do with an install: a table for each.

use crate::known::{MANAGERS, Table, named, table};
use crate::semantics::packages::{Manager, NPM, PIP, PIPENV, PNPM, POETRY, UV, YARN};

/// The managers whose command lines are read.
pub(super) const READ: &[Manager] = &[PIP, UV, POETRY, PIPENV, NPM, YARN, PNPM];

named! {
    /// What an option has to do with what an install reads, brings, compiles and runs.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) enum Meaning {
        /// Nothing: it is about what is said, asked or waited for.
        Plain = "plain",
        /// The next word is a file with requirements.
        Requirements = "requirements",
        /// The next word is a file with versions.
        Constraints = "constraints",
        /// The next word is a file that is read besides.
        Reads = "reads",
        /// The next word is a project that is installed where it is.
        Editable = "editable",
        /// What has a wheel is compiled all the same.
        Compiles = "compiles",
        /// It chooses among packages and versions.
        Chooses = "chooses",
        /// Packages come from somewhere else than a registry.
        From = "from",
        /// The same, from the folder or page that the next word names.
        Links = "links",
        /// Packages come from the registry with this address.
        Registry = "registry",
        /// Packages go somewhere else.
        To = "to",
        /// The next word is the folder to work in.
        Folder = "folder",
        /// Nothing is kept in a cache.
        NoCache = "no-cache",
        /// The next word is the folder of the cache.
        Cache = "cache",
        /// The cache is read, and maybe nothing else.
        Offline = "offline",
        /// What is in the cache is not asked for again.
        PrefersCache = "prefers-cache",
        /// No script runs.
        NoScripts = "no-scripts",
        /// Packages are for all projects.
        Global = "global",
        /// It only says what it would do.
        Simulates = "simulates",
        /// The project itself is not installed.
        NoProject = "no-project",
        /// It is known, and what it brings is not followed.
        Unclear = "unclear",
    }
}

/// An option of a manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub meaning: Meaning,
    pub has_value: bool,
}

/// The options of all managers, one a line: the manager, the option, whether the next word is its value, its meaning.
pub(in crate::semantics) static OPTIONS: Table = table!("options.txt");

/// What `manager` knows the option `name` as.
pub(super) fn option(manager: &Manager, name: &str) -> Option<Known> {
    let row = manager.options.known(name).first()?;
    let (kind, meaning) = row.split_once(' ')?;
    Some(Known { meaning: Meaning::of(meaning)?, has_value: kind == "value" })
}

/// Whether packages from `address` are those of the public registry.
pub(super) fn is_public(manager: &Manager, address: &str) -> bool {
    let known = MANAGERS.known(if manager.is_of_node() { "node" } else { "python" });
    let place = address.split_once("://").map(|(_, place)| place.trim_end_matches('/'));
    place.is_some_and(|place| known.that("public registry ").any(|registry| registry == place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_of_a_manager_and_has_a_meaning() {
        for (key, value) in OPTIONS.all() {
            let (name, option) = key.split_once(' ').unwrap();
            let (kind, meaning) = value.split_once(' ').unwrap();
            let line = format!("{key} {value}");
            let manager = READ.iter().find(|manager| manager.name == name).unwrap_or_else(|| panic!("{line}"));
            let known = Known { meaning: Meaning::of(meaning).unwrap(), has_value: kind == "value" };
            assert_eq!(super::option(manager, option), Some(known), "{line}");
            assert!(["alone", "value"].contains(&kind), "{line}");
        }
        assert_eq!(super::option(&PIP, "--req"), None);
    }
}
