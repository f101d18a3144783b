//! Where places of a changed text stood before the change.

use crate::text::{EditSet, TextRange};

/// How places in the text after a step belong to places before it.
#[derive(Clone, Debug)]
pub(super) struct PlaceMap {
    /// For each edit, in order: the range it has after the step, and the one it replaced.
    edits: Vec<(TextRange, TextRange)>,
}

impl PlaceMap {
    pub fn of(edits: &EditSet) -> Self {
        let mut shift: isize = 0;
        let edits = edits.edits().iter().map(|edit| {
            let start = edit.range.start().wrapping_add_signed(shift);
            shift += edit.text.len().cast_signed() - edit.range.len().cast_signed();
            (TextRange::new(start, start + edit.text.len()), edit.range)
        });
        Self { edits: edits.collect() }
    }

    /// What was replaced or deleted of the text before the step.
    pub fn replaced(&self) -> impl Iterator<Item = TextRange> {
        self.edits.iter().map(|(_, before)| *before).filter(|before| !before.is_empty())
    }

    /// Whether `range` lies in what an edit added where nothing was.
    pub fn is_inserted(&self, range: TextRange) -> bool {
        // Texts of edits do not overlap: those before the last that starts no later end before it.
        let started = self.edits.partition_point(|(after, _)| after.start() <= range.start());
        let last = started.checked_sub(1).map(|last| self.edits[last]);
        last.is_some_and(|(after, before)| before.is_empty() && !range.is_empty() && range.end() <= after.end())
    }

    /// Whether an edit added something in `range`, where nothing was.
    pub fn holds_inserted(&self, range: TextRange) -> bool {
        let first = self.edits.partition_point(|(after, _)| after.end() <= range.start());
        let mut in_range = self.edits[first..].iter().take_while(|(after, _)| after.start() < range.end());
        in_range.any(|(after, before)| before.is_empty() && !after.is_empty())
    }

    /// The offset before the step. Inside a replaced text it is the start or, for the end of a range, the end of what was replaced.
    pub fn back(&self, offset: usize, is_end: bool) -> usize {
        let passed = self.edits.partition_point(|(after, _)| {
            after.end() <= offset && !(is_end && after.end() == offset && !after.is_empty())
        });
        match self.edits.get(passed) {
            Some((after, before))
                if after.start() < offset || (after.start() == offset && !is_end && !after.is_empty()) =>
            {
                if is_end {
                    before.end()
                } else {
                    before.start()
                }
            }
            _ => match passed.checked_sub(1).map(|last| self.edits[last]) {
                Some((after, before)) => before.end() + (offset - after.end()),
                None => offset,
            },
        }
    }
}
