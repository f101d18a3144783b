//! `fix -`, the filter for editors: all of the text or nothing.

use crate::harness::{AFTER, BEFORE, Folder, Output};

fn filtered(folder: &Folder, arguments: &str, input: &str) -> Output {
    folder.run_with(arguments, input, &[])
}

#[track_caller]
fn gives(output: &Output, text: &str) {
    assert_eq!((output.text(), output.code), (text, 0), "{}", output.err);
}

#[test]
fn the_text_comes_back_changed_or_as_it_was() {
    let folder = Folder::new(&[]);
    gives(&filtered(&folder, "fix -", BEFORE), AFTER);
    gives(&filtered(&folder, "fix -", AFTER), AFTER);
}

#[test]
fn a_refused_text_gives_nothing_and_the_reason() {
    let folder = Folder::new(&[]);
    let output = filtered(&folder, "fix - --stdin-filename app/Dockerfile", "FROM a\nRUNN x\n");
    assert_eq!(output.text(), "");
    output
        .fails_with("app/Dockerfile:2: not a Dockerfile that BuildKit takes, left as it is: unknown instruction: RUNN");
}

#[test]
fn a_template_and_an_excluded_file_come_back_as_they_were() {
    let folder = Folder::new(&[("dockeropt.toml", "exclude = ['old/**']\n")]);
    gives(&filtered(&folder, "fix - --stdin-filename Dockerfile.j2", BEFORE), BEFORE);
    gives(&filtered(&folder, "fix - --stdin-filename old/Dockerfile", BEFORE), BEFORE);
    gives(&filtered(&folder, "fix - --stdin-filename new/Dockerfile", BEFORE), AFTER);
    let output = filtered(&folder, "fix - --verbose --stdin-filename old/Dockerfile", BEFORE);
    assert_eq!(output.err, "old/Dockerfile: skipped: excluded by the configuration\n");
}

#[test]
fn only_safe_transforms_run_unless_told_otherwise() {
    let folder = Folder::new(&[("all/dockeropt.toml", "safe = false\n")]);
    let (before, after) = ("FROM a\nADD b.txt /c/\n", "FROM a\nCOPY b.txt /c/\n");
    gives(&filtered(&folder, "fix -", before), before);
    gives(&filtered(&folder, "fix - --select add-to-copy", before), after);
    gives(&filtered(&folder, "fix - --stdin-filename all/Dockerfile", before), after);
    gives(&filtered(&folder, "fix - --stdin-filename all/Dockerfile --safe", before), before);
}

#[test]
fn a_configuration_that_cannot_be_read_gives_nothing() {
    let folder = Folder::new(&[("dockeropt.toml", "saef = true\n")]);
    let output = filtered(&folder, "fix -", BEFORE);
    assert_eq!(output.text(), "");
    output.fails_with("dockeropt.toml:1: unknown key `saef`, did you mean `safe`?");
}

#[test]
fn a_patch_and_a_report_of_standard_input_have_the_name_given() {
    let folder = Folder::new(&[]);
    let patch = filtered(&folder, "fix - --diff --stdin-filename a/Dockerfile", BEFORE);
    assert!(patch.text().starts_with("--- a/a/Dockerfile\n+++ b/a/Dockerfile\n"));
    assert_eq!(patch.code, 1);
    let report = filtered(&folder, "check - --format github --stdin-filename a/Dockerfile", BEFORE);
    assert!(report.text().contains("file=a/Dockerfile,line=2"));
}
