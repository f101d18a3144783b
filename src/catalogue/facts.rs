//! What a build holds: its distribution, and what its Dockerfile says.

use std::fmt;

use super::image::Build;
use crate::known::DISTRIBUTIONS;

/// The distribution that a build is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distribution<'c> {
    /// `debian`, `ubuntu`, `alpine`, `oraclelinux` …
    pub family: &'c str,
    /// A code name or a number; empty if it is not known.
    pub release: &'c str,
}

impl<'c> Distribution<'c> {
    /// `None` for `-`.
    pub(super) fn of(text: &'c str) -> Option<Self> {
        let (family, release) = text.split_once(':').unwrap_or((text, ""));
        (text != "-").then_some(Self { family, release })
    }

    /// The package manager, by its command.
    #[must_use]
    pub fn package_manager(self) -> Option<&'static str> {
        if self.family == "amazonlinux" && self.release >= "2022" {
            return Some("dnf");
        }
        DISTRIBUTIONS.known(self.family).that("package manager ").next()
    }

    /// What `/bin/sh` is.
    #[must_use]
    pub fn shell(self) -> Option<&'static str> {
        DISTRIBUTIONS.known(self.family).that("shell ").next()
    }
}

impl fmt::Display for Distribution<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.family)?;
        if self.release.is_empty() { Ok(()) } else { write!(formatter, " {}", self.release) }
    }
}

impl<'c> Build<'c> {
    /// The package manager, by its command.
    #[must_use]
    pub fn package_manager(self) -> Option<&'static str> {
        let distribution = self.distribution?;
        if distribution.family != "oraclelinux" {
            return distribution.package_manager();
        }
        let base = if self.image.name() == "oraclelinux" { Some(self.exact) } else { self.base() };
        match base {
            Some(base) if base.ends_with("-slim") => Some("microdnf"),
            Some(_) if distribution.release == "7" => Some("yum"),
            Some(_) => Some("dnf"),
            None => None,
        }
    }

    /// The user that a container runs as; `None` if its Dockerfile is not known.
    #[must_use]
    pub fn user(self) -> Option<&'c str> {
        self.base().map(|_| self.said("user").unwrap_or("root"))
    }

    /// What its Dockerfile is `FROM`.
    #[must_use]
    pub fn base(self) -> Option<&'c str> {
        self.said("from")
    }

    /// `WORKDIR`, as its Dockerfile says it.
    #[must_use]
    pub fn workdir(self) -> Option<&'c str> {
        self.said("workdir")
    }

    /// `CMD`, as its Dockerfile says it; what it has from its base is not seen.
    #[must_use]
    pub fn cmd(self) -> Option<&'c str> {
        self.said("cmd")
    }

    /// `ENTRYPOINT`, as its Dockerfile says it; what it has from its base is not seen.
    #[must_use]
    pub fn entrypoint(self) -> Option<&'c str> {
        self.said("entrypoint")
    }

    fn said(self, kind: &str) -> Option<&'c str> {
        let of = |kind: &str, build: &str| {
            let mut values = self.image.values(kind).filter_map(|value| value.split_once(' '));
            values.find(|(exact, _)| *exact == build).map(|(_, value)| value)
        };
        of(kind, self.exact).or_else(|| of("from", self.exact).and_then(|_| of(kind, "*")))
    }
}
