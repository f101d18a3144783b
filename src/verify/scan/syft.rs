//! What `syft --output json` prints (anchore/syft, `schema/json`): packages, and no vulnerabilities.

use serde::Deserialize;

use super::Findings;

#[derive(Deserialize)]
struct Report {
    artifacts: Vec<serde::de::IgnoredAny>,
    #[serde(default)]
    descriptor: Descriptor,
}

#[derive(Default, Deserialize)]
struct Descriptor {
    version: Option<String>,
}

pub(super) fn read(json: &[u8]) -> Result<Findings, String> {
    let report: Report = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    Ok(Findings {
        version: report.descriptor.version,
        data_base: None,
        packages: Some(report.artifacts.len()),
        vulnerabilities: None,
    })
}
