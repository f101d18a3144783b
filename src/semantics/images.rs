//! What is known of base images by their names.

use crate::known::suites::{self, Suite};
use crate::known::{IMAGES, SIGNS};
use crate::syntax::ImageReference;

/// The name of an image, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'i> {
    /// Without the registry and folder of the official images: `debian`, `phusion/baseimage`, `quay.io/centos/centos`.
    pub repository: &'i str,
    /// Empty if there is none.
    pub tag: &'i str,
}

impl<'i> Name<'i> {
    /// `None` if a variable decides, or it is no name.
    #[must_use]
    pub fn of(image: &'i str) -> Option<Self> {
        let reference = ImageReference::parse(image).ok()?;
        let name = &image[reference.name_range()];
        let bare = const { SIGNS.expect("start of the name of an official image") }
            .values()
            .find_map(|start| name.strip_prefix(start));
        let bare = bare.unwrap_or(name);
        let repository = bare.strip_prefix("library/").unwrap_or(bare);
        let tag = reference.tag_range().map_or("", |range| &image[range]);
        Some(Self { repository, tag })
    }

    /// Whether the tag is `version`, or a version or variant within it: `14` is the start of `14.04` and `14-slim`, not of `140`.
    #[must_use]
    pub fn tag_starts_with(self, version: &str) -> bool {
        self.tag.strip_prefix(version).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
    }

    fn is_recent(self) -> bool {
        let mut numbers = self.tag.split(['.', '-']).map_while(|part| part.parse::<u32>().ok());
        let version = numbers.next().map(|major| (major, numbers.next().unwrap_or(if major == 1 { 0 } else { 99 })));
        let known = IMAGES.known(self.repository);
        let first = known.that("has a recent pip from ").next().and_then(|first| first.split_once('.'));
        let first = first.and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        known.has("has a recent pip")
            || const { SIGNS.expect("tag with a recent pip") }.sign(self.tag).is_some()
            || suites::named_in(self.tag).any(|suite| !has_old_pip(suite))
            || first
                .is_some_and(|first| version.is_none_or(|version| version >= first) && !self.tag.contains("onbuild"))
    }

    /// Whether it is one of the old versions of `repository`.
    fn is_old(self, repository: &str) -> bool {
        IMAGES.known(repository).that("is old as ").any(|version| self.tag_starts_with(version))
    }
}

/// Where an image works, if that is known.
#[must_use]
pub fn home(image: &str) -> Option<&'static str> {
    let name = Name::of(image)?;
    IMAGES.known(name.repository).that("works in ").next()
}

/// Whether apt throws its downloads away there by itself: Debian's and Ubuntu's official images, and those built on them, carry `docker-clean`.
#[must_use]
pub fn has_docker_clean(image: &str) -> bool {
    let Some(name) = Name::of(image) else { return false };
    let known = IMAGES.known(name.repository);
    known.has("is built on Debian")
        && const { SIGNS.expect("tag of another distribution than Debian") }.sign(name.tag).is_none()
        && (!known.has("may be on Oracle Linux")
            || name.tag.contains("debian")
            || suites::named_in(name.tag).any(|suite| suite.distribution == "debian"))
}

/// Whether apk may be one before that of Alpine 3.3, which does not know `--no-cache`.
#[must_use]
pub fn has_old_apk(image: &str) -> bool {
    let Some(name) = Name::of(image) else { return false };
    let is_alpine = name.repository.rsplit('/').next().is_some_and(|last| last.contains("alpine"));
    let name = Name { tag: name.tag.trim_start_matches('v'), ..name };
    is_alpine && name.is_old("alpine")
}

/// How old pip may be in an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pip {
    /// 6.0 (2014) or later, whichever way it comes.
    Recent,
    /// Before 6.0 if it is the distribution's.
    MayBeOld,
    /// The name does not tell.
    Unknown,
}

/// Whether the pip that a release brings is one from before 6.0.
fn has_old_pip(suite: Suite) -> bool {
    suite.is("has an old pip")
}

/// How old pip may be in `image`.
#[must_use]
pub fn pip(image: &str) -> Pip {
    let Some(name) = Name::of(image) else { return Pip::Unknown };
    let has_own = IMAGES.has(name.repository, "brings a pip of its own");
    let is_of_old_release = !has_own
        && (const { SIGNS.expect("image with an old pip") }.sign(image).is_some()
            || suites::named_in(image).any(has_old_pip));
    match is_of_old_release || name.is_old(name.repository) {
        true => Pip::MayBeOld,
        false if name.is_recent() => Pip::Recent,
        false => Pip::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        fn name(image: &str) -> Option<(&str, &str)> {
            Name::of(image).map(|name| (name.repository, name.tag))
        }
        let pinned = format!("python:3.12@sha256:{}", "0".repeat(64));
        assert_eq!(name("docker.io/library/debian:12"), Some(("debian", "12")));
        assert_eq!(name("localhost:5000/a/b"), Some(("localhost:5000/a/b", "")));
        assert_eq!(name(&pinned), Some(("python", "3.12")));
        assert_eq!(name("python:$VERSION"), None);
    }

    #[test]
    fn docker_clean_is_in_debian_and_what_is_built_on_it() {
        for image in ["debian:12", "ubuntu", "python:3.12-slim", "node:20", "openjdk:8-jdk-buster"] {
            assert!(has_docker_clean(image), "{image}");
        }
        for image in ["python:3-alpine", "phusion/baseimage:1", "openjdk:17", "nvidia/cuda:12-ubuntu22.04", "$BASE"] {
            assert!(!has_docker_clean(image), "{image}");
        }
    }

    #[test]
    fn apk_is_old_before_alpine_3_3() {
        for image in ["alpine:3.2", "gliderlabs/alpine:3.1", "alpine:2.7", "frolvlad/alpine:v3.2"] {
            assert!(has_old_apk(image), "{image}");
        }
        for image in ["alpine", "alpine:3.3", "alpine:3.20", "alpine:20240101", "node:2-alpine", "$BASE"] {
            assert!(!has_old_apk(image), "{image}");
        }
    }

    #[test]
    fn pip_is_old_in_old_distributions_only() {
        for image in [
            "ubuntu:14.04",
            "debian:jessie-slim",
            "ubuntu:trusty",
            "node:4-wheezy",
            "python:3.4.2",
            "nodesource/trusty:4",
            "gocd/agent-ubuntu-14.04:1",
        ] {
            assert_eq!(pip(image), Pip::MayBeOld, "{image}");
        }
        for image in [
            "ubuntu:22.04",
            "python:3-jessie",
            "debian",
            "alpine:3.20",
            "python:3.4.20",
            "node:20",
            "node",
            "ruby:2.3-stretch",
        ] {
            assert_eq!(pip(image), Pip::Recent, "{image}");
        }
        for image in ["phusion/baseimage:0.9.18", "node:6", "ruby:2.3", "java:8"] {
            assert_eq!(pip(image), Pip::Unknown, "{image}");
        }
    }
}
