//! What linters and scanners are told to skip in whole files, by comments and by settings of their own, in the names of the rules that say the same.

use crate::known::CHECKS;
use crate::surroundings;

/// What the comment `text`, without its `#`, switches off; `None` if it speaks to no scanner.
pub(super) fn skipped(text: &str) -> Option<Vec<String>> {
    if let Some(checks) = ["checkov:skip=", "bridgecrew:skip="].iter().find_map(|tool| text.strip_prefix(tool)) {
        // A reason stands behind a colon, or behind a blank.
        let checks = checks.trim_start().split([':', ' ']).next().unwrap_or_default();
        return Some(checks.split(',').flat_map(|check| rules("checkov", check)).collect());
    }
    if let Some(queries) = text.strip_prefix("kics-scan disable=") {
        return Some(queries.split([',', ' ']).flat_map(|query| rules("kics", query)).collect());
    }
    if let Some(names) = ["nosemgrep:", "nosem:"].iter().find_map(|tool| text.strip_prefix(tool)) {
        let names = names.split(',').filter_map(|name| name.trim().rsplit('.').next());
        return Some(names.flat_map(|name| rules("semgrep", name)).collect());
    }
    let check = text.strip_prefix("trivy:ignore:")?.split([':', ' ']).next().unwrap_or_default();
    let check = check.to_ascii_uppercase();
    let number = check.strip_prefix("AVD-").unwrap_or(&check).strip_prefix("DS").unwrap_or_default();
    Some(rules("trivy", &format!("{:0>4}", number.trim_start_matches('-'))).collect())
}

/// Settings of other tools that say which rules do not count in a repository, by the names of their files.
pub fn settings() -> impl Iterator<Item = &'static str> {
    const { CHECKS.expect("settings") }.values()
}

/// The rules that the settings called `name`, with the text `text`, switch off.
///
/// # Errors
/// Why they cannot be read.
pub fn switched_off(name: &str, text: &str) -> Result<Vec<String>, String> {
    if name.contains("hadolint") {
        return surroundings::listed(text, "ignored");
    }
    if name.contains("checkov") {
        let checks = surroundings::listed(text, "skip-check")?;
        return Ok(checks.iter().flat_map(|check| rules("checkov", check)).collect());
    }
    if name.contains("trivyignore.y") {
        let ids = surroundings::listed_ids(text, "misconfigurations")?;
        return Ok(ids.iter().filter_map(|id| skipped(&format!("trivy:ignore:{id}"))).flatten().collect());
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.filter_map(|line| skipped(&format!("trivy:ignore:{line}"))).flatten().collect())
}

/// What the check `check` of `scanner` is called here.
fn rules(scanner: &str, check: &str) -> impl Iterator<Item = String> + use<> {
    CHECKS.under(scanner).known(&check.trim().to_ascii_lowercase()).values().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_their_tools_read_them() {
        let off = |name: &str, text: &str| switched_off(name, text).unwrap().join(" ");
        assert_eq!(
            off(".hadolint.yaml", "failure-threshold: error\nignored:\n  - DL3059\n  - DL3009\n"),
            "DL3059 DL3009"
        );
        assert_eq!(off(".checkov.yml", "skip-check: CKV_DOCKER_3,CKV_DOCKER_7\n"), "DL3002 DL3006 DL3007");
        assert_eq!(off(".trivyignore", "# root\nAVD-DS-0002 exp:2027-01-01\nCVE-2026-1\n"), "DL3002");
        let ids = "misconfigurations:\n  - id: DS002\n    paths: [Dockerfile]\nvulnerabilities:\n  - id: DS005\n";
        assert_eq!(off(".trivyignore.yaml", ids), "DL3002");
        assert!(switched_off(".hadolint.yaml", "ignored: [").is_err());
    }

    #[test]
    fn checks_are_read_with_and_without_reasons() {
        let rules = |text: &str| skipped(text).map(|rules| rules.join(" "));
        let root = Some("DL3002".to_owned());
        assert_eq!(rules("checkov:skip=CKV_DOCKER_3"), root);
        assert_eq!(rules("checkov:skip=CKV_DOCKER_8: the socket belongs to root"), root);
        assert_eq!(rules("bridgecrew:skip=CKV_DOCKER_2,CKV_DOCKER_3"), root);
        assert_eq!(rules("trivy:ignore:AVD-DS-0002"), root);
        assert_eq!(rules("trivy:ignore:DS002"), root);
        assert_eq!(rules("trivy:ignore:DS-0002 exp:2027-01-01"), root);
        assert_eq!(rules("checkov:skip=CKV_DOCKER_2"), Some(String::new()));
        assert_eq!(rules("kics-scan disable=fd54f200-402c-4333-a5a4-36ef6709af2f"), root);
        assert_eq!(rules("nosemgrep: dockerfile.security.missing-user.missing-user"), root);
        assert_eq!(rules("checkov finds nothing"), None);
    }
}
