//! Takes an instruction out of the file, with the blank line that would be left double, or a command out of its RUN.

use crate::rewrite::Context;
use crate::semantics::Run;
use crate::semantics::commands::Command;
use crate::syntax::shell::{ConnectorKind, ListItem};
use crate::syntax::{Instruction, ItemKind};
use crate::text::{Edit, TextRange};

/// The edit; `None` if a comment is about the instruction, or it ends the file and no line ending would be left in front.
pub(super) fn of(cx: &Context<'_>, instruction: &Instruction) -> Option<Edit> {
    let items = cx.file.items();
    let at = cx.file.place_of(instruction)?;
    let kind = |at: Option<usize>| at.and_then(|at| items.get(at)).map(|item| &item.kind);
    let before = kind(at.checked_sub(1));
    let is_noted = matches!(before, Some(ItemKind::Comment | ItemKind::Directive(_)));
    if is_noted || has_comment(&String::from_utf8_lossy(cx.file.slice(instruction.range))) {
        return None;
    }
    if !cx.file.slice(instruction.range).ends_with(b"\n") {
        return None;
    }
    let is_between_blanks = matches!((before, kind(Some(at + 1))), (Some(ItemKind::Blank), Some(ItemKind::Blank)));
    let end = if is_between_blanks { items[at + 1].range.end() } else { instruction.range.end() };
    Some(Edit::delete(TextRange::new(instruction.range.start(), end)))
}

/// Whether a line of `written` is a comment.
pub(super) fn has_comment(written: &str) -> bool {
    written.lines().any(|line| line.trim_start().starts_with('#'))
}

/// Takes `command` out of its RUN, or the RUN out of the file if that is all there is.
///
/// # Errors
/// Why it cannot be taken out.
pub(super) fn of_command(cx: &Context<'_>, run: &Run<'_>, command: &Command<'_>) -> Result<Edit, String> {
    let noted = || "a comment is about it".to_owned();
    let (at, link) = place(run, command)?;
    let items = &command.script.tree().body.items;
    let item = &items[at];
    let pipelines: Vec<_> = item.and_or.pipelines().map(|pipeline| pipeline.range).collect();
    let own = command.node.range;
    let range = if let Some(next) = pipelines.get(link + 1) {
        TextRange::new(own.start(), next.start())
    } else if link > 0 {
        // A failure of what comes before ends the RUN only where it is the last of its line.
        if at + 1 < items.len() {
            return Err("more stands behind its line, which a failure before it does not stop".to_owned());
        }
        TextRange::new(pipelines[link - 1].end(), own.end())
    } else if let Some(next) = items.get(at + 1) {
        TextRange::new(own.start(), next.and_or.first.range.start())
    } else if at > 0 {
        return Err("a failure of what comes before it is passed over".to_owned());
    } else {
        return of(cx, run.instruction).ok_or_else(noted);
    };
    let ends = [range.start(), range.end()].map(|offset| command.source_range(TextRange::empty(offset)).start());
    let range = TextRange::new(ends[0], ends[1]);
    if cx.file.slice(range).contains(&b'#') { Err(noted()) } else { Ok(Edit::delete(range)) }
}

/// Where `command` stands in its script: which entry of the list, and which link of that chain.
///
/// # Errors
/// Why it is not surely run, or its failure not surely that of the RUN.
pub(super) fn place(run: &Run<'_>, command: &Command<'_>) -> Result<(usize, usize), String> {
    if !run.instruction.flags().is_empty() {
        return Err("the RUN has options".to_owned());
    }
    let is_alone = command.node.redirects.is_empty() && command.simple.assignments.is_empty();
    let link_of = |item: &ListItem| item.and_or.pipelines().position(|pipeline| pipeline.range == command.node.range);
    let items = &command.script.tree().body.items;
    let mut links = items.iter().enumerate().filter_map(|(at, item)| Some((at, link_of(item)?)));
    let Some((at, link)) = links.next().filter(|_| is_alone) else {
        return Err("it is a part of a larger command".to_owned());
    };
    let item = &items[at];
    if item.in_background() || item.and_or.rest.iter().any(|(connector, _)| connector.kind != ConnectorKind::And) {
        return Err("what runs if it fails is said behind it".to_owned());
    }
    Ok((at, link))
}
