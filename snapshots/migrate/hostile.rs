//! Repositories that nobody vouches for: nothing of them is run, and nothing beyond them is read or written.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use crate::farm::{Farm, assert_same, git, listing, rows, write};
use crate::harness::{self, AFTER, BEFORE, Folder};

/// What no output may hold.
const SECRET: &str = "the-secret-of-somebody-else";

/// Makes a repository with a Dockerfile that would change, and lets `attack` do something to it.
fn repository(root: &Path, name: &str, attack: impl FnOnce(&Path)) {
    let folder = root.join(name);
    write(&folder.join("Dockerfile"), BEFORE.as_bytes());
    git(root, &["init", "--quiet", "--initial-branch=main", name]);
    commit(&folder);
    attack(&folder);
}

fn commit(folder: &Path) {
    git(folder, &["add", "--all", "."]);
    git(folder, &["-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--message", "x"]);
}

fn config(folder: &Path, settings: &[(&str, &str)]) {
    settings.iter().for_each(|(name, value)| drop(git(folder, &["config", name, value])));
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// What is to become of a repository: its outcome with patches and with branches, and a part of the reason.
type Fate = (&'static str, [&'static str; 2], &'static str);

const CHANGED: [&str; 2] = ["changed", "changed"];
const REFUSED: [&str; 2] = ["refused", "refused"];

const FATES: &[Fate] = &[
    ("alternate-folder", ["changed", "refused"], "`.git/objects/ff` is a symbolic link"),
    ("case-trick", REFUSED, "not clean: `.GIT/` is not what was committed"),
    ("common-folder", REFUSED, "`.git/commondir` leads elsewhere"),
    ("companion-link", CHANGED, ""),
    ("compose-bomb", CHANGED, "compose.yaml: not read for Dockerfiles: "),
    ("compose-escape", CHANGED, "compose.yml: the build of `a` leads out of the repository"),
    ("compose-link", CHANGED, "link/Dockerfile: passed over: a symbolic link"),
    ("config-command", ["failed", "failed"], "dockeropt.toml:1: "),
    ("config-link", REFUSED, "`dockeropt.toml` is a symbolic link"),
    ("dirty", REFUSED, "not clean: `Dockerfile` is not what was committed"),
    ("endless-rules", REFUSED, "`.gitignore` is a symbolic link"),
    ("external-programs", CHANGED, ""),
    ("file-link", CHANGED, "linked/Dockerfile: passed over: symlink leaves the tree"),
    ("filters", CHANGED, ""),
    ("git-file", REFUSED, "`.git` is not a folder but leads elsewhere"),
    ("git-link", REFUSED, "`.git` is not a folder but leads elsewhere"),
    ("head-link", REFUSED, "`.git/HEAD` is not a file"),
    ("hooks", CHANGED, ""),
    ("huge", CHANGED, "big/Dockerfile: larger than 1048576 bytes; --max-file-size sets the limit"),
    ("lock-link", REFUSED, "`dockeropt.lock` is a symbolic link"),
    ("monitor", CHANGED, ""),
    ("no-commit", REFUSED, "it has no commit"),
    ("pipe", CHANGED, "pipe/Dockerfile: not a regular file"),
    ("pipe-rules", REFUSED, "`sub/.gitignore` is not a file"),
    ("promised-objects", ["failed", "failed"], ""),
    ("reference-escape", REFUSED, "is no name of a reference"),
    ("references-link", REFUSED, "`.git/refs/heads` is not a folder"),
    ("rules-without-end", REFUSED, "`.gitignore` is larger than 1048576 bytes"),
    ("submodule", CHANGED, "inner/Dockerfile: passed over: in a repository of its own"),
    ("terminal\u{1b}[2J", CHANGED, ""),
    ("work-tree", CHANGED, ""),
];

/// The farm, beside a folder of somebody else.
fn farm(root: &Path, outside: &Path) {
    let ran = outside.join("ran");
    let run = format!("touch {}; cat", ran.display());
    let make = |name: &str, attack: &dyn Fn(&Path)| repository(root, name, |folder| attack(folder));
    make("alternate-folder", &|folder| symlink(outside, folder.join(".git/objects/ff")).unwrap());
    make("case-trick", &|folder| write(&folder.join(".GIT/hooks/Dockerfile"), BEFORE.as_bytes()));
    make("common-folder", &|folder| write(&folder.join(".git/commondir"), b"../../victim/.git\n"));
    make("companion-link", &|folder| {
        symlink(outside.join("secret"), folder.join(".dockerignore")).unwrap();
        commit(folder);
    });
    make("compose-bomb", &|folder| {
        let bomb = (1..40).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
            let last = format!("*a{}", n - 1);
            format!("{text}a{n}: &a{n} [{}]\n", [last.as_str(); 9].join(", "))
        });
        write(&folder.join("compose.yaml"), format!("{bomb}services: {{}}\n").as_bytes());
        commit(folder);
    });
    make("compose-escape", &|folder| {
        write(
            &folder.join("compose.yml"),
            b"services: {a: {build: ../../victim}, b: {build: {context: ., dockerfile: /etc/passwd}}}\n",
        );
        commit(folder);
    });
    make("compose-link", &|folder| {
        symlink(outside, folder.join("link")).unwrap();
        write(&folder.join("compose.yml"), b"services: {a: {build: link}}\n");
        commit(folder);
    });
    make("config-command", &|folder| {
        write(&folder.join("dockeropt.toml"), format!("exec = \"touch {}\"\n", ran.display()).as_bytes());
        commit(folder);
    });
    make("config-link", &|folder| {
        symlink(outside.join("secret"), folder.join("dockeropt.toml")).unwrap();
        commit(folder);
    });
    make("dirty", &|folder| write(&folder.join("Dockerfile"), b"FROM c\n"));
    make("endless-rules", &|folder| symlink("/dev/zero", folder.join(".gitignore")).unwrap());
    make("external-programs", &|folder| {
        let settings = [
            "diff.external",
            "core.sshCommand",
            "gpg.program",
            "alias.status",
            "core.pager",
            "core.editor",
            "credential.helper",
        ];
        settings.iter().for_each(|name| config(folder, &[(name, &run)]));
        config(folder, &[("commit.gpgsign", "true"), ("core.attributesFile", "/dev/zero")]);
    });
    make("file-link", &|folder| {
        fs::create_dir(folder.join("linked")).unwrap();
        symlink(outside.join("Dockerfile"), folder.join("linked/Dockerfile")).unwrap();
        commit(folder);
    });
    make("filters", &|folder| {
        write(&folder.join(".gitattributes"), b"* filter=evil diff=evil merge=evil\n");
        commit(folder);
        for name in [
            "filter.evil.clean",
            "filter.evil.smudge",
            "filter.evil.process",
            "diff.evil.textconv",
            "diff.evil.command",
        ] {
            config(folder, &[(name, &run)]);
        }
        // Git would look at the text again, through the filter.
        write(&folder.join("Dockerfile"), BEFORE.as_bytes());
    });
    make("git-file", &|folder| {
        fs::remove_dir_all(folder.join(".git")).unwrap();
        fs::write(folder.join(".git"), "gitdir: ../../victim/.git\n").unwrap();
    });
    make("git-link", &|folder| {
        fs::remove_dir_all(folder.join(".git")).unwrap();
        symlink("../../victim/.git", folder.join(".git")).unwrap();
    });
    make("head-link", &|folder| {
        fs::remove_file(folder.join(".git/HEAD")).unwrap();
        symlink(outside.join("secret"), folder.join(".git/HEAD")).unwrap();
    });
    make("hooks", &|folder| {
        for hook in [
            "pre-commit",
            "post-commit",
            "reference-transaction",
            "post-index-change",
            "post-checkout",
            "applypatch-msg",
        ] {
            let path = folder.join(".git/hooks").join(hook);
            write(&path, format!("#!/bin/sh\n{run}\n").as_bytes());
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
    });
    make("huge", &|folder| {
        write(&folder.join("big/Dockerfile"), &b"RUN a\n".repeat(200_000));
        commit(folder);
    });
    make("lock-link", &|folder| {
        symlink(outside.join("secret"), folder.join("dockeropt.lock")).unwrap();
        commit(folder);
    });
    make("monitor", &|folder| config(folder, &[("core.fsmonitor", &run), ("core.hooksPath", "/dev/null")]));
    make("pipe", &|folder| {
        fs::create_dir(folder.join("pipe")).unwrap();
        fifo(&folder.join("pipe/Dockerfile"));
    });
    make("pipe-rules", &|folder| {
        fs::create_dir(folder.join("sub")).unwrap();
        fifo(&folder.join("sub/.gitignore"));
    });
    make("promised-objects", &|folder| {
        config(
            folder,
            &[
                ("extensions.partialClone", "origin"),
                ("remote.origin.promisor", "true"),
                ("protocol.ext.allow", "always"),
            ],
        );
        config(folder, &[("remote.origin.url", &format!("ext::sh -c {}", run.replace(' ', "% ")))]);
        let tree = git(folder, &["rev-parse", "HEAD^{tree}"]);
        fs::remove_file(folder.join(".git/objects").join(&tree[..2]).join(&tree[2..])).unwrap();
    });
    make("reference-escape", &|folder| {
        write(&folder.join(".git/HEAD"), b"ref: refs/../../../../victim/.git/refs/heads/main\n")
    });
    make("references-link", &|folder| {
        fs::remove_dir_all(folder.join(".git/refs/heads")).unwrap();
        symlink(outside, folder.join(".git/refs/heads")).unwrap();
    });
    make("rules-without-end", &|folder| write(&folder.join(".gitignore"), &b"a\n".repeat(600_000)));
    make("submodule", &|folder| {
        repository(folder, "inner", |inner| config(inner, &[("core.fsmonitor", &run)]));
        git(folder, &["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=", "add", "inner"]);
        git(folder, &["-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--message", "inner"]);
    });
    make("terminal\u{1b}[2J", &|folder| {
        write(
            &folder.join("a\u{1b}]0;x\u{7}\nb/Dockerfile"),
            b"FROM a\nENV @you \"# `$(#1 <img src=x onerror=alert(1)>\"\n",
        );
        commit(folder);
    });
    make("work-tree", &|folder| config(folder, &[("core.worktree", "../../victim")]));
    fs::create_dir(root.join("no-commit")).unwrap();
    git(&root.join("no-commit"), &["init", "--quiet"]);
}

fn scene() -> (tempfile::TempDir, std::path::PathBuf, std::path::PathBuf) {
    let scene = tempfile::tempdir().unwrap();
    let victim = scene.path().join("victim");
    write(&victim.join("Dockerfile"), BEFORE.as_bytes());
    write(&victim.join("secret"), format!("{SECRET}\n").as_bytes());
    git(scene.path(), &["init", "--quiet", "--initial-branch=main", "victim"]);
    commit(&victim);
    let root = scene.path().join("farm");
    fs::create_dir(&root).unwrap();
    farm(&root, &victim);
    (scene, root, victim)
}

fn run(scene: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = crate::harness::command(scene);
    let output = command.arg("migrate").args(arguments).envs(crate::farm::IDENTITY).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn no_repository_reaches_beyond_itself() {
    let (scene, root, victim) = scene();
    let before = listing(scene.path(), &["farm"]);
    let modified = fs::metadata(victim.join("Dockerfile")).unwrap().modified().unwrap();
    for (index, output) in ["patches", "branch"].into_iter().enumerate() {
        let state = listing(&root, &[".git"]);
        let arguments =
            ["farm", "--out", output, "--offline", "--output", output, "--report", &format!("{output}/report.html")];
        let (code, said) = run(scene.path(), &arguments);
        assert_eq!(code, 2, "{said}");
        assert!(!said.contains('\u{1b}') && !said.contains('\u{7}'), "{said:?}");
        let journal = rows(&scene.path().join(output).join("journal.jsonl"));
        assert_eq!(journal.len(), FATES.len(), "{:?}", journal.keys());
        for (name, outcomes, reason) in FATES {
            let row = &journal[*name];
            assert_eq!(row["outcome"], outcomes[index], "{output}: {row}");
            let is_told =
                row.to_string().contains(&serde_json::to_string(reason).unwrap().trim_matches('"').to_owned());
            assert!(
                is_told || (outcomes[index] == "changed" && outcomes[0] != outcomes[1]),
                "{output}: {reason:?} is not in {row}"
            );
        }
        assert_same("work trees", &state, &listing(&root, &[".git"]));
        for (path, bytes) in listing(&scene.path().join(output), &[]) {
            assert!(!bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()), "{}", path.display());
            fs::remove_file(scene.path().join(output).join(path)).unwrap_or_default();
        }
        fs::remove_dir_all(scene.path().join(output)).unwrap();
        assert_same("what lies beside the repositories", &before, &listing(scene.path(), &["farm"]));
    }
    let (code, said) = run(scene.path(), &["farm", "--out", "placed", "--offline", "--output", "in-place"]);
    assert_eq!(code, 2, "{said}");
    fs::remove_dir_all(scene.path().join("placed")).unwrap();
    assert_same("what lies beside the repositories", &before, &listing(scene.path(), &["farm"]));
    assert_eq!(fs::metadata(victim.join("Dockerfile")).unwrap().modified().unwrap(), modified);
    assert_eq!(fs::read_to_string(root.join("hooks/Dockerfile")).unwrap(), AFTER);

    // The traps do close: git as it is runs into them.
    for trap in ["monitor", "filters"] {
        let _ = fs::remove_file(victim.join("ran"));
        write(&root.join(trap).join("Dockerfile"), BEFORE.as_bytes());
        git(&root.join(trap), &["status"]);
        assert!(victim.join("ran").exists(), "{trap}");
    }
}

#[test]
fn text_of_others_stays_text_in_everything_that_is_written() {
    let scene = tempfile::tempdir().unwrap();
    repository(scene.path(), "r", |folder| {
        write(&folder.join("a @you #1 ```/Dockerfile"), b"FROM a\nENV A @you/```#1\nENV <b>x</b> y\n");
        commit(folder);
    });
    let (code, said) = run(scene.path(), &["r", "--out", "out", "--offline"]);
    assert_eq!(code, 0, "{said}");
    let body = fs::read_to_string(scene.path().join("out/bodies/r.md")).unwrap();
    let (text, patch) = body.split_once("\n````diff\n").expect("the fence is longer than those inside");
    let outside_code: String = text.split('`').step_by(2).collect();
    assert!(!outside_code.contains("@you") && !outside_code.contains("#1") && !outside_code.contains("<b>"), "{body}");
    assert!(patch.contains("\n````\n\n</details>"), "{body}");
}

#[test]
fn a_run_is_not_begun_with_what_is_wrong() {
    let farm = Farm::new(vec![[("Dockerfile".to_owned(), BEFORE.as_bytes().to_vec())].into()]);
    farm.checkouts("r");
    for (arguments, message) in [
        ("", "name folders or URLs of repositories"),
        ("r --select nothing", "there is no transform or phase `nothing`"),
        ("r --allow-dirty", "--allow-dirty is for --output in-place"),
        ("r --target x", "options of builds are for --verify"),
        ("r --shard 3/2", "it is I/N"),
        ("--repos-from nowhere", "--repos-from: nowhere: "),
        ("--report-from x", "--report-from: --report says"),
        ("r --report report.txt", "--report report.txt: the name of a report ends with .html or .json"),
        ("r --output branch --branch a..b", "--branch: `refs/heads/a..b` is no name of a reference"),
        ("r --exec ./nothing", "--exec ./nothing: there is no such file, seen from the folder that you are in"),
    ] {
        farm.run(arguments).fails_with(message);
    }
    let mut nobody = farm.migrate("r --out out --offline");
    let nobody = nobody.env_remove("GIT_AUTHOR_NAME").env_remove("GIT_AUTHOR_EMAIL").env("HOME", "/nowhere");
    let nobody = nobody.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")]);
    let said = harness::Output::of(nobody.output().unwrap());
    said.fails_with("error: git does not know who you are: set user.name and user.email");
    assert_eq!(farm.run("r --out out --quiet --offline").code, 0);
    farm.run("r --out out --offline")
        .fails_with("journal.jsonl: there is one of an earlier run; --resume goes on with it");
    let output = farm.run("missing ext::sh r --out two --offline --report two/report.json");
    assert!(output.err.contains("ext::sh: failed: ext::sh: a way to a repository that is a program"), "{}", output.err);
    assert!(output.err.ends_with("3 repositories · 1 changed · 2 failed · 0.0 s\n"), "{}", output.err);
    assert_eq!(output.code, 2);
}

#[test]
fn shards_share_the_repositories_and_one_report_is_made_of_all() {
    let files = |index: usize| [("Dockerfile".to_owned(), format!("FROM a\nENV A b{index}\n").into_bytes())].into();
    let farm = Farm::new((0..20).map(files).collect());
    farm.checkouts("r");
    for shard in 1..=3 {
        assert_eq!(farm.run(&format!("r --out out --quiet --offline --shard {shard}/3")).code, 0);
    }
    let journals: Vec<String> = (1..=3).map(|shard| format!("--report-from out/journal-{shard}-of-3.jsonl")).collect();
    let output = farm.run(&format!("{} --report all.json --report all.html", journals.join(" ")));
    assert_eq!((output.code, output.err.as_str()), (0, "20 repositories · 20 changed · 0.0 s\n"));
    let report: serde_json::Value = serde_json::from_slice(&fs::read(farm.path("all.json")).unwrap()).unwrap();
    assert_eq!(report["summary"]["outcomes"]["changed"], 20);
    let names: std::collections::BTreeSet<_> =
        report["repositories"].as_array().unwrap().iter().map(|row| row["repository"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 20);
}

#[test]
fn a_configuration_above_the_repository_does_not_count_and_its_own_does() {
    let folder = Folder::new(&[("dockeropt.toml", "ignore = [\"form\"]\n")]);
    repository(&folder.path(""), "r", |_| {});
    repository(&folder.path(""), "own", |path| {
        write(&path.join("dockeropt.toml"), b"ignore = [\"form\"]\n");
        commit(path);
    });
    let (code, said) = run(&folder.path(""), &["r", "own", "--out", "out", "--offline", "--quiet"]);
    assert_eq!((code, said.as_str()), (0, ""));
    let journal = rows(&folder.path("out/journal.jsonl"));
    assert_eq!((&journal["r"]["outcome"], &journal["own"]["outcome"]), (&"changed".into(), &"unchanged".into()));
}

#[test]
fn a_run_from_inside_a_checkout_does_not_stumble_over_what_it_writes() {
    let farm = Farm::new(vec![[("Dockerfile".to_owned(), BEFORE.as_bytes().to_vec())].into()]);
    let folder = farm.checkouts("r").join(Farm::name(0));
    let clone = folder.join("dockeropt-migration/clones/x");
    for resume in ["--offline", "--offline --resume"] {
        let mut run = farm.migrate(". --verbose");
        let output = harness::Output::of(run.args(resume.split(' ')).current_dir(&folder).output().unwrap());
        assert!(output.code == 0 && output.err.ends_with("1 repository · 1 changed · 0.0 s\n"), "{}", output.err);
    }
    // What it has cloned is not found as a repository of the folder above.
    fs::create_dir_all(clone.join(".git")).unwrap();
    fs::remove_dir_all(folder.join(".git")).unwrap();
    let mut run = farm.migrate(". --offline --resume --output in-place");
    let output = harness::Output::of(run.current_dir(&folder).output().unwrap());
    assert_eq!((output.code, output.err.as_str()), (0, "1 repository · 1 changed · 0.0 s\n"));
}
