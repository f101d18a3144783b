//! The set-ups in `examples/hooks`: each is put into a repository as its first line says, and the tool that it is for runs it.

use std::os::unix::fs::symlink;
use std::path::Path;

use regex::Regex;

use crate::harness::{AFTER, BEFORE, Folder, Output};
use crate::material::say;
use crate::tools::{ROOT, VERSION, are_here, assert_valid, file, output, printed, tool, tools, yaml};

/// A file that a hook for Dockerfiles must leave alone.
const PROSE: &str = "ENV A b\n";

/// A repository with Dockerfiles to be fixed and a file that only has such a name, beside the set-up.
fn repository(set_up: &[(&str, &str)]) -> Folder {
    let folder = Folder::new(set_up);
    for path in ["Dockerfile", "web/app.dockerfile", "web/Containerfile.dev"] {
        folder.write(path, BEFORE);
    }
    folder.write("docs/Dockerfile.md", PROSE);
    git(&folder, &["init", "--quiet"]);
    git(&folder, &["add", "."]);
    folder
}

#[track_caller]
fn git(folder: &Folder, arguments: &[&str]) -> String {
    printed(tool("git", &folder.path("")).args(arguments))
}

fn commit(folder: &Folder) -> Output {
    output(tool("git", &folder.path("")).args(["commit", "--quiet", "-m", "first"]))
}

/// The hook has rewritten the Dockerfiles of the commit, nothing else, and everything is in it.
#[track_caller]
fn the_commit_is_fixed(folder: &Folder) {
    let committed = commit(folder);
    assert_eq!(committed.code, 0, "{}{}", committed.text(), committed.err);
    for path in ["Dockerfile", "web/app.dockerfile", "web/Containerfile.dev"] {
        assert_eq!(git(folder, &["show", &format!("HEAD:{path}")]), AFTER, "{path}");
    }
    assert_eq!(git(folder, &["show", "HEAD:docs/Dockerfile.md"]), PROSE);
    assert_eq!(git(folder, &["status", "--porcelain", "--untracked-files=no"]), "");
}

#[test]
fn lefthook_fixes_what_is_committed() {
    if !are_here(&["lefthook"], "a hook run by lefthook") {
        return;
    }
    let folder = repository(&[("lefthook.yml", &file("examples/hooks/lefthook.yml"))]);
    let lefthook = |arguments: &[&str]| printed(tool("lefthook", &folder.path("")).args(arguments));
    lefthook(&["validate"]);
    lefthook(&["install"]);
    the_commit_is_fixed(&folder);
}

#[test]
fn husky_and_lint_staged_fix_what_is_committed() {
    if !are_here(&["husky", "lint-staged", "npm"], "a hook run by husky and lint-staged") {
        return;
    }
    let files = ["package.json", ".husky/pre-commit"].map(|path| (path, file(&format!("examples/hooks/husky/{path}"))));
    let folder = repository(&[(files[0].0, &files[0].1), (files[1].0, &files[1].1), (".gitignore", "node_modules\n")]);
    symlink(tools().join("node/node_modules"), folder.path("node_modules")).unwrap();
    git(&folder, &["update-index", "--add", ".gitignore"]);
    printed(tool("npm", &folder.path("")).args(["run", "prepare"]));
    git(&folder, &["add", "."]);
    the_commit_is_fixed(&folder);
}

#[test]
fn make_checks_and_fixes() {
    if !are_here(&["make"], "make") {
        return;
    }
    let folder = repository(&[("Makefile", &file("examples/hooks/Makefile"))]);
    let make = |target: &str| output(tool("make", &folder.path("")).arg(target));
    let check = make("check-dockerfiles");
    assert!(check.code == 2 && check.text().contains("+ENV A=b"), "{}{}", check.text(), check.err);
    assert_eq!((make("dockerfiles").code, make("check-dockerfiles").code), (0, 0));
    assert_eq!(
        (folder.text("web/app.dockerfile").as_str(), folder.text("docs/Dockerfile.md").as_str()),
        (AFTER, PROSE)
    );
}

#[test]
fn the_hook_of_git_stops_a_commit_and_shows_the_patch() {
    let folder = repository(&[]);
    folder.tool("cp", &[&format!("{ROOT}/examples/hooks/pre-commit"), ".git/hooks/"]);
    let stopped = commit(&folder);
    assert_eq!(stopped.code, 1, "{}", stopped.err);
    assert!(format!("{}{}", stopped.text(), stopped.err).contains("+ENV A=b"), "{}{}", stopped.text(), stopped.err);
    printed(tool("dockeropt", &folder.path("")).args(["fix", "--changed"]));
    git(&folder, &["add", "."]);
    the_commit_is_fixed(&folder);
}

/// The names of the inputs that `with` gives must be among those that `of` knows.
#[track_caller]
fn are_known(with: &serde_json::Value, of: &serde_json::Value) {
    for name in with.as_object().into_iter().flat_map(|with| with.keys()) {
        assert!(of[name].is_object(), "the input {name} is not known");
    }
}

#[test]
fn the_workflow_for_github_uses_the_action_and_an_auditor_has_nothing_to_say() {
    let test = "the workflow for GitHub";
    let text = file("examples/hooks/github.yml");
    let (Some(workflow), Some(action)) = (yaml(&text, test), yaml(&file("action.yml"), test)) else { return };
    let steps = workflow[0]["jobs"]["dockeropt"]["steps"].as_array().unwrap();
    let ours: Vec<_> =
        steps.iter().filter(|step| step["uses"].as_str().is_some_and(|uses| uses.contains("dockeropt@"))).collect();
    assert_eq!(ours.len(), 1);
    are_known(&ours[0]["with"], &action[0]["inputs"]);
    if are_here(&["check-jsonschema", "zizmor"], test) {
        // What a release is tagged with is known when it is released: a commit stands for it.
        let pinned = text.replace(&format!("@v{VERSION}"), &format!("@{} # v{VERSION}", "0".repeat(40)));
        let folder = Folder::new(&[(".github/workflows/dockerfiles.yml", &pinned)]);
        let path = folder.path(".github/workflows/dockerfiles.yml");
        assert_valid(&["--builtin-schema", "vendor.github-workflows"], &path);
        printed(tool("zizmor", &folder.path("")).args(["--offline", "--no-progress"]).arg(path));
    }
}

#[test]
fn the_pipeline_for_gitlab_includes_the_component() {
    let test = "the pipeline for GitLab";
    let (Some(pipeline), Some(component)) =
        (yaml(&file("examples/hooks/gitlab.yml"), test), yaml(&file("templates/dockeropt.yml"), test))
    else {
        return;
    };
    let include = &pipeline[0]["include"][0];
    let address = Regex::new(r"^\$CI_SERVER_FQDN/\S+/(\w+)@\S+$").unwrap();
    let name = &address.captures(include["component"].as_str().unwrap()).unwrap()[1];
    assert!(Path::new(ROOT).join(format!("templates/{name}.yml")).is_file(), "{name}");
    are_known(&include["inputs"], &component[0]["spec"]["inputs"]);
    if are_here(&["check-jsonschema"], test) {
        assert_valid(&["--builtin-schema", "vendor.gitlab-ci"], &Path::new(ROOT).join("examples/hooks/gitlab.yml"));
    }
}

#[test]
fn every_set_up_is_tried() {
    let tried = include_str!("examples.rs");
    let names =
        std::fs::read_dir(Path::new(ROOT).join("examples/hooks")).unwrap().map(|entry| entry.unwrap().file_name());
    for name in names.map(|name| name.into_string().unwrap()) {
        // That of pre-commit has a file of its own.
        let is_tried = name == "pre-commit-config.yaml" || tried.contains(&format!("examples/hooks/{name}"));
        if !is_tried {
            say(&format!("examples/hooks/{name} is tried by no test"));
        }
        assert!(is_tried);
    }
}
