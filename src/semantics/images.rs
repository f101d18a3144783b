//! What is known of base images by their names.

use crate::syntax::ImageReference;

/// The name of an image, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'i> {
    /// Without the registry and folder of the official images: `debian`, `phusion/baseimage`, `quay.io/centos/centos`.
    pub repository: &'i str,
    /// Empty if there is none.
    pub tag: &'i str,
}

/// Where official images live, besides under their bare names.
const OFFICIAL: &[&str] =
    &["docker.io/", "index.docker.io/", "registry-1.docker.io/", "public.ecr.aws/docker/", "library/"];

impl<'i> Name<'i> {
    /// `None` if a variable decides, or it is no name.
    #[must_use]
    pub fn of(image: &'i str) -> Option<Self> {
        let reference = ImageReference::parse(image).ok()?;
        let name = &image[reference.name_range()];
        let repository = OFFICIAL.iter().fold(name, |name, registry| name.strip_prefix(registry).unwrap_or(name));
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
        let from = RECENT_FROM.iter().find(|(repository, _)| *repository == self.repository);
        RECENT.contains(&self.repository)
            || RECENT_RELEASES.iter().any(|release| self.tag.contains(release))
            || from.is_some_and(|(_, first)| {
                version.is_none_or(|version| version >= *first) && !self.tag.contains("onbuild")
            })
    }

    /// Whether it is an official image with the distribution that `names` are versions or code names of.
    fn is_any(self, repository: &str, versions: &[&str]) -> bool {
        self.repository == repository && versions.iter().any(|version| self.tag_starts_with(version))
    }
}

/// Official images, and where they work.
const HOMES: &[(&str, &str)] = &[
    ("alpine", "/"),
    ("debian", "/"),
    ("eclipse-temurin", "/"),
    ("gcc", "/"),
    ("golang", "/go"),
    ("gradle", "/home/gradle"),
    ("maven", "/"),
    ("mcr.microsoft.com/dotnet/core/sdk", "/"),
    ("mcr.microsoft.com/dotnet/sdk", "/"),
    ("node", "/"),
    ("python", "/"),
    ("ruby", "/"),
    ("rust", "/"),
    ("ubuntu", "/"),
];

/// Where an image works, if that is known.
#[must_use]
pub fn home(image: &str) -> Option<&'static str> {
    let name = Name::of(image)?;
    HOMES.iter().find(|(repository, _)| *repository == name.repository).map(|(_, home)| *home)
}

/// Official images that come in variants, most of them Debian.
const ON_DEBIAN: &[&str] = &[
    "buildpack-deps",
    "debian",
    "elixir",
    "erlang",
    "gcc",
    "golang",
    "haskell",
    "httpd",
    "mariadb",
    "mysql",
    "nginx",
    "node",
    "openjdk",
    "perl",
    "php",
    "postgres",
    "python",
    "pypy",
    "r-base",
    "rabbitmq",
    "redis",
    "ruby",
    "rust",
    "tomcat",
    "ubuntu",
    "wordpress",
];

/// Words in tags of variants with another distribution.
const OTHER_VARIANTS: &[&str] = &[
    "alpine",
    "windows",
    "nanoserver",
    "oracle",
    "centos",
    "fedora",
    "rhel",
    "ubi",
    "busybox",
    "distroless",
    "onbuild",
];

/// Whether apt throws its downloads away there by itself: Debian's and Ubuntu's official images, and those built on them, carry `docker-clean`.
#[must_use]
pub fn has_docker_clean(image: &str) -> bool {
    let Some(name) = Name::of(image) else { return false };
    let may_be_oracle = matches!(name.repository, "openjdk" | "mysql") && !names_debian(name.tag);
    ON_DEBIAN.contains(&name.repository) && !OTHER_VARIANTS.iter().any(|word| name.tag.contains(word)) && !may_be_oracle
}

/// Whether the tag names a release of Debian.
fn names_debian(tag: &str) -> bool {
    ["debian", "stretch", "buster", "bullseye", "bookworm", "trixie"].iter().any(|release| tag.contains(release))
}

/// Whether apk may be one before that of Alpine 3.3, which does not know `--no-cache`.
#[must_use]
pub fn has_old_apk(image: &str) -> bool {
    let Some(name) = Name::of(image) else { return false };
    let is_alpine = name.repository.rsplit('/').next().is_some_and(|last| last.contains("alpine"));
    let name = Name { tag: name.tag.trim_start_matches('v'), ..name };
    is_alpine && ["2", "3.0", "3.1", "3.2"].iter().any(|version| name.tag_starts_with(version))
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

/// Images that are recent unless the tag is an old one: distributions, and what is younger than pip 6.0.
const RECENT: &[&str] = &[
    "almalinux",
    "alpine",
    "amazoncorretto",
    "amazonlinux",
    "archlinux",
    "caddy",
    "centos",
    "composer",
    "condaforge/mambaforge",
    "condaforge/miniforge3",
    "continuumio/anaconda3",
    "continuumio/miniconda3",
    "debian",
    "docker",
    "eclipse-temurin",
    "fedora",
    "julia",
    "mambaorg/micromamba",
    "pypy",
    "python",
    "registry.fedoraproject.org/fedora",
    "rockylinux",
    "ubuntu",
];

/// Official images on Debian, and the first version that surely is on Debian 9 or later.
const RECENT_FROM: &[(&str, (u32, u32))] = &[
    ("buildpack-deps", (9, 0)),
    ("gcc", (9, 0)),
    ("golang", (1, 12)),
    ("nginx", (1, 15)),
    ("node", (10, 0)),
    ("openjdk", (11, 0)),
    ("php", (7, 3)),
    ("postgres", (12, 0)),
    ("ruby", (2, 6)),
    ("rust", (1, 30)),
];

/// Words in tags that name Debian 9, Ubuntu 16.04 or a later release, or Alpine, whose images of others start at 3.3.
const RECENT_RELEASES: &[&str] = &[
    "alpine", "stretch", "buster", "bullseye", "bookworm", "trixie", "xenial", "bionic", "focal", "jammy", "noble",
    "ubuntu16", "ubuntu18", "ubuntu20", "ubuntu22", "ubuntu24", "ubi8", "ubi9",
];

/// Ubuntu before 16.04 and Debian before 9, as images of others name them.
const OLD_RELEASES: &[&str] = &[
    "lucid",
    "precise",
    "trusty",
    "utopic",
    "vivid",
    "wily",
    "squeeze",
    "wheezy",
    "jessie",
    "ubuntu12",
    "ubuntu14",
    "ubuntu-12",
    "ubuntu-14",
];

/// How old pip may be in `image`.
#[must_use]
pub fn pip(image: &str) -> Pip {
    let Some(name) = Name::of(image) else { return Pip::Unknown };
    let own = matches!(name.repository, "python" | "pypy" | "continuumio/miniconda3" | "continuumio/anaconda3");
    let old_release = !own && OLD_RELEASES.iter().any(|release| image.contains(release));
    let old = old_release
        || name.is_any("ubuntu", &["10", "11", "12", "13", "14", "15"])
        || name.is_any("debian", &["6", "7", "8", "oldoldstable"])
        || name.is_any("alpine", &["2", "3.0", "3.1", "3.2"])
        || name.is_any("centos", &["5", "centos5"])
        || name.is_any("fedora", &["20", "21", "22", "heisenbug"])
        || name.is_any(
            "python",
            &[
                "2.7.5", "2.7.6", "2.7.7", "2.7.8", "3.3.0", "3.3.1", "3.3.2", "3.3.3", "3.3.4", "3.3.5", "3.4.0",
                "3.4.1", "3.4.2",
            ],
        );
    match old {
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
