//! Every diff applies: `git apply` and `patch -p1` are really run, on names and texts that diff printers are known to get wrong.

#![cfg(unix)]

mod material;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use dockeropt::text::diff::{unified, unified_new_file};
use proptest::prelude::*;

const NAMES: &[&[u8]] = &[
    b"Dockerfile",
    b"sub/dir/Dockerfile",
    b"my Dockerfile",
    b"sub dir/a  b.dockerfile",
    "ü/Dockerfile".as_bytes(),
    b"latin-\xe9.dockerfile",
    b"a\"quote\".dockerfile",
    b"a\ttab.dockerfile",
    b"a\nnewline.dockerfile",
    b"a\\back\\slash.dockerfile",
    b"-leading-dash",
    b"--help",
    b"x -> y",
    b"a 'single' $(quote) `tick`",
    b"ends in space ",
    b"\x1b[31mred\x7f",
];

/// Pairs of texts, each of them tried in both directions.
const TEXTS: &[(&[u8], &[u8])] = &[
    (b"FROM a\nRUN b\n", b"FROM a\nRUN c\n"),
    (b"FROM a\r\nRUN b\r\n", b"FROM a\r\nRUN c\r\n"),
    (b"FROM a\r\nRUN b\n", b"FROM a\nRUN b\r\n"),
    (b"FROM a\nRUN b", b"FROM a\nRUN c"),
    (b"FROM a\nRUN b", b"FROM a\nRUN b\n"),
    (b"FROM a\nRUN b", b"FROM b\nRUN b"),
    (b"1\n2\n3\n4\n5\n6", b"one\n2\n3\n4\n5\n6"),
    (b"1\n2\n3\n4\n5", b"one\n2\n3\n4\n5"),
    (b"FROM a\rRUN b\nRUN d\r", b"FROM a\rRUN c\nRUN d\r"),
    ("# a\u{2028}b\u{85}c\nRUN b\n".as_bytes(), "# a\u{2028}b\u{85}d\nRUN b\n".as_bytes()),
    (b"\xef\xbb\xbfFROM a\n", b"\xef\xbb\xbfFROM b\n"),
    (b"\xef\xbb\xbfFROM a\n", b"FROM a\n"),
    (b"# caf\xe9\nRUN a\n", b"# caf\xe9\nRUN \xff\xfe\n"),
    (b"# nul \0\nRUN a\n", b"# nul \0\nRUN b\n"),
    (b"\n\n\n", b"\n\n"),
    (b"\n", b"\n\nFROM a"),
    (b"a", b"b"),
    (b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n", b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n+a\n"),
    (b"\\ No newline at end of file", b"\\ No newline at end of file\n\\ x"),
    (b" \t\n\t \n \n", b"\t\n \n\n"),
    (b"1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n", b"0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n"),
    (b"1\n2\n3\n4\n5\n6\n7\n8\n9\n", b"one\n2\n3\n4\n5\n6\n7\n8\nnine"),
    (b"FROM a\n", b""),
    (b"FROM a", b""),
];

#[test]
fn every_diff_applies_whatever_the_name_and_the_text() {
    let mut count = 0;
    for name in NAMES {
        for (one, other) in TEXTS {
            assert_applies(name, one, other);
            assert_applies(name, other, one);
            count += 2;
        }
    }
    assert!(count >= 220, "the grid is as large as it is claimed to be: {count}");
}

#[test]
fn a_diff_creates_a_file_that_is_not_there() {
    for name in NAMES {
        for after in [&b"node_modules\n"[..], b"node_modules", b"\r\n"] {
            let diff = unified_new_file(name, after);
            for tool in TOOLS.iter() {
                let directory = tempfile::tempdir().unwrap();
                assert_eq!(applied(tool, directory.path(), name, &diff), after, "{tool:?} {}", name.escape_ascii());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_diff_of_any_two_texts_applies(before in "[ab\r\n]{0,40}", after in "[ab\r\n]{0,40}") {
        assert_applies(b"Dockerfile", before.as_bytes(), after.as_bytes());
    }

    #[test]
    fn the_diff_of_any_bytes_under_any_name_applies(
        name in "[^/\0]{1,20}".prop_filter("`.` and `..` are no files", |name| name != "." && name != ".."),
        before: Vec<u8>,
        after: Vec<u8>,
    ) {
        assert_applies(name.as_bytes(), &before, &after);
    }
}

static TOOLS: LazyLock<Vec<&[&str]>> = LazyLock::new(|| {
    let tools = [&["git", "apply", "-"][..], &["patch", "-p1", "--binary", "--quiet"]];
    tools.into_iter().filter(|tool| material::is_here(tool[0], &format!("diffs applied with {}", tool[0]))).collect()
});

fn assert_applies(name: &[u8], before: &[u8], after: &[u8]) {
    let diff = unified(name, before, after);
    if before == after {
        assert!(diff.is_empty(), "equal texts have no diff");
        return;
    }
    for tool in TOOLS.iter() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(OsStr::from_bytes(name));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, before).unwrap();
        let result = applied(tool, directory.path(), name, &diff);
        assert_eq!(
            result.escape_ascii().to_string(),
            after.escape_ascii().to_string(),
            "{tool:?} on {}:\n{}",
            name.escape_ascii(),
            String::from_utf8_lossy(&diff)
        );
    }
}

/// What the file holds after `tool` has read `diff`.
fn applied(tool: &[&str], directory: &Path, name: &[u8], diff: &[u8]) -> Vec<u8> {
    let patch = directory.join(".the-diff");
    fs::write(&patch, diff).unwrap();
    let output = Command::new(tool[0])
        .args(&tool[1..])
        .current_dir(directory)
        .env("GIT_CEILING_DIRECTORIES", directory.parent().unwrap())
        .stdin(fs::File::open(&patch).unwrap())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{tool:?} on {}: {}{}\n{}",
        name.escape_ascii(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(diff)
    );
    fs::read(directory.join(OsStr::from_bytes(name))).unwrap()
}
