//! Scanners beside `verify`: recorded reports in the formats that the tools document, printed by a program of the same name.

use std::os::unix::fs::PermissionsExt as _;

use dockeropt::verify::scan::{self, Findings, Kind, Scanner, Severity};

use super::harness::Folder;

/// A report of `trivy image --format json --list-all-pkgs`, cut down; the fields are those of its documentation.
fn trivy(vulnerabilities: &str, packages: usize) -> String {
    let packages = vec![r#"{"ID":"bash@5.2","Name":"bash","Version":"5.2"}"#; packages].join(",");
    format!(
        r#"{{"SchemaVersion":2,"Trivy":{{"Version":"0.69.1"}},"CreatedAt":"2026-11-01T00:00:00Z","ArtifactName":"image.tar",
        "Metadata":{{"OS":{{"Family":"debian","Name":"12.8","EOSL":false}}}},
        "Results":[{{"Target":"image.tar (debian 12.8)","Class":"os-pkgs","Type":"debian","Packages":[{packages}],
        "Vulnerabilities":[{vulnerabilities}]}},{{"Target":"app","Class":"lang-pkgs","Type":"python-pkg"}}]}}"#
    )
}

const CRITICAL: &str = r#"{"VulnerabilityID":"CVE-2026-1","PkgName":"bash","InstalledVersion":"5.2","FixedVersion":"5.3","Severity":"CRITICAL","Status":"fixed"}"#;
const LOW: &str = r#"{"VulnerabilityID":"CVE-2026-2","PkgName":"bash","InstalledVersion":"5.2","Severity":"LOW","Status":"affected"}"#;

fn found(report: &str) -> Findings {
    Findings::read(Kind::Trivy, report.as_bytes()).unwrap()
}

#[test]
fn vulnerabilities_are_compared_by_severity() {
    let before = found(&trivy(&format!("{CRITICAL},{LOW}"), 90));
    let after = found(&trivy(LOW, 30));
    let comparison = scan::compare(&before, &after, [90, 30]);
    assert_eq!(comparison.not_comparable, None);
    assert_eq!(comparison.packages, Some([90, 30]));
    assert_eq!(comparison.by_severity[&Severity::Critical], [1, 0]);
    assert_eq!(comparison.by_severity[&Severity::Low], [1, 1]);
    assert_eq!((comparison.with_fix, comparison.removed, comparison.added.len()), ([1, 0], 1, 0));
}

#[test]
fn what_a_scanner_does_not_see_is_no_improvement() {
    let before = found(&trivy(CRITICAL, 90));
    let after = found(&trivy("", 0));
    let comparison = scan::compare(&before, &after, [90, 0]);
    assert!(comparison.not_comparable.is_some_and(|because| because.contains("of 90 packages none")));
    // By the lists of the image itself, where the scanner lists no packages.
    let [before, after] = [r#"[{"vulnerability":{"id":"CVE-2026-1","severity":"High","fix":{"state":"fixed"}},"artifact":{"name":"bash"}}]"#, "[]"]
        .map(|matches| {
            let report = format!(
                r#"{{"matches":{matches},"source":{{}},"distro":{{"name":"debian"}},
                "descriptor":{{"name":"grype","version":"0.104.0","db":{{"status":{{"built":"2026-11-01T00:00:00Z"}}}}}}}}"#
            );
            Findings::read(Kind::Grype, report.as_bytes()).unwrap()
        });
    assert_eq!(before.data_base.as_deref(), Some("2026-11-01T00:00:00Z"));
    assert!(scan::compare(&before, &after, [90, 0]).not_comparable.is_some());
    let comparison = scan::compare(&before, &after, [90, 89]);
    assert_eq!((comparison.not_comparable, comparison.removed), (None, 1));
}

#[test]
fn a_program_that_prints_something_else_is_no_scanner() {
    for (kind, printed) in
        [(Kind::Trivy, "{}"), (Kind::Trivy, r#"{"SchemaVersion":3}"#), (Kind::Grype, "[]"), (Kind::Syft, "a")]
    {
        let message = Findings::read(kind, printed.as_bytes()).unwrap_err();
        assert!(message.starts_with(kind.name()), "{message}");
    }
}

/// The scanner is called as its documentation says, and its data base is brought up to date once.
#[test]
fn the_second_image_is_looked_at_with_the_same_data_base() {
    let report = trivy(LOW, 3).replace('\n', " ");
    let folder =
        Folder::new(&[("trivy", &format!("#!/bin/sh\necho \"$@\" >> \"$(dirname \"$0\")/calls\"\necho '{report}'\n"))]);
    let program = folder.path("trivy");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let scanner = Scanner::at(Kind::Trivy, program);
    for _ in 0..2 {
        let found = scanner.scan(&folder.path("image.tar"), std::time::Duration::from_secs(10)).unwrap();
        assert_eq!(found.packages, Some(3));
    }
    let calls = folder.text("calls");
    let [first, second] = calls.lines().collect::<Vec<_>>()[..] else { panic!("{calls}") };
    assert!(!first.contains("--skip-db-update") && second.contains("--skip-db-update"), "{calls}");
    assert!(first.contains("image --quiet --format json --list-all-pkgs") && first.ends_with("image.tar"), "{calls}");
}
