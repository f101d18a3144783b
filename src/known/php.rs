//! What is known of packages of Composer, and of extensions of PHP.

use super::Table;
use super::debian::in_suite;
use super::packages::Package;

static PHP: Table = Table::new(include_str!("php.txt"));

/// The package called `name`: `vendor/name`.
pub(crate) fn package(name: &str) -> Option<Package> {
    Package::new(PHP, name)
}

/// Whether the official images have an extension, such as `gd`, compiled in; `None` where nothing is known of it.
pub(crate) fn is_compiled_in(extension: &str) -> Option<bool> {
    Some(Package::new(PHP, &format!("ext-{extension}"))?.is("inside"))
}

/// The packages of a release of Debian that an extension links to there: at most, since one package may hold several extensions. `None` where
/// it is not known for the release.
pub(crate) fn libraries_of(extension: &str, suite: &str) -> Option<impl Iterator<Item = &'static str> + use<>> {
    let about = Package::new(PHP, &format!("ext-{extension}"))?;
    let libraries = in_suite(about.values("libraries"), suite)?;
    Some(libraries.split(',').filter(|library| *library != "none"))
}

/// Whether an extension links to libraries in any release of Debian; `None` where nothing is known of it.
pub(crate) fn needs_libraries(extension: &str) -> Option<bool> {
    let about = Package::new(PHP, &format!("ext-{extension}"))?;
    let mut libraries = about.values("libraries").peekable();
    libraries.peek()?;
    Some(!libraries.all(|value| value.ends_with(" none")))
}

impl Package {
    /// The extensions of PHP that it requires.
    pub fn extensions(&self) -> impl Iterator<Item = &'static str> {
        self.list("extensions")
    }

    /// The extensions of PHP that it uses where they are there.
    pub fn suggested_extensions(&self) -> impl Iterator<Item = &'static str> {
        self.list("may-extensions")
    }

    /// Whether Composer runs code of it when packages are installed.
    pub fn is_plugin(&self) -> bool {
        self.value("kind") == Some("composer-plugin")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_tell_what_they_link_to() {
        assert_eq!(
            (is_compiled_in("mbstring"), is_compiled_in("gd"), is_compiled_in("nothing")),
            (Some(true), Some(false), None)
        );
        assert_eq!(libraries_of("intl", "bookworm").map(Vec::from_iter), Some(vec!["libicu72"]));
        assert_eq!(libraries_of("redis", "bullseye").map(|it| it.count()), Some(0));
        assert!(libraries_of("intl", "jessie").is_none());
    }

    #[test]
    fn packages_tell_their_extensions() {
        assert!(package("laravel/horizon").unwrap().extensions().any(|extension| extension == "pcntl"));
        assert!(package("laravel/framework").unwrap().suggested_extensions().any(|extension| extension == "redis"));
        assert!(!package("laravel/framework").unwrap().is_plugin());
        assert!(package("cpliakas/git-wrapper").unwrap().needs().any(|need| need.name == "git"));
    }
}
