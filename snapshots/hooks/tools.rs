//! The tools of others that `.ci/run` installs below `target/tools`, a shell that has them and nothing of the caller's settings, and YAML read by one of them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::harness::{DISTURBING, Output};
use crate::material::say;
pub use crate::material::tools;

/// The version in `Cargo.toml`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where the repository is.
pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The program that the tests are about.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_dockeropt");

/// A file of the repository.
pub fn file(path: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// PATH with the tools in front, and this program before all of them. What npm installed is in a folder of its own.
pub fn path() -> OsString {
    let program = Path::new(PROGRAM).parent().unwrap().to_owned();
    let own = [program, tools().join("bin"), tools().join("node/node_modules/.bin")];
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(own.into_iter().chain(std::env::split_paths(&path))).unwrap()
}

/// Whether all of `programs` are on that PATH; if not, says that `test` is skipped.
pub fn are_here(programs: &[&str], test: &str) -> bool {
    let path = path();
    let is_there = |program: &&&str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let missing = programs.iter().find(|program| !is_there(program));
    if let Some(missing) = missing {
        say(&format!("skipped: {test}: {missing} is not there; .ci/run installs it"));
    }
    missing.is_none()
}

/// A folder for what tests share and for what outlasts them, empty, below `target`.
pub fn fresh(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hooks").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Where tools keep what they want to keep.
fn home() -> &'static Path {
    static HOME: OnceLock<PathBuf> = OnceLock::new();
    HOME.get_or_init(|| fresh("home"))
}

/// A command in `folder` with the tools on PATH, no settings of git or of the caller's pipeline, and a home of its own.
pub fn tool(program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("PATH", path()).env("HOME", home()).env("SOURCE_DATE_EPOCH", "1787270400");
    command.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null"), ("NO_COLOR", "1")]);
    command.envs(["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"].map(|name| (name, "a")));
    command.envs(["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"].map(|name| (name, "a@example.org")));
    for name in DISTURBING.iter().filter(|name| **name != "NO_COLOR") {
        command.env_remove(name);
    }
    let of_a_pipeline = std::env::vars_os().map(|(name, _)| name);
    for name in of_a_pipeline.filter(|name| {
        let name = name.to_string_lossy();
        ["GITHUB_", "RUNNER_", "CI_", "GITLAB_", "GIT_DIR", "GIT_INDEX_FILE"]
            .iter()
            .any(|start| name.starts_with(start))
    }) {
        command.env_remove(name);
    }
    command
}

/// What `command` comes to.
pub fn output(command: &mut Command) -> Output {
    let name = format!("{command:?}");
    Output::of(command.output().unwrap_or_else(|error| panic!("{name}: {error}")))
}

/// What `command` prints on standard output; it must succeed.
#[track_caller]
pub fn printed(command: &mut Command) -> String {
    let output = output(command);
    assert_eq!(output.code, 0, "{command:?}\n{}{}", output.text(), output.err);
    output.text().to_owned()
}

/// The documents of a YAML file as JSON, read by the Python that pre-commit brought; `None` after saying that `test` is skipped.
pub fn yaml(text: &str, test: &str) -> Option<Vec<Value>> {
    const SCRIPT: &str = "import json, sys, yaml\nprint(json.dumps(list(yaml.safe_load_all(sys.argv[1]))))";
    let python = tools().join("bin/python");
    if !python.is_file() || !are_here(&["pre-commit"], test) {
        say(&format!("skipped: {test}: nothing reads YAML here; .ci/run installs pre-commit, which does"));
        return None;
    }
    let json = printed(tool(python, Path::new(ROOT)).args(["-c", SCRIPT, text]));
    Some(serde_json::from_str(&json).unwrap())
}

/// Holds `file` against a schema that check-jsonschema brings, or has been given, after `--builtin-schema` or `--schemafile`.
#[track_caller]
pub fn assert_valid(schema: &[&str], file: &Path) {
    let output = output(tool("check-jsonschema", Path::new(ROOT)).args(schema).arg(file));
    assert_eq!(output.code, 0, "{}: {}{}", file.display(), output.text(), output.err);
}
