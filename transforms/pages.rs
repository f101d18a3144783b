//! Every page is a test of its transform: what it shows is what happens. `UPDATE=1 cargo test` writes the answers anew.

use std::fmt::Write;
use std::path::PathBuf;

use crate::rewrite::{Chain, Facts, Options, Outcome, Transform};
use crate::syntax::Dockerfile;
use crate::text::diff::unified;
use crate::transforms::all;

/// What the transform alone makes of `text`.
fn outcome(transform: &'static Transform, text: &str) -> Outcome {
    let file = Dockerfile::parse(text);
    assert!(file.problems().is_empty(), "{}: an example is no Dockerfile: {:?}\n{text}", transform.id, file.problems());
    let chain = Chain { transforms: vec![transform], options: Options::default() };
    let outcome = chain.run(text.as_bytes(), &Facts::default()).unwrap();
    assert!(outcome.unstable.is_empty(), "{}: {:?}", transform.id, outcome.unstable);
    outcome
}

/// The page with the answer behind every example: a diff, or, under "Left alone", the reason as a quote if there is one.
fn answered(transform: &'static Transform) -> String {
    let mut page = String::new();
    let mut lines = transform.page.lines().peekable();
    let mut left_alone = false;
    while let Some(line) = lines.next() {
        left_alone |= line == "## Left alone";
        writeln!(page, "{line}").unwrap();
        if line != "```dockerfile" {
            continue;
        }
        let mut example = String::new();
        for line in lines.by_ref().take_while(|line| *line != "```") {
            writeln!(example, "{line}").unwrap();
        }
        let outcome = outcome(transform, &example);
        writeln!(page, "{example}```").unwrap();
        if left_alone {
            assert!(!outcome.is_changed(), "{}: an example under \"Left alone\" is changed:\n{example}", transform.id);
            skip_quote(&mut lines);
            if let Some(declined) = outcome.declined.first() {
                let line = 1 + example[..declined.range.start()].matches('\n').count();
                writeln!(page, "\n> Line {line}: {}.", declined.value.because).unwrap();
            }
        } else {
            assert!(
                outcome.is_changed(),
                "{}: an example is left as it is: {:?}\n{example}",
                transform.id,
                outcome.declined
            );
            skip_diff(&mut lines);
            let diff = unified(b"Dockerfile", example.as_bytes(), &outcome.after);
            let diff = String::from_utf8(diff).unwrap();
            let hunks: String = diff.split_inclusive('\n').skip_while(|line| !line.starts_with("@@")).collect();
            writeln!(page, "\n```diff\n{hunks}```").unwrap();
        }
    }
    page
}

type Lines<'p> = std::iter::Peekable<std::str::Lines<'p>>;

fn skip_diff(lines: &mut Lines<'_>) {
    let mut ahead = lines.clone();
    if ahead.next() == Some("") && ahead.next() == Some("```diff") {
        ahead.by_ref().take_while(|line| *line != "```").for_each(drop);
        *lines = ahead;
    }
}

fn skip_quote(lines: &mut Lines<'_>) {
    let mut ahead = lines.clone();
    if ahead.next() == Some("") && ahead.next().is_some_and(|line| line.starts_with("> ")) {
        *lines = ahead;
    }
}

fn page_path(phase: &str, transform: &Transform) -> PathBuf {
    let name = transform.id.replace('-', "_");
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("transforms/{phase}/{name}.md"))
}

#[test]
fn every_page_shows_what_happens() {
    let mut stale = Vec::new();
    for (phase, transform) in all() {
        let page = answered(transform);
        if page != transform.page {
            if std::env::var_os("UPDATE").is_some() {
                std::fs::write(page_path(phase.name, transform), &page).unwrap();
            } else {
                stale.push(format!(
                    "{}:\n{}",
                    transform.id,
                    String::from_utf8_lossy(&unified(b"page", transform.page.as_bytes(), page.as_bytes()))
                ));
            }
        }
    }
    assert!(
        stale.is_empty(),
        "pages do not show what happens (UPDATE=1 cargo test writes them):\n{}",
        stale.join("\n")
    );
}

#[test]
fn every_page_has_a_title_a_reason_an_example_and_something_left_alone() {
    for (_, transform) in all() {
        let page = transform.page;
        let (title, rest) = page.split_once("\n\n").unwrap();
        assert_eq!(title, format!("# {}", transform.id));
        assert!(!rest.starts_with("```"), "{}: the page says why first", transform.id);
        assert!(page.contains("```dockerfile"), "{}: no example", transform.id);
        let (_, left_alone) =
            page.split_once("## Left alone\n").unwrap_or_else(|| panic!("{}: nothing left alone", transform.id));
        assert!(left_alone.contains("```dockerfile"), "{}: no example of what is left alone", transform.id);
    }
}
