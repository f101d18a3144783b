//! The report of `check` in each format.

use serde_json::Value;

use crate::harness::{BEFORE, Folder, Output};

/// A change, one that is for the user to judge, a place left alone, and a file of each fate.
fn small() -> Folder {
    Folder::new(&[
        (
            "Dockerfile",
            "FROM debian:bookworm\nENV LANG C.UTF-8\nENV GREETING say \"hello\" twice\n\
             RUN apt-get update && \\\n    apt-get install -y git\nADD a.txt /\u{fc}/\n",
        ),
        ("broken/Dockerfile", "FROM a\nRUNN x\n"),
        ("fine/Dockerfile", "FROM a\n"),
        ("template/Dockerfile.j2", BEFORE),
    ])
}

/// Transforms that come later shall not change what is shown here.
fn check(format: &str) -> Output {
    small().run(&format!("check --format {format} --select env-equals,apt-clean-lists,add-to-copy"))
}

fn document(format: &str) -> Value {
    serde_json::from_slice(&check(format).out).unwrap()
}

#[test]
fn each_format_says_the_same_in_its_way() {
    for format in ["human", "human --verbose", "json", "jsonl", "github", "gitlab"] {
        let output = check(format);
        assert_eq!(output.code, 2);
        crate::assert_snapshot(&format!("check_{}", format.replace(" --", "_")), &output.transcript());
    }
    let mut sarif = document("sarif");
    // The pages are long, and have snapshots of their own.
    for rule in sarif["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap() {
        assert!(
            rule["help"]["markdown"].as_str().unwrap().starts_with(&format!("# {}\n", rule["id"].as_str().unwrap()))
        );
        rule["help"] = "a page".into();
    }
    sarif["runs"][0]["tool"]["driver"]["version"] = "a version".into();
    crate::assert_snapshot("check_sarif", &format!("{sarif:#}"));
}

#[test]
fn json_is_ascii_and_one_line_is_one_file() {
    let (json, lines) = (check("json"), check("jsonl"));
    assert!(json.out.is_ascii() && lines.out.is_ascii());
    let files = document("json")["files"].as_array().unwrap().clone();
    let lines: Vec<Value> = lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), files.len());
    for (mut line, file) in lines.into_iter().zip(files) {
        assert_eq!(line.as_object_mut().unwrap().remove("schema").unwrap(), "dockeropt/1");
        assert_eq!(line, file);
    }
}

#[test]
fn the_patch_in_json_is_the_patch_of_fix() {
    let diff = document("json")["files"][0]["diff"].as_str().unwrap().to_owned();
    let patch = small().run("fix --diff Dockerfile --select env-equals,apt-clean-lists,add-to-copy");
    assert_eq!(diff, patch.text());
}

#[test]
fn the_fix_in_sarif_gives_what_fix_gives() {
    let text = |folder: &Folder| folder.text("Dockerfile");
    let before = text(&small());
    let folder = small();
    folder.run("fix --select env-equals,apt-clean-lists,add-to-copy");
    let sarif = document("sarif");
    let fixes: Vec<_> =
        sarif["runs"][0]["results"].as_array().unwrap().iter().filter_map(|result| result.get("fixes")).collect();
    let [fix] = fixes.as_slice() else { panic!("one fix for the one file") };
    let mut lines: Vec<String> = before.split_inclusive('\n').map(str::to_owned).collect();
    for replacement in fix[0]["artifactChanges"][0]["replacements"].as_array().unwrap().iter().rev() {
        let region = &replacement["deletedRegion"];
        assert_eq!((&region["startColumn"], &region["endColumn"]), (&1.into(), &1.into()));
        let line = |key: &str| usize::try_from(region[key].as_u64().unwrap()).unwrap() - 1;
        let text = replacement["insertedContent"]["text"].as_str().unwrap();
        lines.splice(line("startLine")..line("endLine"), [text.to_owned()]);
    }
    assert_eq!(lines.concat(), text(&folder));
}

/// What the schema of SARIF 2.1.0 requires; the log was held against the schema itself when it was written.
#[test]
fn sarif_has_what_its_schema_requires() {
    let sarif = document("sarif");
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "dockeropt");
    assert!(run["invocations"][0]["executionSuccessful"].is_boolean());
    let rules: Vec<_> = run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|rule| &rule["id"]).collect();
    let results = run["results"].as_array().unwrap();
    let notifications = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!((results.len(), notifications.len()), (3, 1));
    for result in results.iter().chain(notifications) {
        assert!(result["message"]["text"].is_string());
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        let place = &result["locations"][0]["physicalLocation"];
        assert!(!place["artifactLocation"]["uri"].as_str().unwrap().starts_with('/'));
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
    }
    for result in results {
        assert!(rules.contains(&&result["ruleId"]));
        assert!(result["partialFingerprints"]["dockeropt/v1"].is_string());
    }
}

#[test]
fn fingerprints_are_unique_and_stay_when_lines_move() {
    let fingerprints = |text: &str| {
        let output = Folder::new(&[("Dockerfile", text)]).run("check --format gitlab");
        let issues: Vec<Value> = serde_json::from_slice(&output.out).unwrap();
        issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let before = fingerprints("FROM a\nENV A b\nENV A b\n");
    assert_eq!(before.len(), 2);
    assert_ne!(before[0], before[1]);
    assert_eq!(fingerprints("# moved\nFROM a\n\nENV A b\nENV A b\n"), before);
}
