//! What the formats report of a file: changes and places left alone, each with its place in the original text, and what went wrong.

use std::collections::HashMap;
use std::path::Path;

use serde::Serialize;

use super::{Examination, Examined};
use crate::rewrite::{Outcome, Placed, Preserves, ROUNDS_MAX, Transform};
use crate::text::{LineIndex, TextRange, hash};

/// One thing to say about a place.
pub struct Finding<'e> {
    pub transform: &'static Transform,
    pub kind: Kind,
    /// In the original text, without a line end at its end.
    pub range: TextRange,
    pub start: Place,
    /// Behind the last character.
    pub end: Place,
    pub message: &'e str,
    /// The same for the same finding as long as its line and path stay, wherever the line moves to; no two of a file are alike.
    pub fingerprint: String,
}

/// Line and column, both from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

impl Place {
    pub fn of(lines: &LineIndex<'_>, offset: usize) -> Self {
        let at = lines.line_column(offset);
        Self { line: at.line, column: at.column }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A rewrite that `fix` would apply.
    Change,
    /// A fact that only the user can act upon.
    Advice,
    /// A place that was looked at and left alone.
    Declined,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// A change after which the image does what it did.
    Warning,
    /// A change that is for the user to judge, or no change at all.
    Note,
}

impl Finding<'_> {
    /// The message with what a change promises.
    pub fn full_message(&self) -> String {
        match self.kind {
            Kind::Change => format!("{}; {}", self.message, self.transform.preserves.promise()),
            Kind::Advice | Kind::Declined => self.message.to_owned(),
        }
    }

    pub fn level(&self) -> Level {
        match self.kind {
            Kind::Change if self.transform.preserves < Preserves::Intent => Level::Warning,
            Kind::Change | Kind::Advice | Kind::Declined => Level::Note,
        }
    }
}

/// Everything there is to say about the places of `file`, changes first, each kind in the order of the text.
pub fn findings(file: &Examined) -> Vec<Finding<'_>> {
    let Examination::Rewritten(rewritten) = &file.result else { return Vec::new() };
    findings_of(file, &rewritten.outcome)
}

fn findings_of<'e>(file: &Examined, outcome: &'e Outcome) -> Vec<Finding<'e>> {
    let lines = LineIndex::new(&file.source);
    let finding = |transform: &'static Transform, kind, range: TextRange, message| {
        let range = without_line_end(&file.source, range);
        let (start, end) = (Place::of(&lines, range.start()), Place::of(&lines, range.end()));
        Finding { transform, kind, range, start, end, message, fingerprint: String::new() }
    };
    let mut findings: Vec<_> = outcome
        .rewrites()
        .map(|Placed { transform, range, value }| finding(transform, Kind::Change, *range, value.title.as_str()))
        .collect();
    findings.extend(outcome.declined.iter().map(|Placed { transform, range, value }| {
        let kind = if value.is_advice { Kind::Advice } else { Kind::Declined };
        finding(transform, kind, *range, value.because.as_str())
    }));
    findings.sort_by_key(|finding| (finding.kind as u8, finding.range, finding.transform.id));
    let path = slashed(&file.path);
    let mut seen: HashMap<u64, u32> = HashMap::new();
    for finding in &mut findings {
        let line = lines.line(finding.start.line - 1).map_or(&b""[..], |line| file.source[line].trim_ascii());
        let kind: &[u8] = match finding.kind {
            Kind::Change => b"change",
            Kind::Advice => b"advice",
            Kind::Declined => b"declined",
        };
        let hash = hash([finding.transform.id.as_bytes(), kind, path.as_bytes(), line]);
        let ordinal = seen.entry(hash).or_default();
        finding.fingerprint = format!("{hash:016x}{ordinal:04x}");
        *ordinal += 1;
    }
    findings
}

/// The changes alone.
pub fn changes(file: &Examined) -> impl Iterator<Item = Finding<'_>> {
    findings(file).into_iter().filter(|finding| finding.kind == Kind::Change)
}

/// What is said unasked: changes and advice.
pub fn said(file: &Examined) -> impl Iterator<Item = Finding<'_>> {
    findings(file).into_iter().filter(|finding| finding.kind != Kind::Declined)
}

/// The changes of another outcome for `file` than the one it has.
pub fn changes_of<'e>(file: &Examined, outcome: &'e Outcome) -> impl Iterator<Item = Finding<'e>> {
    findings_of(file, outcome).into_iter().filter(|finding| finding.kind == Kind::Change)
}

/// What went wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// From 1; none if it is about the file as a whole.
    pub line: Option<usize>,
    pub message: String,
}

/// Everything that went wrong with `file`.
pub fn troubles(file: &Examined) -> Vec<Trouble> {
    match &file.result {
        Examination::Skipped { .. } => Vec::new(),
        Examination::Failed { because } => vec![Trouble { line: None, message: because.clone() }],
        Examination::Unresolved(troubles) => troubles.clone(),
        Examination::Refused(problems) => problems
            .iter()
            .map(|problem| {
                let message = format!("not a Dockerfile that BuildKit takes, left as it is: {}", problem.message);
                Trouble { line: Some(problem.line), message }
            })
            .collect(),
        Examination::Rewritten(rewritten) => {
            let Outcome { unstable, unanswered, .. } = &rewritten.outcome;
            let faults = unstable
                .iter()
                .map(|unstable| format!("a fault of {}, taken back: {}", unstable.transform.id, unstable.because));
            let unanswered = unanswered.first().map(|question| {
                format!("after {ROUNDS_MAX} rounds it still asks for {question}: what depends on that is left alone")
            });
            faults.chain(unanswered).map(|message| Trouble { line: None, message }).collect()
        }
    }
}

/// `path` as reports write it: with `/`.
pub fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}

fn without_line_end(source: &[u8], range: TextRange) -> TextRange {
    let text = &source[range];
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    TextRange::new(range.start(), range.start() + text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examine::Rewritten;
    use crate::rewrite::{Chain, Facts, Options, Question};

    #[test]
    fn a_chain_that_is_not_settled_is_said() {
        let (chain, facts) = (Chain { transforms: Vec::new(), options: Options::default() }, Facts::default());
        let mut outcome = chain.run(b"FROM a\n", &facts).unwrap();
        outcome.unanswered.insert(Question::ContextFile("b".to_owned()));
        let source = std::sync::Arc::clone(&outcome.before);
        let rewritten = Rewritten { outcome, chain, facts, fingerprint: None, context: None };
        let result = Examination::Rewritten(Box::new(rewritten));
        let troubles = troubles(&Examined { path: "Dockerfile".into(), source, result });
        let message =
            "after 10 rounds it still asks for `b` in the build context: what depends on that is left alone".to_owned();
        assert_eq!(troubles, [Trouble { line: None, message }]);
    }

    #[test]
    fn a_line_end_is_no_part_of_what_is_shown() {
        let shown = |text: &str| without_line_end(text.as_bytes(), TextRange::new(1, text.len())).end();
        assert_eq!((shown("abc\r\n"), shown("abc\n"), shown("abc"), shown("a\n")), (3, 3, 3, 1));
    }
}
