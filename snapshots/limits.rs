//! Past a limit of work, a place is left alone, and it is said.

use dockeropt::rewrite::{Chain, Facts, Options};
use dockeropt::transforms;

/// Why places of `text` were left alone by the transform `id`.
fn declined(id: &str, text: &str) -> Vec<String> {
    let transforms = transforms::all().map(|(_, transform)| transform).filter(|transform| transform.id == id).collect();
    let chain = Chain { transforms, options: Options::default() };
    let outcome = chain.run(text.as_bytes(), &Facts::default()).unwrap();
    assert!(outcome.unstable.is_empty(), "{:?}", outcome.unstable);
    outcome.declined.into_iter().map(|placed| placed.value.because).collect()
}

#[test]
fn a_file_with_very_many_stages_is_left_alone() {
    let stages = |count: usize| "FROM debian:12\nRUN apt-get update\nCMD a\nCMD b\n".repeat(count);
    assert_eq!(declined("drop-shadowed-cmd", &stages(1_000)), [""; 0]);
    assert_eq!(declined("drop-shadowed-cmd", &stages(1_001)), ["the file has more than 1000 stages"]);
}

#[test]
fn a_copy_behind_very_many_instructions_keeps_its_chown() {
    let text = |count: usize| {
        let before = "EXPOSE 1\n".repeat(count);
        format!("FROM debian:12\n{before}COPY src /app\nRUN chown -R app:app /app\n")
    };
    assert_eq!(declined("copy-chown", &text(900)), [""; 0]);
    assert_eq!(declined("copy-chown", &text(1_000)), ["more than 1000 instructions stand before the COPY"]);
}

#[test]
fn maintainers_that_make_no_line_stay() {
    let text = |count: usize| format!("FROM debian:12\n{}", "MAINTAINER someone who maintains it\n".repeat(count));
    assert_eq!(declined("maintainer-to-label", &text(1_000)), [""; 0]);
    assert_eq!(declined("maintainer-to-label", &text(3_000)), ["all of them make a line that BuildKit refuses"]);
}
