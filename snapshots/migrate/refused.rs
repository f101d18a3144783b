//! A Dockerfile that BuildKit would refuse: seen in the row, on the page, in what is said, and in the exit code.

use std::fs;

use serde_json::{Value, json};

use crate::farm::{Farm, Files, git, rows};
use crate::harness::BEFORE;

const REFUSED: &str = "FROM a\nRUNN b\n";

const BECAUSE: &str = ":2`: not a Dockerfile that BuildKit takes, left as it is: ";

fn files(files: &[(&str, &str)]) -> Files {
    files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

/// A repository that is fine, one with nothing but a refused Dockerfile, and one with both kinds.
fn farm() -> Farm {
    let mixed = [("Dockerfile", BEFORE), ("a/Dockerfile", REFUSED), ("b/Dockerfile", REFUSED)];
    let farm = Farm::new(vec![files(&[("Dockerfile", BEFORE)]), files(&[("Dockerfile", REFUSED)]), files(&mixed)]);
    farm.checkouts("r");
    farm
}

const SAID: &str = "3 repositories · 2 changed · 1 refused · 3 Dockerfiles refused or failed · 0.0 s\n";

#[test]
fn a_dockerfile_that_buildkit_refuses_is_seen_wherever_one_looks() {
    let farm = farm();
    let output = farm.run("r --out out --offline --jobs 1 --report report.html --report report.json");
    assert_eq!(output.code, 2, "{}", output.err);
    assert!(output.err.ends_with(SAID), "{}", output.err);
    for line in ["team-1/app-1: refused: `Dockerfile", "team-2/app-2: changed: `a/Dockerfile"] {
        assert!(output.err.contains(&format!("{line}{BECAUSE}")), "{}", output.err);
    }

    let journal = rows(&farm.path("out/journal.jsonl"));
    let told = |name: &str| {
        let row = &journal[name];
        json!([row["outcome"], row["files"], row["files_changed"], row["files_failed"]])
    };
    assert_eq!(told("team-0/app-0"), json!(["changed", 1, 1, 0]));
    assert_eq!(told("team-1/app-1"), json!(["refused", 1, 0, 1]));
    assert_eq!(told("team-2/app-2"), json!(["changed", 3, 1, 2]));
    assert!(journal["team-0/app-0"].get("because").is_none());
    assert!(journal["team-2/app-2"]["patch"].is_string(), "the other files are changed all the same");

    let report: Value = serde_json::from_slice(&fs::read(farm.path("report.json")).unwrap()).unwrap();
    assert_eq!(report["summary"]["outcomes"], json!({ "changed": 2, "refused": 1 }));
    assert_eq!(report["summary"]["files_failed"], 3);
    let failures = report["summary"]["failures"].as_object().unwrap();
    assert_eq!(failures.values().collect::<Vec<_>>(), [&json!(2)], "the same reason is told once: {failures:?}");
    let page = fs::read_to_string(farm.path("report.html")).unwrap();
    for tile in [
        "<div class=\"card refused\"><b>1</b><span>refused</span></div>",
        "<div class=\"card failed\"><b>3</b><span>Dockerfiles refused or failed</span></div>",
    ] {
        assert!(page.contains(tile), "{tile}");
    }
    assert!(page.contains("patches/team-2/app-2.patch · `a/Dockerfile:2`: not a Dockerfile"), "{page}");

    let output = farm.run("--report-from out/journal.jsonl --report again.json");
    assert_eq!((output.code, output.err.as_str()), (2, SAID));
    assert_eq!(fs::read(farm.path("again.json")).unwrap(), fs::read(farm.path("report.json")).unwrap());
}

#[test]
fn what_was_refused_is_done_again_and_comes_to_the_same() {
    for kind in ["patches", "branch", "in-place"] {
        let farm = farm();
        let first = farm.run(&format!("r --out out --offline --quiet --output {kind}"));
        let journal = rows(&farm.path("out/journal.jsonl"));
        let heard = farm.path("heard");
        let mut again = farm.migrate(&format!("r --out out --offline --quiet --output {kind} --resume"));
        let again = again.args(["--exec", r#"echo "$DOCKEROPT_REPOSITORY" >>"$HEARD""#]).env("HEARD", &heard);
        assert_eq!((first.code, again.output().unwrap().status.code()), (2, Some(2)), "{kind}");
        assert_eq!(rows(&farm.path("out/journal.jsonl")), journal, "{kind}");
        let mut heard: Vec<_> = fs::read_to_string(&heard).unwrap().lines().map(str::to_owned).collect();
        heard.sort();
        // In place, what could be written is written.
        let done: &[&str] = if kind == "in-place" { &["team-1/app-1"] } else { &["team-1/app-1", "team-2/app-2"] };
        assert_eq!(heard, done, "{kind}");
    }
}

#[test]
fn a_dockerfile_that_was_mended_is_changed_by_the_next_run() {
    let farm = farm();
    assert_eq!(farm.run("r --out out --offline --quiet").code, 2);
    for name in ["team-1/app-1/Dockerfile", "team-2/app-2/a/Dockerfile", "team-2/app-2/b/Dockerfile"] {
        fs::write(farm.path("r").join(name), BEFORE).unwrap();
    }
    for name in ["team-1/app-1", "team-2/app-2"] {
        git(&farm.path("r").join(name), &["commit", "--quiet", "--all", "--message", "mended"]);
    }
    let output = farm.run("r --out out --offline --resume");
    assert_eq!((output.code, output.err.as_str()), (0, "3 repositories · 3 changed · 0.0 s\n"));
}
