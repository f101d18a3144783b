//! The build context: the folder of the Dockerfile, or the one that the user names.

use super::harness::Folder;

const DOCKERFILE: &str = "FROM debian:12\nADD app /app\n";
const COPIED: &str = "FROM debian:12\nCOPY app /app\n";

#[test]
fn what_stands_in_the_folder_of_the_dockerfile_decides() {
    let folder =
        Folder::new(&[("a/Dockerfile", DOCKERFILE), ("b/Dockerfile", DOCKERFILE), ("a/app", "x"), ("app", "x")]);
    assert_eq!(folder.run("fix").code, 0);
    assert_eq!((folder.text("a/Dockerfile"), folder.text("b/Dockerfile")), (COPIED.to_owned(), DOCKERFILE.to_owned()));
    assert_eq!(folder.run("fix --context . b").code, 0);
    assert_eq!(folder.text("b/Dockerfile"), COPIED);
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
