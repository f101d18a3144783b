//! What is known of packages of npm.

use super::Table;
use super::packages::Package;

static NODE: Table = Table::new(include_str!("node.txt"));

/// What was read in releases.
static TARBALLS: Table = Table::new(include_str!("tarballs.txt"));

/// Whether npm runs a script of a package when it is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    Runs,
    /// In some versions.
    Sometimes,
    /// In none that was seen.
    None,
    /// In none up to this one; of later versions it is not said.
    NoneUpTo(&'static str),
}

/// The package called `name`, such as `@scope/name`.
pub(crate) fn package(name: &str) -> Option<Package> {
    Package::of_all([NODE, TARBALLS], name)
}

impl Package {
    /// Whether it has a script that npm runs; `None` where no lock file says so, or it is no package of npm.
    pub fn script(&self) -> Option<Script> {
        let mut words = self.value("script")?.split(' ');
        Some(match (words.next()?, words.next()) {
            ("no", None) => Script::None,
            ("no", Some(version)) => Script::NoneUpTo(version),
            ("mixed", _) => Script::Sometimes,
            _ => Script::Runs,
        })
    }

    /// Whether it depends on a helper that builds or loads native code, or is itself the build of another package for a platform.
    pub fn has_native_code(&self) -> bool {
        self.is("native") || self.is("platform")
    }

    /// The C libraries, `glibc` and `musl`, for which it depends on builds, and the machines of each, as Node.js calls them: `x64`.
    pub fn builds(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.values("built")
            .filter_map(|built| built.split_once(' '))
            .flat_map(|(libc, machines)| machines.split(',').map(move |machine| (libc, machine)))
    }

    /// Those among all that it depends on that have a script, native code or needs; `...` stands for more of them.
    /// None where [`Package::script`] is said and nothing is brought, as far as lock files tell of them.
    pub fn brings(&self) -> impl Iterator<Item = &'static str> {
        self.list("brings")
    }
}

#[cfg(test)]
mod tests {
    use super::super::packages::Clean;
    use super::*;

    #[test]
    fn scripts_and_native_code_are_told() {
        let express = package("express").unwrap();
        assert_eq!(
            (express.script(), express.clean(), express.brings().count()),
            (Some(Script::None), Some(Clean::Proven), 0)
        );
        assert_eq!(package("bcrypt").unwrap().script(), Some(Script::Runs));
        assert_eq!(package("sharp").unwrap().script(), Some(Script::Sometimes));
        assert!(matches!(package("@nestjs/core").unwrap().script(), Some(Script::Runs)));
        assert!(package("bcrypt").unwrap().has_native_code() && !express.has_native_code());
        assert!(package("esbuild").unwrap().builds().any(|built| built == ("glibc", "x64")));
        assert_eq!(package("next").unwrap().brings().collect::<Vec<_>>(), ["sharp"]);
        assert!(package("no-such-package-anywhere").is_none());
    }
}
