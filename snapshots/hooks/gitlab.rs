//! The component for GitLab: the script of its job is run by the shell of the job's image, with the variables that GitLab sets.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::{AFTER, BEFORE, Folder, Output};
use crate::tools::{are_here, assert_valid, file, output, printed, tool, yaml};
use crate::wheel::{wheels_or_skip, without_an_index};

/// The component as GitLab includes it: with the inputs in their places, those of `with` or their defaults.
fn included(with: &[(&str, &str)], test: &str) -> Option<(Value, String)> {
    let text = file("templates/dockeropt.yml");
    let header = yaml(&text, test)?.remove(0);
    let mut job = text.split_once("\n---\n").unwrap().1.to_owned();
    for (name, input) in header["spec"]["inputs"].as_object().unwrap() {
        let default = input["default"].as_str().map_or_else(|| input["default"].to_string(), str::to_owned);
        let value = with.iter().find(|(other, _)| other == name).map_or(default.as_str(), |(_, value)| value);
        let place = format!("$[[ inputs.{name} ]]");
        assert!(job.contains(&place), "the input {name} is used");
        job = job.replace(&place, &if input["type"] == "boolean" { value.to_owned() } else { format!("{value:?}") });
    }
    assert!(!job.contains("$[["), "{job}");
    let job_value = yaml(&job, test)?.remove(0)["dockeropt"].clone();
    Some((job_value, job))
}

#[test]
fn the_component_is_one_that_gitlab_takes() {
    let test = "the component for GitLab";
    if !are_here(&["check-jsonschema"], test) {
        return;
    }
    let Some((_, text)) = included(&[], test) else { return };
    let component = file("templates/dockeropt.yml");
    let (header, _) = component.split_once("\n---\n").unwrap();
    let folder = Folder::new(&[("header.yml", header), ("job.yml", &text)]);
    for name in ["header.yml", "job.yml"] {
        assert_valid(&["--builtin-schema", "vendor.gitlab-ci"], &folder.path(name));
    }
}

/// Runs the script of the job in a checkout that holds `folder`'s files.
fn run(folder: &Folder, with: &[(&str, &str)], test: &str) -> Option<Output> {
    let wheels = wheels_or_skip(test)?;
    let (job, _) = included(with, test)?;
    let lines: Vec<_> = job["script"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let environment = tempfile::tempdir().unwrap();
    printed(tool("python3", environment.path()).args(["-m", "venv", "."]));
    // So a runner joins the lines. The image has pip on PATH, and Debian's shell.
    let mut shell = tool("sh", &folder.path(""));
    shell.args(["-ec", &lines.join("\n")]).env("CI_PROJECT_DIR", folder.path(""));
    shell.env("PATH", format!("{}:/usr/bin:/bin", environment.path().join("bin").display()));
    shell.envs(job["variables"].as_object().unwrap().iter().map(|(name, value)| (name, value.as_str().unwrap())));
    Some(output(without_an_index(&mut shell, wheels)))
}

#[test]
fn findings_are_a_report_and_the_patch_is_in_the_log() {
    let folder = Folder::new(&[("Dockerfile", AFTER), ("web/Dockerfile", BEFORE), ("*/Dockerfile", AFTER)]);
    let Some(output) = run(&folder, &[("paths", "web *")], "the job for GitLab") else { return };
    assert_eq!(output.code, 1, "{}{}", output.text(), output.err);
    assert!(output.text().contains("--- a/web/Dockerfile\n"), "{}", output.text());
    let report: Value = serde_json::from_str(&folder.text("gl-code-quality-report.json")).unwrap();
    assert_eq!(
        (report[0]["location"]["path"].as_str(), report[0]["location"]["lines"]["begin"].as_u64()),
        (Some("web/Dockerfile"), Some(2))
    );
    assert_code_quality(&report);
}

#[test]
fn nothing_to_do_is_an_empty_report() {
    let folder = Folder::new(&[("Dockerfile", BEFORE)]);
    let Some(output) = run(&folder, &[("arguments", "--ignore env-equals")], "the job with nothing to do") else {
        return;
    };
    assert_eq!(output.code, 0, "{}{}", output.text(), output.err);
    assert_eq!(folder.text("gl-code-quality-report.json").trim(), "[]");
}

/// What GitLab's documentation asks of each violation.
#[track_caller]
pub fn assert_code_quality(report: &Value) {
    let issues = report.as_array().unwrap();
    for issue in issues {
        for key in ["description", "check_name", "fingerprint"] {
            assert!(issue[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {issue}");
        }
        assert!(
            ["info", "minor", "major", "critical", "blocker"].contains(&issue["severity"].as_str().unwrap()),
            "{issue}"
        );
        let path = issue["location"]["path"].as_str().unwrap();
        assert!(!path.starts_with('/') && !path.starts_with("./"), "{path}");
        assert!(issue["location"]["lines"]["begin"].as_u64().is_some_and(|line| line > 0), "{issue}");
    }
    let fingerprints: BTreeSet<_> = issues.iter().map(|issue| issue["fingerprint"].as_str()).collect();
    assert_eq!(fingerprints.len(), issues.len(), "fingerprints are unique");
}
