//! What edits leave as it is: items of a file before them, which need not be read again behind them.

use super::dockerfile::{Dockerfile, EscapeToken, Item, ItemKind};
use crate::text::{Edit, EditSet};

/// The items of a file that are not passed yet, and the edits between which they stand.
#[derive(Default)]
pub(super) struct Kept<'f> {
    items: &'f [Item],
    escape: EscapeToken,
    edits: &'f [Edit],
    /// By how many bytes the edits that are passed have moved what follows them.
    moved: isize,
}

impl<'f> Kept<'f> {
    /// Of `before`, which has no problems. Parser directives, which count at the top alone, are always read again.
    pub fn of(before: &'f Dockerfile, edits: &'f EditSet) -> Self {
        let is_at_top = |item: &Item| matches!(item.kind, ItemKind::ByteOrderMark | ItemKind::Directive(_));
        let top = before.items().iter().take_while(|item| is_at_top(item)).count();
        Self { items: &before.items()[top..], escape: before.escape(), edits: edits.edits(), moved: 0 }
    }

    /// How many items are not passed.
    pub fn count(&self) -> usize {
        self.items.len()
    }

    /// The item that stood where `start` is now, if it is untouched: no edit reaches it, also not at its ends, since what follows the last line of a file
    /// may continue it. Its first line is then `first_line`. `start` only grows from call to call.
    pub fn item_at(&mut self, start: usize, first_line: usize, escape: EscapeToken) -> Option<Item> {
        loop {
            let (item, rest) = self.items.split_first()?;
            while let Some((edit, later)) = self.edits.split_first()
                && edit.range.end() < item.range.start()
            {
                self.moved += edit.text.len().cast_signed() - edit.range.len().cast_signed();
                self.edits = later;
            }
            let is_touched = self.edits.first().is_some_and(|edit| edit.range.start() <= item.range.end());
            let place = item.range.start().wrapping_add_signed(self.moved);
            if !is_touched && place > start {
                return None;
            }
            self.items = rest;
            if !is_touched && place == start {
                return (escape == self.escape).then(|| item.moved(self.moved, first_line));
            }
        }
    }
}
