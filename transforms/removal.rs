//! Takes an instruction out of the file, with the blank line that would be left double.

use crate::rewrite::Context;
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
