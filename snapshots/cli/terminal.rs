//! Colours, and what a file may not do to a terminal.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use crate::harness::{BEFORE, Folder, command};

/// Clears the screen, sets a title, makes text run backwards.
const HOSTILE: &str = "FROM a\nENV \x1b[2J\x1b]0;x\x07 \u{202e}b\nENV A \x1b[31mb\n";

fn hostile() -> Folder {
    Folder::new(&[
        ("Dockerfile", HOSTILE),
        ("a\x1b[2J\n::error::b/Dockerfile", BEFORE),
        ("c\x1b[2J/Dockerfile", "RUNN \x1b[2J\n"),
        ("d\x1b[2J/Dockerfile.j2", ""),
    ])
}

/// The text without colours.
fn plain(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    regex::Regex::new("\x1b\\[[0-9;]*m").unwrap().replace_all(&text, "").into_owned()
}

#[test]
fn a_file_gives_no_orders_to_a_terminal() {
    let folder = hostile();
    let commands = [
        "check --verbose",
        "check --format json",
        "check --format jsonl",
        "check --format sarif",
        "check --format gitlab",
        "check --format github",
        "fix --diff",
        "fix --check",
        "fix --diff --verbose",
        "fix",
    ];
    for command in commands {
        let output = folder.run(&format!("{command} --color always"));
        for text in [plain(&output.out), plain(output.err.as_bytes())] {
            let orders = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || c == '\u{202e}';
            assert!(!text.contains(orders), "{command}: {text:?}");
        }
    }
}

#[test]
fn a_patch_keeps_every_byte_whatever_the_environment_says() {
    let folder = hostile();
    for environment in [&[][..], &[("CLICOLOR_FORCE", "1"), ("FORCE_COLOR", "1")]] {
        let output = folder.run_with("fix --diff Dockerfile", "", environment);
        assert!(output.text().contains("-ENV A \x1b[31mb\n+ENV A=\x1b[31mb\n"), "{:?}", output.text());
    }
}

#[test]
fn a_path_gives_no_orders_to_a_workflow() {
    let output = hostile().run("check --format github");
    let commands = output.text().lines().filter(|line| line.starts_with("::error"));
    assert_eq!(commands.count(), 1, "{}", output.text());
}

#[test]
fn colours_are_where_they_are_wanted() {
    let folder = Folder::new(&[("Dockerfile", BEFORE)]);
    let has_colour = |arguments: &str, environment: &[(&str, &str)]| {
        let output = folder.run_with(arguments, "", environment);
        let colours = [output.text().contains('\x1b'), output.err.contains('\x1b')];
        assert_eq!(colours[0], output.text() != plain(&output.out));
        colours[0]
    };
    assert!(!has_colour("check", &[]));
    assert!(has_colour("check --color always", &[]));
    assert!(has_colour("check", &[("CLICOLOR_FORCE", "1")]));
    assert!(!has_colour("check", &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!has_colour("check --color never", &[("CLICOLOR_FORCE", "1")]));
    assert!(has_colour("fix --diff --color always", &[]));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = Folder::new(&[]);
    for number in 0..400 {
        folder.write(&format!("{number}/Dockerfile"), format!("FROM a\nENV A {}\n", "b".repeat(900)));
    }
    for arguments in [&["fix", "--diff"][..], &["check"], &["check", "--format", "json"], &["fix", "--check"]] {
        let mut command = command(&folder.path(""));
        let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(1), "{arguments:?}: {said}");
        assert!(!said.contains("panicked") && !said.contains("error:"), "{arguments:?}: {said}");
    }
}

#[test]
fn nobody_has_to_listen_to_what_is_told() {
    let folder = Folder::new(&[]);
    for number in 0..400 {
        folder.write(&format!("{number}/Dockerfile"), BEFORE);
    }
    let mut child = command(&folder.path("")).arg("fix").stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
