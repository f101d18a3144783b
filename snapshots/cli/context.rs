//! The build context: the folder of the Dockerfile, or the one that the user names.

use super::harness::Folder;

const DOCKERFILE: &str = "FROM debian:12\nADD app /app\n";
const COPIED: &str = "FROM debian:12\nCOPY app /app\n";

#[test]
fn what_stands_in_the_folder_of_the_dockerfile_decides() {
    let folder =
        Folder::new(&[("a/Dockerfile", DOCKERFILE), ("b/Dockerfile", DOCKERFILE), ("a/app", "x"), ("c/app", "x")]);
    assert_eq!(folder.run("fix").code, 0);
    assert_eq!((folder.text("a/Dockerfile"), folder.text("b/Dockerfile")), (COPIED.to_owned(), DOCKERFILE.to_owned()));
    assert_eq!(folder.run("fix --context c b").code, 0);
    assert_eq!(folder.text("b/Dockerfile"), COPIED);
}

#[test]
fn a_folder_above_is_the_context_if_what_is_copied_stands_only_there_or_somebody_says_so() {
    let folder =
        Folder::new(&[("a/Dockerfile", DOCKERFILE), ("b/Dockerfile", DOCKERFILE), ("app", "x"), ("b/app", "x")]);
    let compose = "services:\n  b:\n    build:\n      context: .\n      dockerfile: b/Dockerfile\n";
    folder.write("production.yml", compose);
    let ran = folder.run("fix");
    assert_eq!(folder.text("a/Dockerfile"), COPIED);
    assert!(
        ran.err.contains("note: a/Dockerfile: its build context is `.`, since what it copies is there"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("note: b/Dockerfile: its build context is `.`, as `production.yml:3` says"),
        "{}",
        ran.err
    );
}

#[test]
fn what_is_left_out_of_the_context_is_not_there() {
    let folder = Folder::new(&[("Dockerfile", DOCKERFILE), ("app", "x"), (".dockerignore", "app\n")]);
    assert_eq!((folder.run("fix").code, folder.text("Dockerfile")), (0, DOCKERFILE.to_owned()));
    folder.write("Dockerfile.dockerignore", "*\n!app\n");
    assert_eq!((folder.run("fix").code, folder.text("Dockerfile")), (0, COPIED.to_owned()));
}

#[test]
fn standard_input_has_a_context_only_if_it_is_named() {
    let folder = Folder::new(&[("app", "x")]);
    let filter = |more: &str| folder.run_with(&format!("fix - --select add-to-copy{more}"), DOCKERFILE, &[]);
    assert_eq!((filter("").text(), filter(" --context .").text()), (DOCKERFILE, COPIED));
}
