//! Merges neighbouring RUNs where the same commands see the same state.

use crate::rewrite::{Context, Findings, Merge, Preserves, Transform};
use crate::semantics::gain;
use crate::semantics::layers::{self, Obstacle};
use crate::text::Edit;

pub(super) const TRANSFORM: Transform = Transform {
    id: "merge-runs",
    preserves: Preserves::Filesystem,
    page: include_str!("merge_runs.md"),
    rules: &["DL3059"],
    rewrite,
    ..Transform::PLAIN
};

/// RUNs merged at a time. A longer row of them is merged in several passes.
const GROUP_MAX: usize = 32;

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    let mut group: Vec<usize> = Vec::new();
    let mut edits: Vec<Edit> = Vec::new();
    for index in 1..=cx.build.runs.len() {
        let has_room = index < cx.build.runs.len() && group.len() < GROUP_MAX;
        let joined = has_room.then(|| join(cx, &mut findings, &group, index)).flatten();
        match joined {
            Some(edit) => {
                if group.is_empty() {
                    group.push(index - 1);
                }
                group.push(index);
                edits.push(edit);
            }
            None => {
                if !edits.is_empty() {
                    findings.rewrite(format!("Merge {} RUNs into one layer", group.len()), std::mem::take(&mut edits));
                }
                group.clear();
            }
        }
    }
    findings
}

/// The edit that joins the RUN at `index` to the one before it, which may have joined the RUNs of `group` already.
fn join(cx: &Context<'_>, findings: &mut Findings, group: &[usize], index: usize) -> Option<Edit> {
    let build = cx.build;
    let run = &build.runs[index];
    let before = build.run_before(index)?;
    if !build.stage_of(run).exported {
        findings.decline(run.instruction.range, "no image keeps the layers of this stage");
        return None;
    }
    let before_all: Vec<_> =
        if group.is_empty() { vec![before] } else { group.iter().map(|&index| &build.runs[index]).collect() };
    let is_known = run.script.is_ok() && before_all.iter().all(|earlier| earlier.script.is_ok());
    let is_wanted = || cx.options.merge == Merge::All || before_all.iter().any(|earlier| gain(earlier, run).is_some());
    if is_known && !is_wanted() {
        findings.decline(run.instruction.range, "merging it would save nothing and cost build cache");
        return None;
    }
    match layers::joined(build, &before_all, run) {
        Ok(joint) => Some(joint.edit()),
        Err(Obstacle { range, because }) => {
            findings.decline(range, because);
            None
        }
    }
}
