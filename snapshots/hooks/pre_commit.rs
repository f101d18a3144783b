//! pre-commit: the hooks are for the files that dockeropt is for, and run from the wheel.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use dockeropt::world::files::{Kind, kind};
use regex::Regex;
use serde_json::Value;

use crate::harness::{AFTER, BEFORE, Folder, Output};
use crate::material::say;
use crate::tools::{ROOT, VERSION, are_here, file, output, printed, tool, tools, yaml};
use crate::wheel::{wheels_or_skip, without_an_index};

/// The file that users write, which names a repository that is not to be reached from here.
const CONFIGURATION: &str = "examples/hooks/pre-commit-config.yaml";

fn hooks(test: &str) -> Option<Vec<Value>> {
    let hooks = yaml(&file(".pre-commit-hooks.yaml"), test)?;
    Some(hooks[0].as_array().unwrap().clone())
}

#[test]
fn pre_commit_takes_the_files_for_it() {
    if are_here(&["pre-commit"], "files for pre-commit") {
        let validate = |what: &str, path: &str| printed(tool("pre-commit", Path::new(ROOT)).args([what, path]));
        validate("validate-manifest", ".pre-commit-hooks.yaml");
        validate("validate-config", CONFIGURATION);
    }
}

/// Every form of a name, with every suffix that is known to be of something else.
fn names() -> Vec<String> {
    let facts = include_str!("../../src/world/facts.txt");
    let suffixes: Vec<_> = facts
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter(|(key, _)| ["ending of templates", "ending of what is no Dockerfile"].contains(key))
        .map(|(_, suffix)| suffix)
        .collect();
    assert!(suffixes.len() > 80, "the endings in facts.txt are read");
    let suffixes = suffixes.into_iter().chain(["", "prod", "22.04", "dev-arm64"]);
    let forms = [
        "Dockerfile",
        "dockerfile",
        "DOCKERFILE",
        "Containerfile",
        "app.Dockerfile",
        "app.dockerfile",
        "app-Dockerfile",
        "app_containerfile",
        "Dockerfile-alpine",
        "Dockerfile_arm",
        "Dockerfiles",
        "mydockerfile",
        "dockerfile2",
        ".Dockerfile",
        "docker-compose",
        "Makefile",
    ];
    let with_suffix = move |suffix: &str| {
        forms.map(|form| if suffix.is_empty() { form.to_owned() } else { format!("{form}.{suffix}") })
    };
    suffixes.flat_map(with_suffix).collect()
}

#[test]
fn the_hooks_are_for_the_names_that_dockeropt_knows() {
    let Some(hooks) = hooks("names in hooks") else { return };
    let ids: Vec<_> = hooks.iter().map(|hook| hook["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["dockeropt-fix", "dockeropt-check"]);
    for hook in &hooks {
        let pattern = |key: &str| Regex::new(hook[key].as_str().unwrap()).unwrap();
        let (files, exclude) = (pattern("files"), pattern("exclude"));
        for name in names() {
            for path in [name.clone(), format!("services/web.d/{name}")] {
                let is_taken = files.is_match(&path) && !exclude.is_match(&path);
                assert_eq!(is_taken, kind(OsStr::new(&name)) == Kind::Dockerfile, "{path}");
            }
        }
    }
}

/// A repository as users have it, and beside it one with the hooks, which pre-commit clones.
struct Place {
    repository: Folder,
    /// The repository with the hooks, and what pre-commit keeps.
    beside: Folder,
    wheels: &'static Path,
}

impl Place {
    fn new(test: &str, files: &[(&str, &str)]) -> Option<Self> {
        let wheels = wheels_or_skip(test)?;
        if !are_here(&["pre-commit", "git"], test) {
            return None;
        }
        if !tools().join("wheels").is_dir() {
            say(&format!("skipped: {test}: setuptools is not there; .ci/run fetches it"));
            return None;
        }
        let beside = Folder::new(&[
            ("hooks/.pre-commit-hooks.yaml", &file(".pre-commit-hooks.yaml")),
            ("hooks/pyproject.toml", &file("packaging/pre-commit/pyproject.toml")),
        ]);
        let git = |arguments: &[&str]| printed(tool("git", &beside.path("hooks")).args(arguments));
        git(&["init", "--quiet"]);
        git(&["add", "."]);
        git(&["commit", "--quiet", "-m", "hooks"]);
        git(&["tag", &format!("v{VERSION}")]);
        let place = Self { repository: Folder::new(files), beside, wheels };
        let url = Regex::new("repo: .*").unwrap();
        let here = format!("repo: {}", place.beside.path("hooks").display());
        let configuration = file(CONFIGURATION);
        place.repository.write(".pre-commit-config.yaml", url.replace(&configuration, here.as_str()).as_bytes());
        place.git(&["init", "--quiet"]);
        place.git(&["add", "."]);
        Some(place)
    }

    fn git(&self, arguments: &[&str]) -> String {
        printed(tool("git", &self.repository.path("")).args(arguments))
    }

    fn pre_commit(&self, arguments: &[&str]) -> Output {
        let mut command = tool("pre-commit", &self.repository.path(""));
        // The folder of the interpreter that pre-commit runs on has none of this machine's Rust.
        let path: Vec<PathBuf> = std::env::split_paths(&crate::tools::path())
            .filter(|folder| !folder.join("cargo").exists() && !folder.join("dockeropt").exists())
            .collect();
        command
            .args(arguments)
            .env("PRE_COMMIT_HOME", self.beside.path("kept"))
            .env("PATH", std::env::join_paths(path).unwrap());
        output(without_an_index(&mut command, self.wheels))
    }
}

#[test]
fn the_hook_fixes_once_and_passes_then() {
    let files = [
        ("Dockerfile", BEFORE),
        ("web/app.dockerfile", BEFORE),
        ("vendor/Dockerfile", BEFORE),
        ("Dockerfile.j2", BEFORE),
        ("about.dockerfile.md", BEFORE),
    ];
    let Some(place) = Place::new("a hook run by pre-commit", &files) else { return };
    let first = place.pre_commit(&["run", "--all-files"]);
    assert!(
        first.code == 1 && first.text().contains("files were modified by this hook"),
        "{}{}",
        first.text(),
        first.err
    );
    let second = place.pre_commit(&["run", "--all-files"]);
    assert!(second.code == 0 && second.text().contains("Passed"), "{}{}", second.text(), second.err);

    // The files are what `dockeropt fix` makes of them, and those that are not for it are as they were.
    let by_hand = Folder::new(&files);
    assert_eq!(by_hand.run("fix").code, 0);
    for (path, _) in files {
        assert_eq!(place.repository.text(path), by_hand.text(path), "{path}");
    }
    assert_eq!(place.repository.text("web/app.dockerfile"), AFTER);
    assert_eq!(place.git(&["diff", "--name-only"]), "Dockerfile\nweb/app.dockerfile\n");

    // As a hook of git it stops a commit until what it wrote is added.
    place.pre_commit(&["install"]);
    place.repository.write("Dockerfile", BEFORE);
    place.git(&["add", "."]);
    let mut commit = tool("git", &place.repository.path(""));
    commit.args(["commit", "-m", "first"]).env("PRE_COMMIT_HOME", place.beside.path("kept"));
    assert_ne!(output(&mut commit).code, 0);
    assert_eq!(place.repository.text("Dockerfile"), AFTER);
    place.git(&["add", "."]);
    printed(&mut commit);
}

#[test]
fn the_check_fails_while_something_would_change() {
    let Some(place) = Place::new("a check run by pre-commit", &[("Dockerfile", BEFORE)]) else { return };
    let configuration = place.repository.text(".pre-commit-config.yaml").replace("dockeropt-fix", "dockeropt-check");
    place.repository.write(".pre-commit-config.yaml", configuration);
    place.git(&["add", "."]);
    let check = || place.pre_commit(&["run", "--all-files"]);
    let output = check();
    assert!(output.code == 1 && output.text().contains("warning[env-equals]"), "{}{}", output.text(), output.err);
    assert_eq!(place.repository.text("Dockerfile"), BEFORE);
    place.repository.write("Dockerfile", AFTER);
    assert_eq!(check().code, 0);
}
