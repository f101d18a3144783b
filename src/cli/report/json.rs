//! The reports for programs: one JSON document, or one JSON object a line.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::Failure;
use crate::examine::around::ContextTaken;
use crate::examine::findings::{Finding, Kind, Place, Trouble, findings, slashed, troubles};
use crate::examine::patch::patch;
use crate::examine::{Examination, Examined, companion_path};
use crate::rewrite::Preserves;
use crate::transforms;

/// Changes when a field changes its meaning or goes away; new ones may come without that.
const SCHEMA: &str = "dockeropt/1";

#[derive(Serialize)]
struct Document<'e> {
    schema: &'static str,
    files: Vec<File<'e>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Line<'e> {
    schema: &'static str,
    #[serde(flatten)]
    file: File<'e>,
}

#[derive(Serialize)]
pub(in crate::cli) struct File<'e> {
    path: String,
    pub status: Status,
    /// Why it is not `changed` or `unchanged`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The patch, if the file would change and is UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// Other files that would be written with it; the patch has them too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    companions: Vec<String>,
    pub changes: Vec<Change<'e>>,
    /// Facts that only the user can act upon.
    pub advice: Vec<Declined<'e>>,
    pub declined: Vec<Declined<'e>>,
    pub problems: Vec<Trouble>,
    /// The build context, where it is not the folder of the file, and who says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'e ContextTaken>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::cli) enum Status {
    Changed,
    Unchanged,
    Skipped,
    /// BuildKit would refuse it.
    Refused,
    Failed,
}

#[derive(Serialize)]
pub(in crate::cli) struct Change<'e> {
    id: &'static str,
    phase: &'static str,
    preserves: Preserves,
    title: &'e str,
    rules: &'static [&'static str],
    #[serde(flatten)]
    span: Span,
}

#[derive(Serialize)]
pub(in crate::cli) struct Declined<'e> {
    id: &'static str,
    because: &'e str,
    #[serde(flatten)]
    span: Span,
}

/// A place of the original text, as people count and as programs do.
#[derive(Serialize)]
struct Span {
    start: Place,
    end: Place,
    bytes: [usize; 2],
}

#[derive(Default, Serialize)]
struct Summary {
    files: usize,
    changed: usize,
    skipped: usize,
    refused: usize,
    failed: usize,
    changes_by_transform: BTreeMap<&'static str, usize>,
    declined_by_transform: BTreeMap<&'static str, usize>,
}

pub(in crate::cli) fn print_document(files: &[Examined]) -> Result<(), Failure> {
    let files: Vec<_> = files.iter().map(File::of).collect();
    let mut summary = Summary::default();
    files.iter().for_each(|file| summary.add(file));
    super::print_json(&Document { schema: SCHEMA, files, summary })
}

pub(in crate::cli) fn print_lines(files: &[Examined]) -> Result<(), Failure> {
    files.iter().try_for_each(|file| super::print_json_line(&Line { schema: SCHEMA, file: File::of(file) }))
}

impl<'e> File<'e> {
    pub fn of(file: &'e Examined) -> Self {
        let (mut changes, mut advice, mut declined) = (Vec::new(), Vec::new(), Vec::new());
        for finding in findings(file) {
            match finding.kind {
                Kind::Change => changes.push(Change::of(&finding)),
                kind => {
                    let list = if kind == Kind::Advice { &mut advice } else { &mut declined };
                    let span = Span::of(&finding);
                    list.push(Declined { id: finding.transform.id, because: finding.message, span });
                }
            }
        }
        let companions = match &file.result {
            Examination::Rewritten(rewritten) => rewritten.outcome.companions(),
            _ => Vec::new(),
        };
        let companions = companions.iter().map(|companion| slashed(&companion_path(&file.path, companion))).collect();
        let (status, reason, diff) = match &file.result {
            Examination::Rewritten(rewritten) if rewritten.outcome.is_changed() => {
                let patch = patch(&file.path, &rewritten.outcome);
                (Status::Changed, None, String::from_utf8(patch).ok())
            }
            Examination::Rewritten(_) => (Status::Unchanged, None, None),
            Examination::Skipped { because } => (Status::Skipped, Some(because.clone()), None),
            Examination::Refused(_) => (Status::Refused, Some("BuildKit would refuse it".to_owned()), None),
            Examination::Failed { because } => (Status::Failed, Some(because.clone()), None),
            Examination::Unresolved(_) => (Status::Failed, Some("registries gave no answer".to_owned()), None),
        };
        let context = match &file.result {
            Examination::Rewritten(rewritten) => rewritten.context.as_ref(),
            _ => None,
        };
        let (path, problems) = (slashed(&file.path), troubles(file));
        Self { path, status, reason, diff, companions, changes, advice, declined, problems, context }
    }
}

impl<'e> Change<'e> {
    fn of(finding: &Finding<'e>) -> Self {
        let transform = finding.transform;
        Self {
            id: transform.id,
            phase: transforms::phase_of(transform),
            preserves: transform.preserves,
            title: finding.message,
            rules: transform.rules,
            span: Span::of(finding),
        }
    }
}

impl Span {
    fn of(finding: &Finding<'_>) -> Self {
        Self { start: finding.start, end: finding.end, bytes: [finding.range.start(), finding.range.end()] }
    }
}

impl Summary {
    fn add(&mut self, file: &File<'_>) {
        self.files += 1;
        let faults = !file.problems.is_empty() && file.status != Status::Refused;
        self.failed += usize::from(faults);
        match file.status {
            Status::Changed => self.changed += 1,
            Status::Skipped => self.skipped += 1,
            Status::Refused => self.refused += 1,
            Status::Unchanged | Status::Failed => {}
        }
        for change in &file.changes {
            *self.changes_by_transform.entry(change.id).or_default() += 1;
        }
        for declined in &file.declined {
            *self.declined_by_transform.entry(declined.id).or_default() += 1;
        }
    }
}
