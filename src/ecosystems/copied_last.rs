//! What is copied behind the last command of a build. The image that is shipped can copy it itself, so that a change of it alone builds nothing anew.

use super::Sole;
use crate::semantics::is_within;
use crate::syntax::{Instruction, Keyword};

/// Where the build ends: behind its last command, and what of `artifacts` is there by then. `None` if nothing is copied after that, or not all of it can be
/// copied again without the build.
pub(super) fn end(sole: &Sole<'_>, artifacts: &[String]) -> Option<(usize, Vec<String>)> {
    let last = sole.instructions.iter().rposition(|instruction| instruction.keyword() == Keyword::Run)?;
    let (before, behind) = sole.instructions.split_at(last + 1);
    let brought_by =
        |instruction: &Instruction| sole.brought.iter().find(|brought| brought.range == instruction.text_range());
    let copies = |instruction: &Instruction| matches!(instruction.keyword(), Keyword::Copy | Keyword::Add);
    let copied: Vec<_> = behind.iter().filter(|instruction| copies(instruction)).collect();
    if copied.is_empty() || !copied.iter().all(|instruction| brought_by(instruction).is_some()) {
        return None;
    }
    let is_put = |instruction: &Instruction, artifact: &str| match instruction.keyword() {
        Keyword::Workdir => {
            sole.cx.build.directory_behind(instruction).is_some_and(|folder| is_within(folder, artifact))
        }
        _ => brought_by(instruction).is_some_and(|brought| is_within(&brought.destination, artifact)),
    };
    let mut there = Vec::new();
    for artifact in artifacts {
        let is_put_by = |some: &[&Instruction]| some.iter().any(|instruction| is_put(instruction, artifact));
        if is_put_by(before) || !is_put_by(behind) {
            there.push(artifact.clone());
            continue;
        }
        // A command may have made the folder before anything was put there.
        let is_run = |instruction: &&&Instruction| instruction.keyword() == Keyword::Run;
        let mut runs = before.iter().filter(is_run).map(|run| sole.cx.file.slice(run.text_range()));
        if runs.any(|text| String::from_utf8_lossy(text).contains(artifact.as_str())) {
            return None;
        }
    }
    Some((last, there))
}
