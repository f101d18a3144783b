//! What the words of a tag are: versions, distributions, and names that move.

use crate::known::{TAGS, suites};

pub(super) fn words(tag: &str) -> impl Iterator<Item = &str> {
    tag.split('-')
}

/// Whether a tag is meant to move: `edge`, `rc-slim`.
pub(super) fn is_moving(tag: &str) -> bool {
    words(tag).next().is_some_and(|word| TAGS.has(word, "moves"))
}

/// The version that a tag names: of the product, not of the distribution it is built on. Date stamps count.
pub(super) fn version<'t>(image: &str, tag: &'t str) -> Option<&'t str> {
    versions(image, tag).next()
}

/// All versions that a tag names, that of the product first.
pub(super) fn versions<'t>(image: &str, tag: &'t str) -> impl Iterator<Item = &'t str> {
    let mut before = "";
    words(tag).filter_map(move |word| {
        let bare = word.strip_prefix(image).unwrap_or(word);
        let of_distribution = is_distribution(std::mem::replace(&mut before, word));
        (!of_distribution && unprefixed(bare).starts_with(|c: char| c.is_ascii_digit())).then_some(bare)
    })
}

/// The version without the `v` before it.
fn unprefixed(version: &str) -> &str {
    version.strip_prefix('v').unwrap_or(version)
}

/// How precisely a tag names versions of what else is in the image, such as the Java that Tomcat runs on: `jdk25`, `php8.4`, `otp-29`.
/// `None` if one is exact.
pub(super) fn others(tag: &str, version: &str, release: &str) -> Option<usize> {
    let others = words(tag).filter(|word| *word != version && !names_suite(word, release));
    let precise = others.map(precision).filter(|numbers| *numbers > 0);
    precise.map(|numbers| (numbers < 3).then_some(numbers)).sum()
}

/// How many numbers a version has.
pub(super) fn precision(version: &str) -> usize {
    version.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty()).count()
}

/// Whether a version is one of a cycle or the cycle itself.
pub(super) fn is_within(version: &str, cycle: &str) -> bool {
    unprefixed(version)
        .strip_prefix(unprefixed(cycle))
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether a version is the name of a cycle.
pub(super) fn is_cycle(version: &str, cycle: &str) -> bool {
    unprefixed(version) == cycle
}

/// Whether a version is, or holds, a day: `20260805`.
pub(super) fn is_dated(version: &str) -> bool {
    version.split(|c: char| !c.is_ascii_digit()).any(|number| number.len() >= 6)
}

/// Whether a tag is of something that is not out yet: `3.15-rc`, `8.6.0beta3`.
pub(super) fn is_early(tag: &str) -> bool {
    words(tag).any(|word| {
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let letters = &letters[letters.rfind(|c: char| !c.is_ascii_alphabetic()).map_or(0, |at| at + 1)..];
        TAGS.has(&letters.to_ascii_lowercase(), "is early")
    })
}

/// Whether a tag names the release of the distribution it is built on: `3.14-trixie`, `jre-alpine3.23`, `ubuntu-24.04`.
/// `release` is that of the build, if it is known.
pub(super) fn names_suite(tag: &str, release: &str) -> bool {
    let mut before = "";
    words(tag).any(|word| {
        let of_distribution = is_distribution(std::mem::replace(&mut before, word));
        let name = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        suites::is_suite(word)
            || !release.is_empty() && word == release && !word.starts_with(|c: char| c.is_ascii_digit())
            || name.len() < word.len() && (is_distribution(name) || name.is_empty() && of_distribution)
    })
}

/// The words of a tag that are neither versions nor releases nor say how new it is, those with a version without it: `alpine` of `3.14-alpine3.24`.
pub(super) fn variants<'t>(image: &str, tag: &'t str) -> impl Iterator<Item = &'t str> {
    let names = words(tag).filter(|word| !suites::is_suite(word)).filter(move |word| !word.starts_with(image));
    let names = names.map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'));
    names
        .filter(|name| !TAGS.has(name, "is early") && !TAGS.has(name, "moves") && !name.ends_with("stable"))
        .filter(|name| name.len() > 1 && name.chars().all(|c| c.is_ascii_alphabetic()))
}

/// Whether a word says which line is meant by how new it is: `stable`.
pub(super) fn is_floating(word: &str) -> bool {
    TAGS.has(&word.to_ascii_lowercase(), "floats")
}

/// Whether a word is a distribution, as tags call it before a release or together with it.
fn is_distribution(word: &str) -> bool {
    TAGS.has(word, "is a distribution")
}

/// Whether a tag still says what `word` says: it has it, or it with a version.
pub(super) fn keeps(tag: &str, word: &str) -> bool {
    let is_distribution = is_distribution(word);
    let is_same = |rest: &str| is_distribution || !rest.starts_with(|c: char| c.is_alphabetic());
    words(tag).any(|other| other.strip_prefix(word).is_some_and(is_same))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_the_product() {
        let cases = [
            ("python", "3.14-slim", Some("3.14")),
            ("python", "slim-bookworm", None),
            ("traefik", "v3.7", Some("v3.7")),
            ("sapmachine", "jre-ubuntu-24.04", None),
            ("centos", "centos7", Some("7")),
            ("couchbase", "enterprise-8.0.2", Some("8.0.2")),
            ("tomcat", "jdk25-temurin", None),
        ];
        for (image, tag, expected) in cases {
            assert_eq!(version(image, tag), expected, "{image}:{tag}");
        }
        assert_eq!(["8u504", "3.14.7", "9.0.3", "25"].map(precision), [2, 3, 3, 1]);
        assert!(is_within("3.14.7", "3.14") && !is_within("3.14.7", "3.1") && is_within("8u504", "8"));
        assert!(is_dated("20260805") && is_dated("2023.12.20260817.0") && !is_dated("2026.07"));
    }

    #[test]
    fn what_is_not_out_yet_is_known_by_its_letters() {
        for tag in ["3.15-rc-slim", "8.6.0beta3", "9.0.0.M1", "27-ea-jdk", "3.15.0rc1", "19beta2-alpine"] {
            assert!(is_early(tag), "{tag}");
        }
        for tag in ["3.14-slim", "8u504-al2023", "25.0.4_7-jdk", "3.24", "v3.7", "2-alpine3.24"] {
            assert!(!is_early(tag), "{tag}");
        }
    }

    #[test]
    fn suites_are_known_in_all_their_spellings() {
        for tag in ["3-trixie", "3.14-alpine3.24", "jre-alpine-3.23", "26-ubuntu-24.04", "8-al2023", "9-oraclelinux9"] {
            assert!(names_suite(tag, ""), "{tag}");
        }
        assert!(names_suite("3-duke", "duke"));
        for tag in ["3-alpine", "3.14", "26-ubuntu", "11-jdk25"] {
            assert!(!names_suite(tag, "11"), "{tag}");
        }
    }
}
