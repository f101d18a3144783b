//! The reports for pipelines, of all examples and of files that are hard to report on, held against what their readers ask for.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::gitlab::assert_code_quality;
use crate::harness::{BEFORE, Folder};
use crate::material::say;
use crate::tools::{ROOT, are_here, assert_valid, tools};

/// The examples, and a name, a line and an error of each kind.
fn files() -> Folder {
    let folder = Folder::new(&[
        ("a b/\u{fc} %20#?.Dockerfile", BEFORE),
        ("crlf/Dockerfile", "FROM a\r\nENV A b"),
        ("two/Dockerfile", "FROM a\nENV A b\nENV A b\nRUN apt-get update\nRUN apt-get install -y git\n"),
        ("bad/Dockerfile", "RUNN x\n"),
        ("empty/Dockerfile", ""),
        ("template/Dockerfile.j2", BEFORE),
    ]);
    folder.write("latin/Dockerfile", b"FROM a\n# caf\xe9\nENV A b \xe9\n");
    let copied = Command::new("cp").arg("-R").arg(Path::new(ROOT).join("examples")).arg(folder.path("all")).status();
    assert!(copied.unwrap().success());
    folder
}

fn report(folder: &Folder, format: &str) -> Value {
    let output = folder.run(&format!("check --format {format}"));
    assert_eq!(output.code, 2, "{}", output.err);
    serde_json::from_slice(&output.out).unwrap()
}

#[test]
fn code_quality_is_what_gitlab_asks_for() {
    let report = report(&files(), "gitlab");
    assert!(report.as_array().unwrap().len() > 20);
    assert_code_quality(&report);
}

/// The schema of SARIF 2.1.0 comes with Microsoft's matchers for Jest.
const SCHEMA: &str = "node/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json";

#[test]
fn sarif_is_valid_by_its_schema() {
    let test = "SARIF by its schema";
    let schema = tools().join(SCHEMA);
    if !are_here(&["check-jsonschema"], test) {
        return;
    }
    if !schema.is_file() {
        return say(&format!("skipped: {test}: the schema is not there; .ci/run installs it"));
    }
    let folder = files();
    let sarif = report(&folder, "sarif");
    assert!(sarif["runs"][0]["results"].as_array().unwrap().len() > 20);
    folder.write("all.sarif", sarif.to_string());
    folder.write("none.sarif", Folder::new(&[]).run("check --format sarif").out);
    for name in ["all.sarif", "none.sarif"] {
        // One of its patterns is none in strict ECMAScript.
        let schema = ["--regex-variant", "python", "--schemafile", schema.to_str().unwrap()];
        assert_valid(&schema, &folder.path(name));
    }
}
