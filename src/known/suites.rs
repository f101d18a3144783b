//! What is known of releases of Debian and Ubuntu, by the code names that tags of images have.

use super::{Table, table};

static SUITES: Table = table!("suites.txt");

/// A release of Debian or Ubuntu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Suite {
    /// Its code name: `bookworm`.
    pub name: &'static str,
    /// `debian` or `ubuntu`.
    pub distribution: &'static str,
}

/// The release that is called `name`.
pub(crate) fn suite(name: &str) -> Option<Suite> {
    is_suite(name).then(|| all().find(|suite| suite.name == name)).flatten()
}

/// Whether `word` is the code name of a release.
pub(crate) fn is_suite(word: &str) -> bool {
    SUITES.get(word).is_some()
}

/// The releases that words of `text`, such as the name of an image, are the code names of.
pub(crate) fn named_in(text: &str) -> impl Iterator<Item = Suite> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(suite)
}

/// All releases, by their names.
pub(crate) fn all() -> impl Iterator<Item = Suite> {
    let distribution = |(name, fact): (_, &'static str)| Some((name, fact.strip_prefix("is of ")?));
    SUITES.all().filter_map(distribution).map(|(name, distribution)| Suite { name, distribution })
}

impl Suite {
    /// The numbers of its version: 12, or 24 and 4; `None` of one that has none, such as `sid`.
    pub fn version(self) -> Option<(u32, u32)> {
        let (major, minor) = self.number()?.split_once('.').unwrap_or((self.number()?, "0"));
        Some((major.parse().ok()?, minor.parse().ok()?))
    }

    /// Its version as it is written: `12`, `24.04`.
    pub fn number(self) -> Option<&'static str> {
        self.value("has the number")
    }

    /// Whether a fact without a value is true of it.
    pub fn is(self, property: &str) -> bool {
        SUITES.has(self.name, property)
    }

    /// The value of a fact that has one.
    pub fn value(self, property: &str) -> Option<&'static str> {
        SUITES.of(self.name).find_map(|fact| fact.strip_prefix(property)?.strip_prefix(' '))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_have_their_distribution_and_number() {
        let about = |name| suite(name).map(|suite| (suite.distribution, suite.version()));
        assert_eq!(about("bookworm"), Some(("debian", Some((12, 0)))));
        assert_eq!(about("noble"), Some(("ubuntu", Some((24, 4)))));
        assert_eq!(about("sid"), Some(("debian", None)));
        assert_eq!(about("slim"), None);
        assert!(is_suite("trixie") && !is_suite("trixie-slim") && !is_suite(""));
    }

    #[test]
    fn each_release_has_a_distribution_and_known_properties() {
        let properties = [
            "has .NET images",
            "has Temurin images",
            "has distroless images",
            "has an old pip",
            "has facts",
            "is from before 2014",
            "has the number",
            "is of",
            "is served",
        ];
        for (name, fact) in SUITES.all() {
            assert!(suite(name).is_some_and(|suite| ["debian", "ubuntu"].contains(&suite.distribution)), "{name}");
            assert!(properties.iter().any(|property| fact.starts_with(property)), "{name}: {fact}");
        }
        let unnumbered = all().filter(|suite| suite.version().is_none()).map(|suite| suite.name);
        assert_eq!(unnumbered.collect::<Vec<_>>(), ["sid"]);
    }
}
