//! What is known of packages of Debian: what is linked to, what brings a command or a library.

use super::{Table, suites};

static BROUGHT: Table = Table::new(include_str!("brought.txt"));
static DEVELOPMENT: Table = Table::new(include_str!("development.txt"));

/// The packages that what is built with a -dev package links to when it runs, in a release of Debian such as `bookworm`. `None` where nothing is known of
/// it there: there is no such package, nothing is linked to, or it is not in the table.
pub(crate) fn run_time_of(package: &str, suite: &str) -> Option<impl Iterator<Item = &'static str> + use<>> {
    Some(in_suite(DEVELOPMENT.of(package), suite)?.split(','))
}

/// The package that brings a command in the PATH; `None` where several do or none is known. The table has what slim images lack and what packages of
/// Python, Node.js, Ruby and PHP need.
pub(crate) fn package_with_command(command: &str, suite: &str) -> Option<&'static str> {
    in_suite(BROUGHT.of(&format!("command {command}")), suite)
}

/// The package that brings a command in every release of which something is known.
pub(crate) fn package_of_all_with(command: &str) -> Option<&'static str> {
    let mut all =
        suites::all().filter(|suite| suite.is("has facts")).map(|suite| package_with_command(command, suite.name));
    let first = all.next()??;
    all.all(|other| other == Some(first)).then_some(first)
}

/// The package that brings a library, by its soname; as [`package_with_command`].
pub(crate) fn package_with_library(soname: &str, suite: &str) -> Option<&'static str> {
    in_suite(BROUGHT.of(&format!("library {soname}")), suite)
}

/// What a fact says of a release: its values start with the releases that each is of, or `*` for all that facts were collected of.
pub(super) fn in_suite(values: impl IntoIterator<Item = &'static str>, suite: &str) -> Option<&'static str> {
    let is_collected = suites::suite(suite).is_some_and(|suite| suite.is("has facts"));
    let mut facts = values.into_iter().filter_map(|value| value.split_once(' '));
    let is_of = |suites: &str| suites == "*" || suites.split(',').any(|it| it == suite);
    facts.find(|(suites, _)| is_collected && is_of(suites)).map(|(_, fact)| fact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn development_packages_have_their_libraries() {
        let run_time = |package, suite| run_time_of(package, suite).map(Vec::from_iter);
        assert_eq!(run_time("libpq-dev", "bookworm"), Some(vec!["libpq5"]));
        assert_eq!(run_time("libssl-dev", "bullseye"), Some(vec!["libssl1.1"]));
        assert_eq!(run_time("libssl-dev", "trixie"), Some(vec!["libssl3t64"]));
        assert_eq!(run_time("default-libmysqlclient-dev", "bookworm"), Some(vec!["libmariadb3"]));
        assert_eq!(run_time("libpq-dev", "noble"), None);
        assert_eq!(run_time("no-such-package", "bookworm"), None);
    }

    #[test]
    fn commands_and_libraries_have_their_packages() {
        assert_eq!(package_with_command("git", "trixie"), Some("git"));
        assert_eq!(package_with_command("no-such-command", "bookworm"), None);
        assert_eq!(package_with_library("libGL.so.1", "bookworm"), Some("libgl1"));
        assert_eq!(package_with_library("libicuuc.so.72", "bookworm"), Some("libicu72"));
    }
}
