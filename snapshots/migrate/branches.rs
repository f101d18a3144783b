//! `--output branch`: a commit on a branch of its own, and nothing else of the repository is touched.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::farm::{Farm, assert_fine, assert_same, git, listing, rows};
use crate::harness::{AFTER, BEFORE};
use crate::material::{self, folder_or_skip};

const BRANCH: &str = "dockeropt/migrate";

/// Everything of a repository but new objects and the new branch.
fn state(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut state = listing(folder, &[".git/objects"]);
    state.retain(|path, _| !path.starts_with(".git/refs/heads/dockeropt"));
    state
}

#[test]
fn a_branch_is_made_and_all_else_stays() {
    let Some(shared) = folder_or_skip("branches of the corpus") else { return };
    let farm = Farm::of_corpus(&shared, 40);
    let root = farm.checkouts("checkouts");
    for name in farm.names() {
        let folder = root.join(&name);
        fs::create_dir_all(folder.join(".git/hooks")).unwrap();
        for hook in ["post-commit", "reference-transaction", "post-index-change", "pre-commit"] {
            let path = folder.join(".git/hooks").join(hook);
            fs::write(&path, format!("#!/bin/sh\ntouch {}\n", farm.path("ran").display())).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let first = farm.path("checkouts").join(&name).join("Dockerfile");
        let text = fs::read(&first).unwrap();
        fs::write(&first, "FROM stashed\n").unwrap();
        git(&folder, &["-c", "core.hooksPath=/dev/null", "stash", "--quiet"]);
        assert_eq!(fs::read(&first).unwrap(), text);
    }
    let before: Vec<_> = farm.names().iter().map(|name| state(&root.join(name))).collect();
    let output = farm.run("checkouts --out out --offline --quiet --output branch");
    assert_fine(&output);
    let placed = farm.checkouts("placed");
    assert_fine(&farm.run("placed --out placed-out --offline --quiet --output in-place"));
    let journal = rows(&farm.path("out/journal.jsonl"));
    let mut made = 0;
    for (name, before) in farm.names().iter().zip(before) {
        let folder = root.join(name);
        assert_same(name, &before, &state(&folder));
        assert_eq!(git(&folder, &["stash", "list"]).lines().count(), 1);
        let row = &journal[name];
        if row["outcome"] != "changed" {
            continue;
        }
        made += 1;
        assert_eq!(git(&folder, &["rev-parse", BRANCH]), row["commit"].as_str().unwrap());
        assert_eq!(git(&folder, &["rev-parse", &format!("{BRANCH}^")]), row["head"].as_str().unwrap());
        assert_eq!(git(&folder, &["log", "-1", "--format=%an <%ae>", BRANCH]), "A. Platform Team <team@example.org>");
        git(&folder, &["fsck", "--no-progress", "--no-dangling"]);
        let clone = farm.path("clones").join(name);
        git(&root, &["clone", "--quiet", "--branch", BRANCH, folder.to_str().unwrap(), clone.to_str().unwrap()]);
        assert_same(name, &listing(&placed.join(name), &[".git"]), &listing(&clone, &[".git"]));
    }
    assert!(made > 30 && !farm.path("ran").exists(), "{made}");

    // Another run finds all of it done; one from the beginning makes the same commits.
    let whole = listing(&farm.path("out"), &[]);
    assert_eq!(
        farm.run("checkouts --out out --offline --quiet --output branch --resume --verbose").code,
        2,
        "quiet and verbose"
    );
    assert_fine(&farm.run("checkouts --out out --offline --quiet --output branch --resume"));
    assert_same("a run with nothing to do", &whole, &listing(&farm.path("out"), &[]));
    assert_fine(&farm.run("checkouts --out other --offline --quiet --output branch --jobs 1"));
    assert_same("the same from the beginning", &whole, &listing(&farm.path("other"), &[]));
}

fn one(text: &str) -> Farm {
    Farm::new(vec![[("Dockerfile".to_owned(), text.as_bytes().to_vec())].into()])
}

#[test]
fn a_branch_that_somebody_works_on_is_left_alone() {
    let farm = one(BEFORE);
    let folder = farm.checkouts("r").join(Farm::name(0));
    git(&folder, &["branch", BRANCH]);
    let output = farm.run("r --out out --offline --output branch");
    output.fails_with("there is a branch `dockeropt/migrate` already that holds something else");
    assert_eq!(git(&folder, &["rev-parse", BRANCH]), git(&folder, &["rev-parse", "HEAD"]));
    assert_eq!(farm.run("r --out out --offline --output branch --branch mine --resume").code, 0);
    assert_eq!(git(&folder, &["show", "mine:Dockerfile"]), AFTER.trim());
}

#[test]
fn what_was_changed_since_is_done_again() {
    let farm = one(BEFORE);
    let folder = farm.checkouts("r").join(Farm::name(0));
    let run = |more: &str| {
        let output = farm.run(&format!("r --out out --offline --verbose --output branch --resume {more}"));
        (output.code, rows(&farm.path("out/journal.jsonl")).into_values().next().unwrap())
    };
    let (code, first) = run("");
    assert_eq!((code, first["outcome"].as_str()), (0, Some("changed")));
    assert_eq!(run("").1, first);

    fs::write(folder.join("Dockerfile"), "FROM b\nENV A b\n").unwrap();
    let (code, dirty) = run("");
    assert_eq!((code, dirty["outcome"].as_str()), (2, Some("refused")));
    assert!(dirty["because"].as_str().unwrap().starts_with("not clean: `Dockerfile`"));
    git(&folder, &["commit", "--quiet", "--all", "--message", "second"]);
    // The branch holds what the first run has made, so it is moved.
    let (code, second) = run("");
    assert_eq!((code, second["outcome"].as_str()), (0, Some("changed")));
    assert_ne!(second["commit"], first["commit"]);
    git(&folder, &["commit", "--quiet", "--allow-empty", "--message", "third"]);
    let (_, third) = run("");
    assert_eq!(git(&folder, &["rev-parse", BRANCH]), third["commit"].as_str().unwrap());
    let (_, other) = run("--ignore form");
    assert_eq!(other["outcome"], "unchanged");
}

#[test]
fn a_run_in_place_that_is_killed_while_it_writes_is_finished() {
    let farm = one(BEFORE);
    let folder = farm.checkouts("r").join(Farm::name(0));
    assert_eq!(farm.run("r --out out --offline --quiet --output in-place").code, 0);
    let journal = farm.path("out/journal.jsonl");
    let whole = fs::read_to_string(&journal).unwrap();
    let body = fs::read(farm.path("out/bodies/team-0/app-0.md")).unwrap();
    for text in [BEFORE, AFTER] {
        fs::write(folder.join("Dockerfile"), text).unwrap();
        fs::write(&journal, whole.replace("\"changed\"", "\"begun\"")).unwrap();
        assert_eq!(farm.run("r --out out --offline --quiet --output in-place --resume").code, 0);
        assert_eq!(fs::read_to_string(folder.join("Dockerfile")).unwrap(), AFTER);
        let row = rows(&journal).into_values().next().unwrap();
        assert_eq!((&row["outcome"], &row["files_changed"]), (&"changed".into(), &1.into()));
        assert_eq!(fs::read(farm.path("out/bodies/team-0/app-0.md")).unwrap(), body);
    }
}

#[test]
fn a_command_hears_of_every_repository() {
    if !material::is_here("grep", "a command after each repository") {
        return;
    }
    let farm = Farm::new(vec![
        [("Dockerfile".to_owned(), BEFORE.as_bytes().to_vec())].into(),
        [("README".to_owned(), b"x\n".to_vec())].into(),
    ]);
    farm.checkouts("r");
    let heard = farm.path("heard");
    let command = r#"echo "$DOCKEROPT_REPOSITORY $DOCKEROPT_OUTCOME $DOCKEROPT_BRANCH" >>"$HEARD"; test -z "$DOCKEROPT_PATCH" || grep -q '^+ENV A=b' "$DOCKEROPT_PATCH""#;
    let mut run = farm.migrate("r --out out --offline --quiet --jobs 1");
    let output = run.args(["--exec", command]).env("HEARD", &heard).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(&heard).unwrap(), "team-0/app-0 changed \nteam-1/app-1 no-dockerfile \n");
    let body = fs::read_to_string(farm.path("out/bodies/team-0/app-0.md")).unwrap();
    assert!(body.contains("## `Dockerfile`\n\n- line 2: "), "{body}");

    let output =
        farm.migrate("r --out failing --offline --quiet").args(["--exec", "echo no; exit 3"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let journal = rows(&farm.path("failing/journal.jsonl"));
    assert!(journal.values().all(|row| row["because"] == "--exec: it ended with 3: no" && row["outcome"] == "failed"));
}
