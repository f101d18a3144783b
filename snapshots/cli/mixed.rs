//! A folder with everything that real folders have: each file is done, or told of with the reason, and none stops the others.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::harness::{BEFORE, Folder};

/// Files that are changed, and what they become.
const CHANGED: &[(&str, &[u8], &[u8])] = &[
    ("app/Dockerfile", b"FROM a\nENV A b\n", b"FROM a\nENV A=b\n"),
    ("bom/Dockerfile", b"\xef\xbb\xbfFROM a\nENV A b\n", b"\xef\xbb\xbfFROM a\nENV A=b\n"),
    ("crlf/Dockerfile", b"FROM a\r\nENV A b\r\nENV C d\r\n", b"FROM a\r\nENV A=b\r\nENV C=d\r\n"),
    ("last line/\u{fc}.dockerfile", b"FROM a\nENV A b", b"FROM a\nENV A=b"),
    ("latin1/Dockerfile", b"FROM a\n# caf\xe9\nENV A \xe9\n", b"FROM a\n# caf\xe9\nENV A=\xe9\n"),
];

const LARGE_BYTES: usize = 20_000;

/// The folder, and another that a link leads to.
fn mixed() -> (Folder, Folder) {
    let outside = Folder::new(&[("Dockerfile", BEFORE)]);
    let folder = Folder::new(&[
        ("broken/Dockerfile", "FROM a\nENV A b\nRUNN x\n"),
        ("config/Dockerfile", BEFORE),
        ("config/dockeropt.toml", "saef = true\n"),
        ("large/Dockerfile", &format!("{BEFORE}#{}\n", "x".repeat(LARGE_BYTES))),
        ("template/Dockerfile.j2", BEFORE),
        ("vendor/Dockerfile", BEFORE),
        ("README.md", BEFORE),
    ]);
    CHANGED.iter().for_each(|(path, before, _)| folder.write(path, before));
    symlink(outside.path("Dockerfile"), folder.path("outside.dockerfile")).unwrap();
    symlink("app/Dockerfile", folder.path("inside.dockerfile")).unwrap();
    (folder, outside)
}

fn with_one_read_only(folder: &Folder) {
    folder.write("readonly/Dockerfile", BEFORE);
    fs::set_permissions(folder.path("readonly/Dockerfile"), Permissions::from_mode(0o444)).unwrap();
}

#[test]
fn each_file_is_done_or_told_of_and_none_stops_the_others() {
    let (folder, outside) = mixed();
    with_one_read_only(&folder);
    let output = folder.run("fix --verbose --max-file-size 10000");
    crate::assert_snapshot("mixed_fix", &output.transcript());
    assert_eq!(output.code, 2);
    for (path, _, after) in CHANGED {
        assert_eq!(folder.read(path), *after, "{path}");
    }
    for path in ["config/Dockerfile", "readonly/Dockerfile", "template/Dockerfile.j2", "vendor/Dockerfile"] {
        assert_eq!(folder.text(path), BEFORE, "{path}");
    }
    assert_eq!(outside.text("Dockerfile"), BEFORE);
    assert!(folder.path("inside.dockerfile").is_symlink() && folder.path("outside.dockerfile").is_symlink());
}

#[test]
fn the_patch_applies_and_gives_what_fix_gives() {
    let tools: [(&str, &[&str]); 2] = [("git", &["apply", "all.patch"]), ("patch", &["-p1", "-i", "all.patch"])];
    for (tool, arguments) in tools {
        if !crate::material::is_here(tool, &format!("the patch of a folder applied with {tool}")) {
            continue;
        }
        let (folder, _outside) = mixed();
        let output = folder.run("fix --diff --max-file-size 10000");
        assert_eq!(output.code, 2, "what cannot be read is told, and the rest is in the patch");
        folder.write("all.patch", &output.out);
        folder.tool(tool, arguments);
        for (path, _, after) in CHANGED {
            assert_eq!(folder.read(path), *after, "{tool}: {path}");
        }
        assert_eq!(folder.run("fix --check --max-file-size 10000").text(), "");
    }
}

#[test]
fn the_output_is_the_same_whatever_the_number_of_jobs() {
    let (folder, _outside) = mixed();
    for number in 0..40 {
        folder.write(&format!("more/{number}/Dockerfile"), BEFORE);
    }
    for command in ["fix --diff --verbose", "check --verbose", "check --format json", "check --format sarif"] {
        let one = folder.run(&format!("{command} --jobs 1"));
        for jobs in ["--jobs 2", "--jobs 9", ""] {
            let many = folder.run(&format!("{command} {jobs}"));
            assert_eq!((&many.out, &many.err, many.code), (&one.out, &one.err, one.code), "{command} {jobs}");
        }
    }
}

#[test]
fn the_mode_of_a_file_stays() {
    let folder = Folder::new(&[("Dockerfile", BEFORE)]);
    for mode in [0o600, 0o755, 0o664] {
        folder.write("Dockerfile", BEFORE);
        fs::set_permissions(folder.path("Dockerfile"), Permissions::from_mode(mode)).unwrap();
        assert_eq!(folder.run("fix").code, 0);
        let metadata = fs::metadata(folder.path("Dockerfile")).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, mode);
    }
}
