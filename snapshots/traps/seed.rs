//! The example that most tools are shown with, through the program and through its patch.

use std::path::Path;
use std::process::{Command, Output};

const BEFORE: &str = "\
# The web service
FROM python:3.9
RUN apt-get update
RUN apt-get install -y libssl-dev
RUN pip install flask
RUN pip install requests
COPY . /app
";

const AFTER: &str = r"# The web service
FROM python:3.9
RUN apt-get update \
    && apt-get install -y libssl-dev \
    && pip install --no-cache-dir flask requests \
    && rm -rf /var/lib/apt/lists/*
COPY . /app
";

fn dockeropt(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dockeropt")).args(arguments).current_dir(folder).output().unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("Dockerfile"), BEFORE).unwrap();
    folder
}

fn text(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("Dockerfile")).unwrap()
}

#[test]
fn four_runs_become_one_that_leaves_no_cache_behind() {
    let folder = folder();
    for _ in 0..2 {
        let output = dockeropt(folder.path(), &["fix"]);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(text(folder.path()), AFTER);
    }
    assert!(dockeropt(folder.path(), &["fix", "--check"]).status.success());
}

#[test]
fn its_patch_applies() {
    for tool in [&["git", "apply", "fix.patch"][..], &["patch", "-p1", "-s", "-i", "fix.patch"]] {
        if !crate::material::is_here(tool[0], &format!("the patch of the seed applied with {}", tool[0])) {
            continue;
        }
        let folder = folder();
        let output = dockeropt(folder.path(), &["fix", "--diff"]);
        assert_eq!((text(folder.path()).as_str(), output.status.code()), (BEFORE, Some(1)));
        std::fs::write(folder.path().join("fix.patch"), output.stdout).unwrap();
        let applied = Command::new(tool[0]).args(&tool[1..]).current_dir(folder.path()).status().unwrap();
        assert!(applied.success(), "{tool:?}");
        assert_eq!(text(folder.path()), AFTER, "{tool:?}");
    }
}
