//! `fix -i`: yes or no to each rewrite.

use crate::harness::{Folder, Output};

const TEXT: &str = "FROM a\nENV A 1\nENV B 2\nENV C 3\n";

/// What comes of [`TEXT`] in two files when the user types `answers`.
fn answered(answers: &str) -> (String, Output) {
    let folder = Folder::new(&[("a/Dockerfile", TEXT), ("b/Dockerfile", TEXT)]);
    let output = folder.run_with("fix -i --select env-equals", answers, &[]);
    // Which of A to C were rewritten, for each file.
    let rewritten = ["a/Dockerfile", "b/Dockerfile"].map(|path| {
        let text = folder.text(path);
        ["A", "B", "C"].into_iter().filter(|name| text.contains(&format!("{name}="))).collect::<String>()
    });
    (rewritten.join("-"), output)
}

#[test]
fn no_leaves_a_rewrite_out_and_yes_takes_it() {
    let (rewritten, output) = answered("n\nn\nn\nn\nn\nn\n");
    assert_eq!((rewritten.as_str(), output.code), ("-", 0));
    assert_eq!(output.err.matches("[y,n,a,q]").count(), 6);
    assert_eq!(answered("y\nyes\ny\nn\nno\nn\n").0, "ABC-");
}

#[test]
fn all_and_quit_hold_for_the_rest_of_all_files() {
    assert_eq!(answered("a\n").0, "ABC-ABC");
    assert_eq!(answered("q\n").0, "-");
    assert_eq!(answered("y\nq\n").0, "A-");
    assert_eq!(answered("y\n").0, "A-", "the end of the input is no yes");
}

#[test]
fn a_no_stays_a_no_when_a_neighbour_is_rewritten() {
    assert_eq!(answered("y\nn\nyes\nno\ny\nn\n").0, "AC-B");
    assert_eq!(answered("n\na\n").0, "BC-ABC");
}

#[test]
fn an_answer_that_is_none_is_asked_for_again() {
    let (rewritten, output) = answered("what\n\nY\ny\nq\n");
    assert_eq!(rewritten, "A-");
    assert_eq!(output.err.matches("ENV").count() + output.err.matches("[y,n,a,q]").count(), 5);
}

#[test]
fn each_question_shows_its_patch_and_the_last_line_counts() {
    let (_, output) = answered("y\nq\n");
    crate::assert_snapshot("interactive", &output.transcript());
}
