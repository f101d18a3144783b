//! The safety net: what must hold after every step, whatever a transform believes.

use std::mem::discriminant;

use memchr::memchr;

use super::transform::Transform;
use crate::semantics::{Build, Stage};
use crate::syntax::{Dockerfile, EscapeToken, Instruction, Item, ItemKind, Keyword};
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
    let (was, is) = apart(before.file, after.file);
    untouched_instructions_stay((before.file, was), edits, (after.file, is))?;
    comments_stay((before.file, was), (after.file, is))?;
    scripts_still_read(before, after)?;
    if was.iter().chain(is).all(is_no_contract) { Ok(()) } else { contract_stays(transform, before, after) }
}

/// Items of a file that stand together.
type Part<'f> = (&'f Dockerfile, &'f [Item]);

/// The items of two files without those that are the same at the start of both, and at the end.
fn apart<'f>(before: &'f Dockerfile, after: &'f Dockerfile) -> (&'f [Item], &'f [Item]) {
    let is_same = |(was, is): &(&Item, &Item)| match (&was.kind, &is.kind) {
        (ItemKind::Instruction(was), ItemKind::Instruction(is)) => was.is_same_as(is),
        (was_kind, is_kind) => {
            discriminant(was_kind) == discriminant(is_kind) && before.slice(was.range) == after.slice(is.range)
        }
    };
    let (was, is) = (before.items(), after.items());
    let start = was.iter().zip(is).take_while(is_same).count();
    let (was, is) = (&was[start..], &is[start..]);
    let end = was.iter().rev().zip(is.iter().rev()).take_while(is_same).count();
    (&was[..was.len() - end], &is[..is.len() - end])
}

/// Instructions that no edit touches must read as before, byte for byte, in the same order.
fn untouched_instructions_stay((before, was): Part<'_>, edits: &EditSet, (after, is): Part<'_>) -> Result<(), String> {
    let mut remaining = is.iter().filter_map(Item::instruction);
    for instruction in was.iter().filter_map(Item::instruction) {
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
fn comments_stay(before: Part<'_>, after: Part<'_>) -> Result<(), String> {
    let mut kept = comment_lines(after);
    for comment in comment_lines(before) {
        if !kept.any(|other| other == comment) {
            return Err(format!("a comment would be lost: {}", String::from_utf8_lossy(comment)));
        }
    }
    Ok(())
}

/// All comment lines, also those inside instructions, without the blanks around them.
fn comment_lines<'f>((file, items): Part<'f>) -> impl Iterator<Item = &'f [u8]> {
    items.iter().flat_map(move |item| {
        let end = match &item.kind {
            ItemKind::Comment | ItemKind::Directive(_) => item.range.end(),
            ItemKind::Instruction(instruction) => {
                instruction.heredocs.first().map_or(item.range.end(), |heredoc| heredoc.body.start())
            }
            _ => item.range.start(),
        };
        let text = file.slice(TextRange::new(item.range.start(), end));
        let text = if memchr(b'#', text).is_some() { text } else { &[] };
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

/// Whether the item says nothing of [`CONTRACT`], and nothing that decides what others say of it.
fn is_no_contract(item: &Item) -> bool {
    match &item.kind {
        ItemKind::Comment | ItemKind::Blank => true,
        ItemKind::Instruction(instruction) => matches!(instruction.keyword(), Keyword::Run | Keyword::Copy),
        _ => false,
    }
}

fn contract_stays(transform: &Transform, before: &Build<'_>, after: &Build<'_>) -> Result<(), String> {
    if before.file.escape() == after.file.escape()
        && let (Some(was), Some(is)) = (before.stages.last(), after.stages.last())
        && has_same_instructions(was, is)
    {
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

/// Whether two stages consist of the same instructions behind their FROM, as most steps leave the final one.
fn has_same_instructions(was: &Stage<'_>, is: &Stage<'_>) -> bool {
    let mut pairs = was.instructions.iter().zip(&is.instructions);
    was.instructions.len() == is.instructions.len() && pairs.all(|(was, is)| was.is_same_as(is))
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
        let json = format!("json: {}", instruction.arguments().is_json());
        return instruction.arguments().list().into_iter().map(str::to_owned).chain([json]).collect();
    }
    pairs
        .iter()
        .flat_map(|pair| [pair.key.text.clone(), pair.evaluated(escape).unwrap_or_else(|| pair.value.text.clone())])
        .collect()
}
