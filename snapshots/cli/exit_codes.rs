//! Exit codes: 0 nothing to do, or written; 1 something would change; 2 failed.

use crate::harness::{AFTER, BEFORE, Folder};

fn codes(text: &str, commands: &[&str]) -> Vec<i32> {
    commands.iter().map(|command| Folder::new(&[("Dockerfile", text)]).run(command).code).collect()
}

const COMMANDS: &[&str] = &[
    "fix",
    "fix --diff",
    "fix --check",
    "check",
    "fix --diff --exit-zero",
    "fix --check --exit-zero",
    "check --exit-zero",
];

#[test]
fn what_would_change_is_one_and_what_is_written_is_zero() {
    assert_eq!(codes(BEFORE, COMMANDS), [0, 1, 1, 1, 0, 0, 0]);
}

#[test]
fn nothing_to_do_is_zero() {
    assert_eq!(codes(AFTER, COMMANDS), [0; 7]);
}

#[test]
fn what_cannot_be_read_is_two_whatever_else_is_asked_for() {
    assert_eq!(codes("RUNN x\n", COMMANDS), [2; 7]);
}

#[test]
fn only_fix_writes() {
    let folder = Folder::new(&[("Dockerfile", BEFORE)]);
    for command in ["fix --diff", "fix --check", "check"] {
        folder.run(command);
        assert_eq!(folder.text("Dockerfile"), BEFORE, "{command}");
    }
    folder.run("fix");
    assert_eq!(folder.text("Dockerfile"), AFTER);
    let again = folder.run("fix");
    assert_eq!((again.code, again.err.as_str()), (0, "1 file · 0 changed · 0.0 s\n"));
}

#[test]
fn fix_check_lists_the_files() {
    let folder = Folder::new(&[("b/Dockerfile", BEFORE), ("a/Dockerfile", BEFORE), ("Dockerfile", AFTER)]);
    assert_eq!(folder.run("fix --check").text(), "a/Dockerfile\nb/Dockerfile\n");
}

#[test]
fn a_wrong_command_line_is_two_and_says_what_was_probably_meant() {
    let folder = Folder::new(&[("Dockerfile", BEFORE)]);
    folder.run("").fails_with("Usage: dockeropt");
    folder.run("fixx").fails_with("'fix'");
    folder.run("fix --dif").fails_with("'--diff'");
    folder.run("fix --diff --check").fails_with("cannot be used with");
    folder.run("fix Dockerfil").fails_with("Dockerfil: no such file or directory, did you mean Dockerfile?");
    folder
        .run("fix --select env-equal")
        .fails_with("there is no transform or phase `env-equal`, did you mean `env-equals`?");
    folder.run("explain env-equal").fails_with("did you mean `env-equals`?");
    folder.run("fix - Dockerfile").fails_with("stands alone");
    folder.run("fix --stdin-filename Dockerfile").fails_with("give `-`");
    folder.run("fix -i -").fails_with("answers");
    assert_eq!(folder.text("Dockerfile"), BEFORE);
}

#[test]
fn a_folder_with_no_dockerfile_is_told() {
    let folder = Folder::new(&[("README.md", "")]);
    let output = folder.run("fix");
    assert_eq!((output.code, output.err.as_str()), (0, "no Dockerfile found · 0 changed · 0.0 s\n"));
}
