//! What `trivy image --format json --list-all-pkgs` prints: schema version 2 of its report (trivy.dev, "Reporting").

use serde::Deserialize;

use super::{Findings, Severity, Vulnerability};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Report {
    schema_version: u32,
    #[serde(default)]
    trivy: Option<Version>,
    #[serde(default)]
    results: Vec<Target>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Target {
    #[serde(default)]
    packages: Vec<serde::de::IgnoredAny>,
    #[serde(default)]
    vulnerabilities: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    #[serde(rename = "VulnerabilityID")]
    id: String,
    #[serde(rename = "PkgName")]
    package: String,
    #[serde(rename = "FixedVersion", default)]
    fixed: String,
    #[serde(rename = "Severity", default)]
    severity: String,
}

pub(super) fn read(json: &[u8]) -> Result<Findings, String> {
    let report: Report = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    if report.schema_version != 2 {
        return Err(format!("its schema has version {}", report.schema_version));
    }
    let found = report.results.iter().flat_map(|target| &target.vulnerabilities);
    let vulnerabilities = found.map(|found| Vulnerability {
        severity: Severity::named(&found.severity),
        id: found.id.clone(),
        package: found.package.clone(),
        has_fix: !found.fixed.is_empty(),
    });
    Ok(Findings {
        version: report.trivy.and_then(|trivy| trivy.version),
        data_base: None,
        packages: Some(report.results.iter().map(|target| target.packages.len()).sum()),
        vulnerabilities: Some(vulnerabilities.collect()),
    })
}
