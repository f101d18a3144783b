//! The report for people: source excerpts as rustc prints them.

use std::fmt::Write as _;
use std::io::IsTerminal;

use annotate_snippets::{AnnotationKind, Group, Level as Tone, Renderer, Snippet};

use super::super::Failure;
use crate::examine::Examined;
use crate::examine::findings::{Finding, Kind, Level, findings};
use crate::text::{LineIndex, TextRange};
use crate::world::terminal::{sanitised, sanitised_path};

/// Lines shown before and after the place that a finding is about.
const CONTEXT_LINES: usize = 1;

pub(in crate::cli) fn print(files: &[Examined], verbose: bool) -> Result<(), Failure> {
    let renderer = renderer();
    for file in files {
        let findings = findings(file);
        let lines = LineIndex::new(&file.source);
        let mut left_alone = 0;
        for finding in &findings {
            if finding.kind == Kind::Declined && !verbose {
                left_alone += 1;
                continue;
            }
            super::print_styled(&format!("{}\n\n", renderer.render(&[group(file, &lines, finding)])))?;
        }
        if left_alone > 0 {
            let places = super::plural(left_alone, "place");
            let path = sanitised_path(&file.path);
            let far = far_off(&findings);
            super::print_styled(&format!("{path}: {places} left alone (--verbose says why)\n{far}\n"))?;
        }
    }
    Ok(())
}

/// What keeps those away that would change the image most, each on a line: its first obstacle, and how many more there are.
fn far_off(findings: &[Finding<'_>]) -> String {
    let is_deep = |finding: &&Finding<'_>| finding.kind == Kind::Declined && finding.transform.is_deep;
    let mut lines = String::new();
    let mut told: Vec<&str> = Vec::new();
    for finding in findings.iter().filter(is_deep) {
        let id = finding.transform.id;
        if told.contains(&id) {
            continue;
        }
        told.push(id);
        let more = findings.iter().filter(is_deep).filter(|other| other.transform.id == id).count() - 1;
        let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        let _ = writeln!(lines, "  {id}: line {}: {}{more}", finding.start.line, sanitised(finding.message));
    }
    lines
}

/// As wide as the terminal; where there is none, lines are not cut for any reader.
fn renderer() -> Renderer {
    let renderer = Renderer::styled();
    if std::io::stdout().is_terminal() { renderer } else { renderer.term_width(usize::from(u16::MAX)) }
}

fn group<'f>(file: &Examined, lines: &LineIndex<'_>, finding: &'f Finding<'_>) -> Group<'f> {
    let tone = match (finding.kind, finding.level()) {
        (Kind::Advice | Kind::Declined, _) => Tone::NOTE,
        (Kind::Change, Level::Warning) => Tone::WARNING,
        (Kind::Change, Level::Note) => Tone::HELP,
    };
    let message = sanitised(finding.message);
    let title = match finding.kind {
        Kind::Change | Kind::Advice => message.into_owned(),
        Kind::Declined => format!("left alone: {message}"),
    };
    let Excerpt { text, first_line, marked } = Excerpt::of(&file.source, lines, finding.range);
    let snippet = Snippet::source(text)
        .path(sanitised_path(&file.path))
        .line_start(first_line)
        .annotation(AnnotationKind::Primary.span(marked));
    let group = tone.primary_title(title).id(finding.transform.id).element(snippet);
    match finding.kind {
        Kind::Change => group.element(Tone::NOTE.message(finding.transform.preserves.promise())),
        Kind::Advice | Kind::Declined => group,
    }
}

/// Some lines of a text, fit to be shown.
#[derive(Debug, PartialEq, Eq)]
struct Excerpt {
    text: String,
    /// From 1.
    first_line: usize,
    /// Of `text`; it starts and ends between two characters.
    marked: std::ops::Range<usize>,
}

impl Excerpt {
    /// The lines of `range`, and some around it. What is not UTF-8 or could command a terminal is replaced, so every part is
    /// made fit by itself: the marked one stays where it is.
    fn of(source: &[u8], lines: &LineIndex<'_>, range: TextRange) -> Self {
        let line_of = |offset| lines.line_column(offset).line - 1;
        let first = line_of(range.start()).saturating_sub(CONTEXT_LINES);
        let last = (line_of(range.end()) + CONTEXT_LINES).min(lines.line_count() - 1);
        let start = lines.line(first).map_or(0, TextRange::start);
        let end = lines.line(last).map_or(source.len(), TextRange::end);
        let fit = |from, to| sanitised(&String::from_utf8_lossy(&source[from..to])).into_owned();
        let (before, inside, after) =
            (fit(start, range.start()), fit(range.start(), range.end()), fit(range.end(), end));
        let marked = before.len()..before.len() + inside.len();
        Self { text: [before, inside, after].concat(), first_line: first + 1, marked }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn excerpt(source: &[u8], range: TextRange) -> Excerpt {
        Excerpt::of(source, &LineIndex::new(source), range)
    }

    fn rendered(excerpt: Excerpt) -> String {
        let snippet = Snippet::source(excerpt.text).annotation(AnnotationKind::Primary.span(excerpt.marked));
        Renderer::plain().render(&[Tone::NOTE.primary_title("a").element(snippet)])
    }

    #[test]
    fn an_excerpt_has_the_lines_around_the_place() {
        let excerpt = excerpt(b"1\n2\n3 x\n4\n5\n", TextRange::new(6, 7));
        assert_eq!(excerpt, Excerpt { text: "2\n3 x\n4\n".to_owned(), first_line: 2, marked: 4..5 });
    }

    #[test]
    fn what_is_no_text_is_replaced_and_the_mark_stays() {
        let excerpt = excerpt(b"\xe9\x1b[2J x\n", TextRange::new(6, 7));
        assert_eq!(&excerpt.text[excerpt.marked.clone()], "x");
        assert_eq!(excerpt.text, "\u{fffd}\u{241b}[2J x\n");
    }

    proptest! {
        #[test]
        fn every_range_of_any_bytes_can_be_shown(
            bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(b'\r')], 0..40),
            one in 0usize..41,
            other in 0usize..41,
        ) {
            let (one, other) = (one.min(bytes.len()), other.min(bytes.len()));
            let shown = rendered(excerpt(&bytes, TextRange::new(one.min(other), one.max(other))));
            prop_assert!(!shown.contains('\x1b'));
        }
    }
}
