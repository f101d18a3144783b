//! Which line a floating tag means: `python:latest` is of the line `3.14-trixie`.

use std::cmp::Reverse;

use jiff::civil::Date;

use super::facts::Distribution;
use super::image::Image;
use super::tag;

/// What a tag means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning<'c> {
    /// It names a version or a release itself, whether the catalogue has it or not: `3.12-slim`; `bookworm` of `debian`,
    /// `krypton` of `node`.
    Named,
    /// It is there to move: `edge`, `rc`, `nightly`.
    Moving,
    /// Another tag of the same image names a line.
    Line(Line<'c>),
    /// It moves, and no tag of the same image names a line.
    NoLine {
        /// The most precise tag of the same image.
        exact: &'c str,
        /// When it was dropped.
        retired: Option<Date>,
    },
    /// The catalogue does not have it.
    Unknown,
}

/// A line of releases: its tag still gets what is repaired, but moves to no other release or distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'c> {
    /// The tag to write.
    pub tag: &'c str,
    /// The most precise tag of the same image.
    pub exact: &'c str,
    /// When both were dropped: not rebuilt since.
    pub retired: Option<Date>,
}

/// Tags that are one image.
struct Group<'c> {
    exact: &'c str,
    tags: Vec<&'c str>,
    distribution: Option<Distribution<'c>>,
    retired: Option<Date>,
}

/// How precise a version is on purpose, best last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Precision {
    Major,
    Minor,
    /// What is maintained as one, whatever its numbers.
    Cycle,
}

impl<'c> Image<'c> {
    /// What `tag` means; `latest` for a reference without a tag.
    #[must_use]
    pub fn meaning(self, tag: &str) -> Meaning<'c> {
        if tag::version(self.name(), tag).is_some() {
            return Meaning::Named;
        }
        if tag::is_moving(tag) {
            return Meaning::Moving;
        }
        let Some(group) = self.group(tag) else { return Meaning::Unknown };
        if self.names_release(&group, tag) {
            return Meaning::Named;
        }
        let (exact, retired) = (group.exact, group.retired);
        // A word that only the floating tag has, and that is not about how new it is, is the code name of a line: `krypton` of `node`.
        let is_code_name = |line: &str| tag::words(tag).any(|word| !tag::is_floating(word) && !tag::keeps(line, word));
        let line = self.memo.find(self.lines, &[self.name(), "line", tag], |_| self.line(&group, tag));
        match line {
            Some(line) if is_code_name(line) => Meaning::Named,
            Some(line) => Meaning::Line(Line { tag: line, exact, retired }),
            None => Meaning::NoLine { exact, retired },
        }
    }

    fn group(self, tag: &str) -> Option<Group<'c>> {
        if let Some(build) = self.build_of(tag) {
            let (exact, distribution) = (build.exact, build.distribution);
            return Some(Group { exact, tags: build.tags().collect(), distribution, retired: None });
        }
        let retired = self.retired(tag)?;
        let (exact, tags) = (retired.exact, retired.tags().collect());
        Some(Group { exact, tags, distribution: None, retired: Some(retired.date) })
    }

    /// Whether a tag without a version names a release: that of a distribution, in an image that is one. Images of products name
    /// it beside a version.
    fn names_release(self, group: &Group<'c>, tag: &str) -> bool {
        let release = group.distribution.filter(|distribution| distribution.family == self.name());
        let is_name = |word: &str| {
            release.is_some_and(|distribution| distribution.release == word)
                || self.cycles().any(|cycle| cycle.name == word || cycle.code_name == Some(word))
        };
        if tag::words(tag).any(is_name) {
            return true;
        }
        let is_both = |tag: &&str| tag::version(self.name(), tag).is_some() && tag::names_suite(tag, group.release());
        tag::names_suite(tag, group.release()) && !group.all().any(|tag| is_both(&tag))
    }

    /// The tag to write: it says what the floating one says, names a line, the release of the distribution, and versions of what
    /// else is in the image, in as few words as can be.
    fn line(self, group: &Group<'c>, floating: &str) -> Option<&'c str> {
        let numbers = self.numbers(group);
        let has_versions = group.all().any(|tag| tag::version(self.name(), tag).is_some_and(|it| !tag::is_dated(it)));
        let rank = |tag: &'c str| {
            let precision = match self.precision(group, numbers, tag) {
                None if !has_versions && !tag::is_moving(tag) && self.names_release(group, tag) => None,
                None => return None,
                precision => precision,
            };
            let kept = tag::words(floating).filter(|word| tag::keeps(tag, word)).count();
            let suite = tag::names_suite(tag, group.release());
            let version = tag::version(self.name(), tag).unwrap_or_default();
            let others = tag::others(tag, version, group.release())?;
            let is_alike = group.exact.starts_with(version);
            let length = Reverse((tag::words(tag).count(), !is_alike, tag.len(), tag));
            Some(((kept, precision, suite, others, length), tag))
        };
        group.tags.iter().filter_map(|tag| rank(tag)).max().map(|(_, tag)| tag)
    }

    /// How precise the version of a tag is, in a group whose most precise one has so many numbers; `None` if it is not a line: without a
    /// version, of another one than the exact tag, to the day, as exact as can be, or early.
    fn precision(self, group: &Group<'c>, numbers_max: usize, tag: &str) -> Option<Precision> {
        let version = tag::version(self.name(), tag)?;
        let exact = tag::version(self.name(), group.exact).filter(|exact| !tag::is_dated(exact));
        let is_other = exact.is_some_and(|exact| !tag::is_within(exact, version));
        if is_other || tag::is_dated(tag) || tag::is_early(tag) || tag::is_early(group.exact) {
            return None;
        }
        if self.cycles().any(|cycle| tag::is_cycle(version, cycle.name)) {
            return Some(Precision::Cycle);
        }
        match tag::precision(version) {
            1 => Some(Precision::Major),
            2 if numbers_max > 2 && tag != group.exact => Some(Precision::Minor),
            _ => None,
        }
    }

    /// How many numbers the most precise tag of a group has. A day is one more than a version.
    fn numbers(self, group: &Group<'c>) -> usize {
        let numbers = |tag: &str| {
            let days = usize::from(tag::is_dated(tag));
            days + tag::versions(self.name(), tag)
                .filter(|version| !tag::is_dated(version))
                .map(tag::precision)
                .sum::<usize>()
        };
        group.all().map(numbers).max().unwrap_or_default()
    }
}

impl<'c> Group<'c> {
    fn all(&self) -> impl Iterator<Item = &'c str> {
        self.tags.iter().copied().chain([self.exact])
    }

    /// The release of its distribution, if it is known.
    fn release(&self) -> &'c str {
        self.distribution.map_or("", |distribution| distribution.release)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    fn meaning(reference: &str) -> String {
        let catalogue = Catalogue::embedded();
        let (image, tag) = reference.split_once(':').unwrap_or((reference, "latest"));
        match catalogue.image(image).unwrap().meaning(tag) {
            Meaning::Named => "named".to_owned(),
            Meaning::Moving => "moving".to_owned(),
            Meaning::Line(line) => match line.retired {
                None => line.tag.to_owned(),
                Some(date) => format!("{} until {date}", line.tag),
            },
            Meaning::NoLine { exact, .. } => format!("only {exact}"),
            Meaning::Unknown => "unknown".to_owned(),
        }
    }

    #[track_caller]
    fn assert_all(cases: &[(&str, &str)]) {
        for (reference, expected) in cases {
            assert_eq!(meaning(reference), *expected, "{reference}");
        }
    }

    #[test]
    fn a_floating_tag_is_of_a_line_with_its_release_cycle_and_suite() {
        assert_all(&[
            ("python", "3.14-trixie"),
            ("node", "26-trixie"),
            ("node:lts", "24-bookworm"),
            ("nginx", "1.31-trixie"),
            ("nginx:stable", "1.30-trixie"),
            ("golang", "1.27-trixie"),
            ("postgres", "18-trixie"),
            ("mysql", "26.7-oraclelinux9"),
            ("mysql:lts-oracle", "9.7-oraclelinux9"),
            ("httpd", "2.4-trixie"),
            ("rust", "1.98-trixie"),
            ("ruby", "4.0-trixie"),
            ("eclipse-temurin", "25-resolute"),
            ("odoo", "19.0"),
            ("traefik", "v3.7"),
            ("bonita", "2026.2"),
        ]);
    }

    #[test]
    fn the_words_of_the_floating_tag_stay() {
        assert_all(&[
            ("python:slim", "3.14-slim-trixie"),
            ("python:bookworm", "3.14-bookworm"),
            ("node:lts-alpine", "24-alpine3.24"),
            ("redis:alpine", "8.10-alpine3.23"),
            ("php:fpm", "8.5-fpm-trixie"),
            ("php:apache", "8.5-apache-trixie"),
            ("docker:dind", "29-dind"),
            ("nginx:stable-alpine-slim", "1.30-alpine3.24-slim"),
            ("sapmachine:lts-jdk-ubuntu-noble", "25-jdk-ubuntu-noble"),
            ("xwiki:lts-postgres", "17.10-postgres-tomcat"),
        ]);
    }

    #[test]
    fn what_else_is_in_the_image_does_not_move_either() {
        assert_all(&[
            ("maven", "3.9-eclipse-temurin-26-noble"),
            ("maven:sapmachine", "3.9-sapmachine-26"),
            ("tomcat", "11.0-jdk25-temurin-noble"),
            ("gradle", "9-jdk25-resolute"),
            ("gradle:jdk21", "9-jdk21-resolute"),
            ("wordpress:fpm-alpine", "7.1-php8.3-fpm-alpine"),
            ("elixir:slim", "1.20-otp-29-slim"),
            ("pypy", "3.11-7.3-trixie"),
        ]);
    }

    #[test]
    fn distributions_are_of_their_release() {
        assert_all(&[
            ("debian", "13"),
            ("ubuntu", "26.04"),
            ("alpine", "3.24"),
            ("fedora", "44"),
            ("amazonlinux", "2023"),
            ("almalinux:minimal", "10-minimal"),
            ("alt", "p11"),
            ("buildpack-deps", "trixie"),
            ("buildpack-deps:curl", "trixie-curl"),
        ]);
    }

    #[test]
    fn a_version_or_a_release_is_no_floating_tag() {
        for reference in [
            "python:3",
            "python:3.12-slim",
            "python:99",
            "debian:bookworm",
            "debian:bookworm-slim",
            "ubuntu:noble",
            "buildpack-deps:bookworm-scm",
            "couchbase:enterprise-8.0.2",
            "ros:jazzy",
            "centos:centos7",
            "node:krypton-alpine",
            "traefik:mimolette",
            "neurodebian:nd120",
        ] {
            assert_eq!(meaning(reference), "named", "{reference}");
        }
    }

    #[test]
    fn what_moves_on_purpose_is_left_alone() {
        for reference in ["alpine:edge", "ubuntu:rolling", "ubuntu:devel", "debian:sid", "python:rc-slim", "golang:tip"]
        {
            assert_eq!(meaning(reference), "moving", "{reference}");
        }
    }

    #[test]
    fn without_a_line_there_is_the_exact_tag() {
        assert_all(&[
            ("debian:stable", "only stable-20260803"),
            ("couchbase", "only enterprise-8.0.2"),
            ("swipl", "only 10.1.13"),
            ("rakudo-star:trixie", "only 2026.06-trixie"),
            ("python:nonsense", "unknown"),
            ("python:latest-windows", "unknown"),
        ]);
    }

    #[test]
    fn a_dropped_tag_is_of_a_line_dropped_with_it() {
        assert_all(&[
            ("mongo", "8.2-noble until 2026-08-04"),
            ("centos", "8 until 2022-02-14"),
            ("java", "8 until 2017-06-08"),
            ("openjdk", "18-oraclelinux8 until 2023-02-13"),
            ("python:onbuild", "3-onbuild until 2018-07-04"),
            ("percona", "only 5.7.35-centos"),
        ]);
    }

    #[test]
    fn every_line_is_the_same_image_as_the_tag_it_is_for() {
        for image in Catalogue::embedded().images() {
            let builds = image.builds().flat_map(|build| build.tags().map(move |tag| (tag, build.exact)));
            let retired = image.all_retired().flat_map(|retired| retired.tags().map(move |tag| (tag, retired.exact)));
            for (tag, exact) in builds.chain(retired) {
                let Meaning::Line(line) = image.meaning(tag) else { continue };
                assert_eq!(line.exact, exact, "{}:{tag}", image.name());
                let same = match line.retired {
                    None => image.build_of(line.tag).unwrap().exact == exact,
                    Some(_) => image.retired(line.tag) == image.retired(tag),
                };
                assert!(same, "{}:{tag} -> {}", image.name(), line.tag);
                let again = image.meaning(line.tag);
                assert_eq!(again, Meaning::Named, "{}:{tag} -> {}", image.name(), line.tag);
            }
        }
    }
}
