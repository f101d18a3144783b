//! What `grype --output json` prints (anchore/grype, `grype/presenter/models`).

use serde::Deserialize;
use serde_json::Value;

use super::{Findings, Severity, Vulnerability};

#[derive(Deserialize)]
struct Report {
    matches: Vec<Match>,
    #[serde(default)]
    descriptor: Descriptor,
}

#[derive(Deserialize)]
struct Match {
    vulnerability: Found,
    artifact: Artifact,
}

#[derive(Deserialize)]
struct Found {
    id: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    fix: Fix,
}

#[derive(Default, Deserialize)]
struct Fix {
    #[serde(default)]
    state: String,
}

#[derive(Deserialize)]
struct Artifact {
    name: String,
}

#[derive(Default, Deserialize)]
struct Descriptor {
    version: Option<String>,
    #[serde(default)]
    db: Value,
}

pub(super) fn read(json: &[u8]) -> Result<Findings, String> {
    let report: Report = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let vulnerabilities = report.matches.iter().map(|found| Vulnerability {
        severity: Severity::named(&found.vulnerability.severity),
        id: found.vulnerability.id.clone(),
        package: found.artifact.name.clone(),
        has_fix: found.vulnerability.fix.state == "fixed",
    });
    // Up to version 0.87 the date stands in `db`, from then on in its `status`.
    let built = report.descriptor.db.get("built").or_else(|| report.descriptor.db.pointer("/status/built"));
    Ok(Findings {
        version: report.descriptor.version,
        data_base: built.and_then(Value::as_str).map(str::to_owned),
        packages: None,
        vulnerabilities: Some(vulnerabilities.collect()),
    })
}
