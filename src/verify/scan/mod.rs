//! Scanners that the user has: the same one, with the same data base, looks at both images.
//!
//! A scanner that sees no packages finds nothing wrong with them, so numbers are compared only where packages are seen in both.

mod grype;
mod syft;
mod trivy;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Serialize;

use crate::world::programs;

/// A program that looks at images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Trivy,
    Grype,
    Syft,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Trivy, Self::Grype, Self::Syft];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Trivy => "trivy",
            Self::Grype => "grype",
            Self::Syft => "syft",
        }
    }
}

/// A scanner on this machine.
#[derive(Debug)]
pub struct Scanner {
    kind: Kind,
    program: PathBuf,
    /// Whether it has brought its data base up to date; for the second image it must not do so again.
    has_data_base: Cell<bool>,
}

impl Scanner {
    /// The scanner `kind`, if it is on PATH.
    #[must_use]
    pub fn find(kind: Kind) -> Option<Self> {
        Some(Self::at(kind, programs::find(kind.name())?))
    }

    /// The scanner `kind` whose program is `program`.
    #[must_use]
    pub fn at(kind: Kind, program: PathBuf) -> Self {
        Self { kind, program, has_data_base: Cell::new(false) }
    }

    #[must_use]
    pub fn name(&self) -> &'static str {
        self.kind.name()
    }

    /// What it finds in the image that is saved at `archive`, as `docker save` writes it.
    ///
    /// # Errors
    /// A sentence that says why there is nothing to show.
    pub fn scan(&self, archive: &Path, limit: Duration) -> Result<Findings, String> {
        let name = self.name();
        let mut command = Command::new(&self.program);
        let is_fresh = self.has_data_base.replace(true);
        match self.kind {
            Kind::Trivy => {
                command.args(["image", "--quiet", "--format", "json", "--list-all-pkgs", "--scanners", "vuln"]);
                command.args(is_fresh.then_some("--skip-db-update"));
                command.arg("--input").arg(archive);
            }
            Kind::Grype | Kind::Syft => {
                command.args(["--quiet", "--output", "json"]).arg(format!("docker-archive:{}", archive.display()));
                if is_fresh {
                    command.env("GRYPE_DB_AUTO_UPDATE", "false");
                }
            }
        }
        let answer = programs::ask(&mut command, limit).map_err(|error| error.to_string())?;
        if !answer.status.is_some_and(|status| status.success()) {
            let said = String::from_utf8_lossy(&answer.err);
            let last = said.trim().lines().last().unwrap_or("it says nothing").trim().to_owned();
            return Err(format!("{name} failed: {last}"));
        }
        Findings::read(self.kind, &answer.out)
    }
}

/// What a scanner found in an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Of the program and its data base, as far as it tells.
    pub version: Option<String>,
    pub data_base: Option<String>,
    /// `None` if it does not list what it has looked at.
    pub packages: Option<usize>,
    /// `None` if it looks for packages alone.
    pub vulnerabilities: Option<BTreeSet<Vulnerability>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Vulnerability {
    pub severity: Severity,
    pub id: String,
    pub package: String,
    /// Whether there is a version without it.
    pub has_fix: bool,
}

/// How bad it is, in the scanner's opinion; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Critical,
    High,
    Medium,
    Low,
    Negligible,
    Unknown,
}

impl Severity {
    fn named(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "critical" => Self::Critical,
            "high" => Self::High,
            "medium" => Self::Medium,
            "low" => Self::Low,
            "negligible" => Self::Negligible,
            _ => Self::Unknown,
        }
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Negligible => "negligible",
            Self::Unknown => "unknown",
        }
    }
}

impl Findings {
    /// From what the program prints as JSON.
    ///
    /// # Errors
    /// A sentence, if it is in no format that is known.
    pub fn read(kind: Kind, json: &[u8]) -> Result<Self, String> {
        let read = match kind {
            Kind::Trivy => trivy::read(json),
            Kind::Grype => grype::read(json),
            Kind::Syft => syft::read(json),
        };
        read.map_err(|error| format!("{} printed something else than its report: {error}", kind.name()))
    }
}

/// Two findings beside each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    pub version: Option<String>,
    pub data_base: Option<String>,
    /// Before and after.
    pub packages: Option<[usize; 2]>,
    /// Why the numbers of vulnerabilities say nothing, if so.
    pub not_comparable: Option<String>,
    /// How many before and after, by severity.
    pub by_severity: BTreeMap<Severity, [usize; 2]>,
    /// Those that can be fixed by a newer version, before and after.
    pub with_fix: [usize; 2],
    /// In the image after and not in the image before.
    pub added: Vec<Vulnerability>,
    /// How many are gone.
    pub removed: usize,
}

/// Compares what a scanner found before and after. `packages` is how many packages are in both images by their own lists.
#[must_use]
pub fn compare(before: &Findings, after: &Findings, packages: [usize; 2]) -> Comparison {
    let seen = before.packages.zip(after.packages).map(|(before, after)| [before, after]);
    let none = BTreeSet::new();
    let [was, is] = [before, after].map(|findings| findings.vulnerabilities.as_ref().unwrap_or(&none));
    let mut by_severity: BTreeMap<Severity, [usize; 2]> = BTreeMap::new();
    for (index, vulnerabilities) in [was, is].into_iter().enumerate() {
        vulnerabilities.iter().for_each(|one| by_severity.entry(one.severity).or_default()[index] += 1);
    }
    let collapsed = [seen, Some(packages)].into_iter().flatten().find(|[before, after]| *before > 0 && *after == 0);
    let differs = before.data_base != after.data_base;
    let not_comparable = collapsed
        .map(|[before, _]| format!("of {before} packages none is seen any more, so nothing can be found in them"))
        .or_else(|| differs.then(|| "the data base changed between the two scans".to_owned()));
    Comparison {
        version: after.version.clone(),
        data_base: after.data_base.clone(),
        packages: seen,
        not_comparable: not_comparable.filter(|_| before.vulnerabilities.is_some()),
        by_severity,
        with_fix: [was, is].map(|vulnerabilities| vulnerabilities.iter().filter(|one| one.has_fix).count()),
        added: is.difference(was).cloned().collect(),
        removed: was.difference(is).count(),
    }
}
