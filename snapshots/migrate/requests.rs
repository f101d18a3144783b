//! The commands in `examples/migrate` that open pull requests, as its page says them, with hosts that are folders.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::farm::{Farm, command, git, write};
use crate::harness::BEFORE;
use crate::material;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

const BRANCH: &str = "dockeropt/migrate";

/// Stands in for the program of a host: it notes what it is told, and lists what was opened.
const HOST: &str = r#"#!/bin/sh
echo "$1 $2" >>"$HEARD"
case "$2" in
list) [ ! -e "$HEARD.open" ] || echo '"iid": 1' ;;
create) touch "$HEARD.open" ;;
esac
"#;

/// The lines of the page that start so.
fn page(start: &str) -> Vec<String> {
    let page = fs::read_to_string(Path::new(ROOT).join("examples/migrate/README.md")).unwrap();
    page.lines().filter(|line| line.starts_with(start)).map(str::to_owned).collect()
}

struct Scene {
    farm: Farm,
    /// What the page says for this host.
    line: String,
}

impl Scene {
    fn new(line: &str) -> Self {
        let farm = Farm::new(vec![[("Dockerfile".to_owned(), BEFORE.as_bytes().to_vec())].into()]);
        let folder = farm.checkouts("r").join(Farm::name(0));
        git(&farm.path(""), &["clone", "--quiet", "--bare", folder.to_str().unwrap(), "origin.git"]);
        git(&farm.path(""), &["clone", "--quiet", "origin.git", "mine"]);
        for name in ["gh", "glab"] {
            let path = farm.path("bin").join(name);
            write(&path, HOST.as_bytes());
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        write(
            &farm.path("elsewhere/repositories.txt"),
            format!("file://{}\n", farm.path("origin.git").display()).as_bytes(),
        );
        Self { farm, line: line.to_owned() }
    }

    /// Does what the page says in another folder than the one it lies in: the exit code, and what the host was told.
    fn run(&self, out: &str) -> (Option<i32>, String) {
        let heard = self.farm.path("heard");
        let _ = fs::remove_file(&heard);
        let own = Path::new(env!("CARGO_BIN_EXE_dockeropt")).parent().unwrap();
        let path = format!("{}:{}:{}", self.farm.path("bin").display(), own.display(), std::env::var("PATH").unwrap());
        let script = format!("{}\ncd \"$ELSEWHERE\"\n{} --offline --out {out}", page("here=")[0], self.line);
        let mut shell: Command = command("sh");
        shell.args(["-c", &script]).current_dir(ROOT).env("PATH", path).env("HEARD", &heard);
        let status = shell.env("ELSEWHERE", self.farm.path("elsewhere")).output().unwrap().status;
        (status.code(), fs::read_to_string(&heard).unwrap_or_default())
    }

    /// Commits to what is checked out in a clone of somebody, and pushes it.
    fn push(&self, branch: &str, text: &str) {
        let mine = self.farm.path("mine");
        git(&mine, &["fetch", "--quiet", "origin"]);
        git(&mine, &["checkout", "--quiet", branch]);
        write(&mine.join("more"), text.as_bytes());
        git(&mine, &["add", "more"]);
        git(&mine, &["commit", "--quiet", "--message", text]);
        git(&mine, &["push", "--quiet", "origin", branch]);
    }

    fn subject(&self, revision: &str) -> String {
        git(&self.farm.path("origin.git"), &["log", "-1", "--format=%s", revision])
    }
}

#[test]
fn the_commands_on_the_page_work_from_any_folder_and_spare_the_work_of_others() {
    if !material::is_here("grep", "the commands that open pull requests") {
        return;
    }
    let lines = page("dockeropt migrate --repos-from repositories.txt --output branch --exec");
    assert_eq!(lines.len(), 2);
    for line in &lines {
        let scene = Scene::new(line);
        let main = scene.farm.path("mine");
        let main = git(&main, &["symbolic-ref", "--short", "HEAD"]);
        let (code, heard) = scene.run("out");
        assert_eq!((code, heard.lines().count()), (Some(0), 2), "{line}: {heard}");
        assert!(heard.ends_with(" create\n") && scene.farm.path("elsewhere/report.html").is_file(), "{heard}");
        assert_eq!(scene.subject(&format!("{BRANCH}^")), scene.subject(&main));

        // The branch of an earlier run is moved, also by one that has never seen it; there is one request.
        scene.push(&main, "second");
        let (code, heard) = scene.run("next");
        assert_eq!((code, heard.lines().count()), (Some(0), 1), "{line}: {heard}");
        assert_eq!(scene.subject(&format!("{BRANCH}^")), "second");

        scene.push(BRANCH, "by hand");
        scene.push(&main, "third");
        assert_eq!(scene.run("last"), (Some(2), String::new()), "{line}");
        assert_eq!(scene.subject(BRANCH), "by hand");
    }
}
