//! The safety net: what must hold after every step, whatever a transform believes.

use super::transform::Transform;
use crate::semantics::Build;
use crate::syntax::{Dockerfile, EscapeToken, Instruction, ItemKind, Keyword};
use crate::text::{EditSet, TextRange};

/// Checks one step from `before` to `after`.
///
/// # Errors
/// What does not hold.
pub(super) fn step(
    transform: &Transform,
    before: &Build<'_>,
    edits: &EditSet,
    after: &Build<'_>,
) -> Result<(), String> {
    if let Some(problem) = after.file.problems().first() {
        return Err(format!("line {} would be refused: {}", problem.line, problem.message));
    }
    untouched_instructions_stay(before.file, edits, after.file)?;
    comments_stay(before.file, after.file)?;
    scripts_still_read(before, after)?;
    contract_stays(transform, before, after)
}

/// Instructions that no edit touches must read as before, byte for byte, in the same order.
fn untouched_instructions_stay(before: &Dockerfile, edits: &EditSet, after: &Dockerfile) -> Result<(), String> {
    let mut remaining = after.instructions();
    for instruction in before.instructions() {
        let range = instruction.range;
        let next = edits.edits().partition_point(|edit| edit.range.end() < range.start());
        if edits.edits().get(next).is_some_and(|edit| edit.range.start() <= range.end()) {
            continue;
        }
        let text = before.slice(range);
        if !remaining.any(|other| other.is_same_as(instruction) || after.slice(other.range) == text) {
            return Err(format!("line {} would change without being edited", instruction.first_line));
        }
    }
    Ok(())
}

/// Every comment line must still be there, in the same order.
fn comments_stay(before: &Dockerfile, after: &Dockerfile) -> Result<(), String> {
    let mut kept = comment_lines(after);
    for comment in comment_lines(before) {
        if !kept.any(|other| other == comment) {
            return Err(format!("a comment would be lost: {}", String::from_utf8_lossy(comment)));
        }
    }
    Ok(())
}

/// All comment lines, also those inside instructions, without the blanks around them.
fn comment_lines(file: &Dockerfile) -> impl Iterator<Item = &[u8]> {
    file.items().iter().flat_map(|item| {
        let end = match &item.kind {
            ItemKind::Comment | ItemKind::Directive(_) => item.range.end(),
            ItemKind::Instruction(instruction) => {
                instruction.heredocs.first().map_or(item.range.end(), |heredoc| heredoc.body.start())
            }
            _ => item.range.start(),
        };
        let text = file.slice(TextRange::new(item.range.start(), end));
        let text = if text.contains(&b'#') { text } else { &[] };
        let lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
        lines.filter(|line| line.starts_with(b"#"))
    })
}

/// As many scripts as before must be unreadable at most, so that none became so.
fn scripts_still_read(before: &Build<'_>, after: &Build<'_>) -> Result<(), String> {
    let unreadable = |build: &Build<'_>| build.runs.iter().filter(|run| run.script.is_err()).count();
    if unreadable(after) > unreadable(before) {
        return Err("a RUN would no longer read as shell text".to_owned());
    }
    Ok(())
}

/// Instructions that make up what the final image promises to those who run it.
const CONTRACT: &[Keyword] = &[
    Keyword::Cmd,
    Keyword::Entrypoint,
    Keyword::Env,
    Keyword::Expose,
    Keyword::Volume,
    Keyword::Stopsignal,
    Keyword::User,
    Keyword::Workdir,
];

fn contract_stays(transform: &Transform, before: &Build<'_>, after: &Build<'_>) -> Result<(), String> {
    // Most steps leave all of it as it is.
    if is_same_text(before, &contract(before), after, &contract(after)) {
        return Ok(());
    }
    for keyword in CONTRACT.iter().filter(|keyword| !transform.owns.contains(keyword)) {
        let (was, is) = (said(before, *keyword), said(after, *keyword));
        let meaning = |build: &Build<'_>, said: &[&Instruction]| -> Vec<String> {
            said.iter().flat_map(|instruction| meaning(instruction, build.file.escape())).collect()
        };
        // The same text means the same; what else it may mean is worked out only where it is another.
        if !is_same_text(before, &was, after, &is) && meaning(before, &was) != meaning(after, &is) {
            return Err(format!("{} of the final stage would change", keyword.name()));
        }
    }
    Ok(())
}

/// All that the final stage may say of it.
fn contract<'f>(build: &Build<'f>) -> Vec<&'f Instruction> {
    let stage = build.stages.last().map_or(&[][..], |stage| &stage.instructions);
    let is_other = |instruction: &Instruction| matches!(instruction.keyword(), Keyword::Run | Keyword::Copy);
    stage.iter().copied().filter(|instruction| !is_other(instruction)).collect()
}

/// The instructions with which the final stage says `keyword`: of CMD and ENTRYPOINT only the last counts.
fn said<'f>(build: &Build<'f>, keyword: Keyword) -> Vec<&'f Instruction> {
    let Some(stage) = build.stages.last() else { return Vec::new() };
    let mut said = stage.instructions.iter().copied().filter(|instruction| instruction.keyword() == keyword);
    match keyword {
        Keyword::Cmd | Keyword::Entrypoint => said.next_back().into_iter().collect(),
        _ => said.collect(),
    }
}

fn is_same_text(before: &Build<'_>, was: &[&Instruction], after: &Build<'_>, is: &[&Instruction]) -> bool {
    let mut pairs = was.iter().zip(is);
    was.len() == is.len()
        && before.file.escape() == after.file.escape()
        && pairs.all(|(was, is)| is.is_same_as(was) || before.file.slice(was.range) == after.file.slice(is.range))
}

fn meaning(instruction: &Instruction, escape: EscapeToken) -> Vec<String> {
    let pairs = instruction.arguments().pairs();
    if pairs.is_empty() {
        let mut list = instruction.arguments().list();
        list.push(format!("json: {}", instruction.arguments().is_json()));
        return list;
    }
    pairs
        .iter()
        .flat_map(|pair| [pair.key.text.clone(), pair.evaluated(escape).unwrap_or_else(|| pair.value.text.clone())])
        .collect()
}
