//! Files that belong to the change of a Dockerfile: in the same patch, written with it, and never where they do not belong.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::harness::{BEFORE, Folder};

const DOCKERFILE: &str = "FROM debian:12\nENV A b\nWORKDIR /app\nCOPY . .\n";
const FIXED: &str = "FROM debian:12\nENV A=b\nWORKDIR /app\nCOPY . .\n";

/// A build context with a repository that the build gets, and more files.
fn context(more: &[(&str, &str)]) -> Folder {
    let folder = Folder::new(&[("web/Dockerfile", DOCKERFILE), ("web/.git/HEAD", "ref: refs/heads/main\n")]);
    more.iter().for_each(|(path, text)| folder.write(path, text));
    folder
}

/// Every file below `folder` with its text.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(folder).unwrap().display().to_string(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

const CASES: &[(&str, &[(&str, &str)])] = &[
    ("new", &[]),
    ("new for one of several", &[("web/Dockerfile.dev", BEFORE)]),
    ("extended", &[("web/.dockerignore", "*.log\n")]),
    ("CRLF", &[("web/.dockerignore", "*.log\r\ntmp\r\n")]),
    ("no final newline", &[("web/.dockerignore", "*.log")]),
    ("empty", &[("web/.dockerignore", "")]),
    ("the Dockerfile stays", &[("web/Dockerfile", FIXED)]),
    ("own", &[("web/Dockerfile.dockerignore", "*.log\n"), ("web/.dockerignore", "*.tmp\n")]),
];

#[test]
fn the_patch_applies_and_gives_what_fix_gives() {
    for (name, more) in CASES {
        let fixed = context(more);
        let output = fixed.run("fix web");
        assert_eq!(output.code, 0, "{name}: {}", output.err);
        let written = files(&fixed.path(""));
        assert_eq!(fixed.text("web/Dockerfile"), FIXED);
        assert!(written.keys().any(|path| path.ends_with(".dockerignore")), "{name}: {written:?}");
        let tools: [(&str, &[&str]); 2] = [("git", &["apply", "-"]), ("patch", &["-p1", "-i", "-"])];
        for (tool, arguments) in tools {
            if !crate::material::is_here(tool, &format!("a patch of two files applied with {tool}")) {
                continue;
            }
            let patched = context(more);
            let patch = patched.run("fix --diff web");
            assert_eq!(patch.code, 1);
            let outside = Folder::new(&[]);
            outside.write("all.patch", &patch.out);
            let path = outside.path("all.patch").display().to_string();
            let arguments: Vec<_> =
                arguments.iter().map(|word| if *word == "-" { path.as_str() } else { word }).collect();
            patched.tool(tool, &arguments);
            assert_eq!(files(&patched.path("")), written, "{name}: {tool}");
        }
        assert_eq!(fixed.run("fix web").code, 0);
        assert_eq!(files(&fixed.path("")), written, "{name}: a second run changes nothing");
        assert_eq!(fixed.run("fix --check web").text(), "", "{name}");
    }
}

#[test]
fn lines_are_added_in_the_style_of_the_file() {
    let after = |text: &str| {
        let folder = context(&[("web/.dockerignore", text)]);
        folder.run("fix web");
        folder.text("web/.dockerignore")
    };
    assert_eq!(after("*.log\r\ntmp\r\n"), "*.log\r\ntmp\r\n.git\r\n");
    assert_eq!(after("*.log"), "*.log\n.git\n");
    assert_eq!(after("*.log\n!important.log\n"), "*.log\n!important.log\n.git\n");
}

#[test]
fn a_link_and_a_read_only_file_stay() {
    let folder = context(&[("shared", "*.log\n")]);
    symlink("../shared", folder.path("web/.dockerignore")).unwrap();
    assert_eq!(folder.run("fix web").code, 0);
    assert_eq!((folder.text("shared"), folder.text("web/Dockerfile")), ("*.log\n".to_owned(), FIXED.to_owned()));
    let folder = context(&[]);
    symlink("../nowhere", folder.path("web/.dockerignore")).unwrap();
    assert_eq!((folder.run("fix web").code, folder.path("nowhere").exists()), (0, false));
    let folder = context(&[("web/.dockerignore", "*.log\n")]);
    fs::set_permissions(folder.path("web/.dockerignore"), Permissions::from_mode(0o444)).unwrap();
    assert_eq!((folder.run("fix web").code, folder.text("web/.dockerignore")), (0, "*.log\n".to_owned()));
    let said = folder.run("check --verbose --select write-dockerignore web");
    assert!(said.text().contains("`.dockerignore` is read-only"), "{}", said.text());
}

#[test]
fn nothing_is_written_beside_a_dockerfile_that_cannot_be_written() {
    let folder = context(&[]);
    fs::set_permissions(folder.path("web/Dockerfile"), Permissions::from_mode(0o444)).unwrap();
    folder.run("fix web").fails_with("read-only");
    assert!(!folder.path("web/.dockerignore").exists());
    let folder = context(&[("web/.dockerignore", "*.log\n")]);
    fs::set_permissions(folder.path("web/Dockerfile"), Permissions::from_mode(0o444)).unwrap();
    folder.run("fix web").fails_with("read-only");
    assert_eq!(folder.text("web/.dockerignore"), "*.log\n");
}

#[test]
fn reports_have_the_companion() {
    let folder = context(&[("web/Dockerfile", FIXED)]);
    let json: serde_json::Value = serde_json::from_slice(&folder.run("check --format json web").out).unwrap();
    let file = &json["files"][0];
    assert_eq!((&file["status"], &file["companions"][0]), (&"changed".into(), &"web/.dockerignore".into()));
    let diff = file["diff"].as_str().unwrap();
    assert_eq!(diff, "--- /dev/null\n+++ b/web/.dockerignore\n@@ -0,0 +1,2 @@\n+.git\n+.dockerignore\n");
    let shown = folder.run("check web");
    assert!(shown.text().contains("Leave `.git` out of the build by `.dockerignore`"), "{}", shown.text());
    assert_eq!((shown.code, folder.run("check --format sarif web").code), (1, 1));
}

#[test]
fn standard_input_and_what_is_switched_off_have_none() {
    let folder = context(&[]);
    let output = folder.run_with("fix - --context web", DOCKERFILE, &[]);
    assert_eq!((output.text(), output.code), (FIXED, 0));
    for arguments in ["fix web --ignore write-dockerignore", "fix web"] {
        folder.write("web/Dockerfile", DOCKERFILE.replace("COPY", "# dockeropt: ignore=write-dockerignore\nCOPY"));
        assert_eq!(folder.run(arguments).code, 0);
        assert!(!folder.path("web/.dockerignore").exists(), "{arguments}");
    }
    folder.write("web/Dockerfile", DOCKERFILE);
    folder.run_with("fix --interactive web", "y\nn\n", &[]);
    assert_eq!((folder.text("web/Dockerfile").as_str(), folder.path("web/.dockerignore").exists()), (DOCKERFILE, true));
}

#[test]
fn dockerfiles_of_one_context_have_a_file_each() {
    let folder = context(&[("web/dev.Dockerfile", DOCKERFILE)]);
    assert_eq!(folder.run("fix web").code, 0);
    assert_eq!(folder.text("web/Dockerfile.dockerignore"), ".git\n*.dockerignore\n");
    assert_eq!(folder.text("web/dev.Dockerfile.dockerignore"), ".git\n*.dockerignore\n");
    assert!(!folder.path("web/.dockerignore").exists());
    let written = files(&folder.path(""));
    assert_eq!((folder.run("fix web").code, files(&folder.path("")) == written), (0, true));
}

#[test]
fn where_the_context_is_doubtful_nothing_is_written() {
    let dockerfile = "FROM node:24-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\n";
    let folder = Folder::new(&[(".git/HEAD", ""), ("web/Dockerfile", dockerfile), ("web/node_modules/a/index.js", "")]);
    let would = || folder.run("fix --check --select write-dockerignore web").text().to_owned();
    assert_eq!(would(), "web/Dockerfile\n");
    let other = "services:\n  a: {build: web}\n  b: {build: {context: ., dockerfile: web/Dockerfile}}\n";
    folder.write("compose.yml", other);
    assert_eq!(would(), "");
}
