//! One instruction as a single line of text, and where each of its bytes stands in the file.

use std::sync::Arc;

use crate::text::TextRange;

/// Text put together from pieces of a source, such as an instruction without its continuations and the comments inside it. A copy shares the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogicalText {
    pieces: Arc<Pieces>,
    /// By how many bytes the source has moved since the pieces were read.
    moved: isize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Pieces {
    bytes: Vec<u8>,
    /// Invariant: sorted, without gaps in the logical text, none empty.
    segments: Vec<Segment>,
}

/// A run of bytes that stand together in the logical text and in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    logical: usize,
    source: usize,
}

impl LogicalText {
    /// Adds `bytes`, which stand at `source`.
    pub(crate) fn push(&mut self, bytes: &[u8], source: usize) {
        if !bytes.is_empty() {
            let pieces = Arc::make_mut(&mut self.pieces);
            let source = source.wrapping_add_signed(-self.moved);
            pieces.segments.push(Segment { logical: pieces.bytes.len(), source });
            pieces.bytes.extend_from_slice(bytes);
        }
    }

    /// The same text where the source stands `by` bytes further on.
    pub(crate) fn moved(&self, by: isize) -> Self {
        Self { pieces: Arc::clone(&self.pieces), moved: self.moved + by }
    }

    /// How much further on than in `other`, which shares its text, the source stands; `None` if they share none.
    pub(crate) fn moved_from(&self, other: &Self) -> Option<isize> {
        Arc::ptr_eq(&self.pieces, &other.pieces).then(|| self.moved - other.moved)
    }

    /// The text as it is read.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.pieces.bytes
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.bytes.is_empty()
    }

    /// The part of the text at `range`, with invalid UTF-8 replaced.
    #[must_use]
    pub fn text(&self, range: TextRange) -> String {
        lossy(&self.pieces.bytes[range])
    }

    /// The source range from the first to the last byte of `range`. It holds what was cut out in between: continuations, comments, blank lines.
    /// An empty range stands directly behind the byte before it.
    #[must_use]
    pub fn source_range(&self, range: TextRange) -> TextRange {
        if range.is_empty() {
            let at = match range.start().checked_sub(1) {
                Some(before) => self.source_offset(before) + 1,
                None => self.pieces.segments.first().map_or(0, |segment| self.place(segment.source)),
            };
            return TextRange::empty(at);
        }
        TextRange::new(self.source_offset(range.start()), self.source_offset(range.end() - 1) + 1)
    }

    /// Whether nothing was cut out inside `range`.
    #[must_use]
    pub fn is_contiguous(&self, range: TextRange) -> bool {
        self.source_range(range).len() == range.len()
    }

    /// Where the byte at `logical` stands in the source.
    fn source_offset(&self, logical: usize) -> usize {
        let segments = &self.pieces.segments;
        let after = segments.partition_point(|segment| segment.logical <= logical);
        let Some(segment) = after.checked_sub(1).map(|index| segments[index]) else { return logical };
        self.place(segment.source) + (logical - segment.logical)
    }

    /// Where what was read at `source` stands now.
    fn place(&self, source: usize) -> usize {
        source.wrapping_add_signed(self.moved)
    }

    /// The part of this text at `range`, with its own offsets.
    #[must_use]
    pub fn slice(&self, range: TextRange) -> LogicalText {
        let mut slice = LogicalText::default();
        let Pieces { bytes, segments } = &*self.pieces;
        for (index, segment) in segments.iter().enumerate() {
            let end = segments.get(index + 1).map_or(bytes.len(), |next| next.logical);
            let (from, to) = (segment.logical.max(range.start()), end.min(range.end()));
            if from < to {
                slice.push(&bytes[from..to], self.place(segment.source) + (from - segment.logical));
            }
        }
        slice
    }
}

/// `bytes` with each byte that is not UTF-8 replaced by U+FFFD (Go replaces byte by byte, `String::from_utf8_lossy` does not).
pub(crate) fn lossy(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_map_back_over_what_was_cut_out() {
        let mut text = LogicalText::default();
        text.push(b"RUN a ", 10);
        text.push(b" b", 20);
        assert_eq!(text.bytes(), b"RUN a  b");
        assert_eq!(text.source_range(TextRange::new(4, 5)), TextRange::new(14, 15));
        assert_eq!(text.source_range(TextRange::new(4, 8)), TextRange::new(14, 22));
        assert!(text.is_contiguous(TextRange::new(0, 6)));
        assert!(!text.is_contiguous(TextRange::new(5, 7)));
        assert_eq!(text.source_range(TextRange::empty(6)), TextRange::empty(16));

        let moved = text.moved(-3);
        assert_eq!((moved.bytes(), moved.moved_from(&text)), (text.bytes(), Some(-3)));
        assert_eq!(moved.source_range(TextRange::new(4, 8)), TextRange::new(11, 19));
        assert_eq!(moved.slice(TextRange::new(6, 8)).source_range(TextRange::new(0, 2)), TextRange::new(17, 19));
    }
}
