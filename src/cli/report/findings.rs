//! What the formats report of a file: changes and places left alone, each with its place in the original text.

use std::path::Path;

use serde::Serialize;

use super::super::examine::{Examination, Examined};
use crate::rewrite::{Placed, Transform};
use crate::text::{LineIndex, TextRange};

/// One thing to say about a place.
pub(in crate::cli) struct Finding<'e> {
    pub transform: &'static Transform,
    pub kind: Kind,
    /// In the original text.
    pub range: TextRange,
    pub start: Place,
    pub end: Place,
    pub message: &'e str,
}

/// Line and column, both from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(in crate::cli) struct Place {
    pub line: usize,
    pub column: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::cli) enum Kind {
    /// A rewrite that `fix` would apply.
    Change,
    /// A place that was looked at and left alone.
    Declined,
}

/// Everything there is to say about `file`, changes first, each kind in the order of the text.
pub(in crate::cli) fn findings(file: &Examined) -> Vec<Finding<'_>> {
    let Examination::Rewritten(rewritten) = &file.result else { return Vec::new() };
    let lines = LineIndex::new(&file.source);
    let place = |offset| {
        let at = lines.line_column(offset);
        Place { line: at.line, column: at.column }
    };
    let finding = |transform, kind, range: TextRange, message| {
        let last = range.end().saturating_sub(1).max(range.start());
        Finding { transform, kind, range, start: place(range.start()), end: place(last), message }
    };
    let outcome = &rewritten.outcome;
    let changes = outcome.steps.iter().flat_map(|step| &step.rewrites);
    let mut findings: Vec<_> = changes
        .map(|Placed { transform, range, value }| finding(transform, Kind::Change, *range, value.title.as_str()))
        .collect();
    let declined = &outcome.declined;
    findings.extend(
        declined.iter().map(|Placed { transform, range, value }| {
            finding(transform, Kind::Declined, *range, value.because.as_str())
        }),
    );
    findings.sort_by_key(|finding| (finding.kind as u8, finding.range.start(), finding.transform.id));
    findings
}

/// `path` as reports write it: with `/`.
pub(in crate::cli) fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}
