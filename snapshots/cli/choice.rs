//! Which transforms run for which file: configuration, command line, comments.

use crate::harness::{AFTER, BEFORE, Folder};

const TEXT: &str = "FROM python:3\nENV A b\nADD b.txt /c/\nCMD python app.py\n";
const ENV: &str = "FROM python:3\nENV A=b\nADD b.txt /c/\nCMD python app.py\n";
const ADD: &str = "FROM python:3\nENV A b\nCOPY b.txt /c/\nCMD python app.py\n";
const BOTH: &str = "FROM python:3\nENV A=b\nCOPY b.txt /c/\nCMD python app.py\n";
const EXEC: &str = "FROM python:3\nENV A=b\nCOPY b.txt /c/\nCMD [\"python\", \"app.py\"]\n";

/// What the command makes of [`TEXT`] under a configuration.
#[track_caller]
fn fixed(configuration: &str, arguments: &str) -> String {
    let folder = Folder::new(&[
        ("dockeropt.toml", configuration),
        ("Dockerfile", TEXT),
        ("other.toml", "ignore = ['env-equals']"),
    ]);
    let output = folder.run(&format!("fix {arguments}"));
    assert_eq!(output.code, 0, "{}", output.err);
    folder.text("Dockerfile")
}

#[test]
fn the_command_line_chooses() {
    assert_eq!(fixed("", ""), BOTH);
    assert_eq!(fixed("", "--select env-equals"), ENV);
    assert_eq!(fixed("", "--select context,form --ignore add-to-copy"), ENV);
    assert_eq!(fixed("", "--ignore context,form"), TEXT);
    assert_eq!(fixed("", "--opt-in exec-form"), EXEC);
    assert_eq!(fixed("", "--safe"), ENV);
    assert_eq!(fixed("", "--safe --opt-in exec-form"), ENV);
}

#[test]
fn the_configuration_chooses_and_the_command_line_has_the_last_word() {
    assert_eq!(fixed("select = ['add-to-copy']", ""), ADD);
    assert_eq!(fixed("select = ['add-to-copy']", "--select env-equals"), ENV);
    assert_eq!(fixed("ignore = ['env-equals']", ""), ADD);
    assert_eq!(fixed("opt-in = ['exec-form']", ""), EXEC);
    assert_eq!(fixed("safe = true", ""), ENV);
    assert_eq!(fixed("safe = true", "--no-config"), BOTH);
    assert_eq!(fixed("safe = true", "--config other.toml"), ADD);
}

#[test]
fn the_nearest_configuration_upward_is_the_only_one() {
    let folder = Folder::new(&[
        ("dockeropt.toml", "ignore = ['env-equals']"),
        ("a/b/Dockerfile", TEXT),
        ("c/.dockeropt.toml", "ignore = ['add-to-copy']"),
        ("c/d/Dockerfile", TEXT),
    ]);
    assert_eq!(folder.run("fix").code, 0);
    assert_eq!((folder.text("a/b/Dockerfile").as_str(), folder.text("c/d/Dockerfile").as_str()), (ADD, ENV));
}

#[test]
fn the_folder_one_stands_in_does_not_matter() {
    let folder =
        Folder::new(&[("dockeropt.toml", "exclude = ['a/old/**']\n[[overrides]]\npaths = ['a/b/*']\nsafe = true")]);
    for path in ["a/b/Dockerfile", "a/c/Dockerfile", "a/old/Dockerfile"] {
        folder.write(path, TEXT);
    }
    let inside = Folder::new(&[]);
    assert_eq!(inside.run(&format!("fix {}", folder.path("a").display())).code, 0);
    let texts = ["a/b/Dockerfile", "a/c/Dockerfile", "a/old/Dockerfile"].map(|path| folder.text(path));
    assert_eq!(texts, [ENV, BOTH, TEXT]);
}

#[test]
fn an_excluded_file_is_taken_if_it_is_named_unless_by_force() {
    let folder = Folder::new(&[("dockeropt.toml", "exclude = ['**']"), ("Dockerfile", BEFORE)]);
    folder.run("fix .");
    folder.run("fix --force-exclude Dockerfile");
    assert_eq!(folder.text("Dockerfile"), BEFORE);
    folder.run("fix ./Dockerfile");
    assert_eq!(folder.text("Dockerfile"), AFTER);
}

#[test]
fn a_wrong_configuration_is_told_with_file_line_and_reason() {
    let run = |text: &str| Folder::new(&[("dockeropt.toml", text), ("Dockerfile", BEFORE)]).run("check");
    run("safe = true\nignor = []\n")
        .fails_with("Dockerfile: dockeropt.toml:2: unknown key `ignor`, did you mean `ignore`?");
    run("\nignore = ['env-equal']\n").fails_with(
        "Dockerfile: dockeropt.toml:2: there is no transform or phase `env-equal`, did you mean `env-equals`?",
    );
    run("safe = 3\n").fails_with("Dockerfile: dockeropt.toml:1: invalid type");
    run("safe =\n").fails_with("Dockerfile: dockeropt.toml:1: ");
    run("exclude = ['a[']\n").fails_with("Dockerfile: dockeropt.toml:1: ");
    let named = Folder::new(&[("Dockerfile", BEFORE)]).run("check --config absent.toml");
    named.fails_with("absent.toml: No such file");
}

#[test]
fn comments_switch_transforms_off() {
    let env_stays = |comment: &str| {
        let text = format!("{comment}\nFROM a\n{comment}\nENV A b\n");
        let folder = Folder::new(&[("Dockerfile", &text)]);
        folder.run("fix");
        folder.text("Dockerfile") == text
    };
    assert!(env_stays("# dockeropt: ignore"));
    assert!(env_stays("# dockeropt: ignore=env-equals,add-to-copy for a reason"));
    assert!(env_stays("# dockeropt: ignore-file"));
    assert!(env_stays("# dockeropt: ignore-file=env-equals"));
    assert!(env_stays("# check=skip=LegacyKeyValueFormat"));
    assert!(!env_stays("# dockeropt: ignore=add-to-copy"));
    assert!(!env_stays("# an ordinary comment"));
    let folder = Folder::new(&[("Dockerfile", "FROM a\n# dockeropt: ignore=env-equals\nENV A b\nENV C d\n")]);
    let report = folder.run("check --verbose");
    assert!(report.text().contains("the comment on line 2 switches it off"), "{}", report.text());
    assert!(report.err.starts_with("1 file · 1 would change · +1 -1 lines"), "{}", report.err);
}

#[test]
fn only_what_git_says_is_changed() {
    let folder = Folder::new(&[("a/Dockerfile", BEFORE), ("b/Dockerfile", BEFORE)]);
    folder.run("fix --changed").fails_with("not a git repository");
    folder.commit();
    assert_eq!(folder.run("fix --check --changed").text(), "");
    folder.write("b/Dockerfile", format!("{BEFORE}USER b\n"));
    folder.write("new/Dockerfile", BEFORE);
    assert_eq!(folder.run("fix --check --changed").text(), "b/Dockerfile\nnew/Dockerfile\n");
    assert_eq!(folder.run("fix --check --changed a").text(), "");
}

#[test]
fn rules_that_other_tools_are_told_to_pass_over_are_passed_over() {
    let dockerfile = "FROM debian:13\nRUN mkdir /a\nRUN rm -rf /a\n";
    let folder = Folder::new(&[(".git/HEAD", ""), ("app/Dockerfile", dockerfile)]);
    let would = |arguments: &str| folder.run(&format!("fix --check {arguments} app")).text().to_owned();
    assert_eq!(would("--select layers"), "app/Dockerfile\n");
    folder.write(".hadolint.yaml", "ignored: [DL3059]\n");
    assert_eq!(would("--select layers"), "");
    assert_eq!(would("--select merge-runs"), "app/Dockerfile\n", "the command line names it");
    assert_eq!(would("--select layers --no-config"), "app/Dockerfile\n");
}
