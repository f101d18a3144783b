//! One instruction as a single line of text, and where each of its bytes stands in the file.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::text::TextRange;

/// A part of a source, or text put together from pieces of it, such as an instruction without its continuations and the comments inside it. Copies and
/// parts share it.
#[derive(Clone, Debug)]
pub struct LogicalText {
    whole: Whole,
    /// Which part of the whole this is.
    part: TextRange,
    /// By how many bytes the source has moved since it was read.
    moved: isize,
}

#[derive(Clone, Debug)]
enum Whole {
    Source(Arc<[u8]>),
    Pieces(Arc<Pieces>),
}

#[derive(Debug)]
struct Pieces {
    bytes: Vec<u8>,
    /// Invariant: sorted, without gaps in the logical text, none empty.
    segments: SmallVec<[Segment; 2]>,
}

/// A run of bytes that stand together in the logical text and in the source.
#[derive(Clone, Copy, Debug)]
struct Segment {
    logical: usize,
    source: usize,
}

impl LogicalText {
    /// What stands at `range` of `source`.
    pub(crate) fn of_source(source: &Arc<[u8]>, range: TextRange) -> Self {
        Self { whole: Whole::Source(Arc::clone(source)), part: range, moved: 0 }
    }

    /// The text of `pieces`, each with the place where it stands, in the order of the source.
    pub(crate) fn of_pieces(pieces: &[(&[u8], usize)]) -> Self {
        let length = pieces.iter().map(|(bytes, _)| bytes.len()).sum();
        let mut whole = Pieces { bytes: Vec::with_capacity(length), segments: SmallVec::new() };
        for &(bytes, source) in pieces.iter().filter(|(bytes, _)| !bytes.is_empty()) {
            whole.segments.push(Segment { logical: whole.bytes.len(), source });
            whole.bytes.extend_from_slice(bytes);
        }
        Self { whole: Whole::Pieces(whole.into()), part: TextRange::new(0, length), moved: 0 }
    }

    /// The same text where the source stands `by` bytes further on.
    pub(crate) fn moved(&self, by: isize) -> Self {
        Self { whole: self.whole.clone(), part: self.part, moved: self.moved + by }
    }

    /// How much further on than in `other`, which is the same part of the same whole, the source stands; `None` if it is not.
    pub(crate) fn moved_from(&self, other: &Self) -> Option<isize> {
        let is_same = match (&self.whole, &other.whole) {
            (Whole::Source(one), Whole::Source(other)) => Arc::ptr_eq(one, other),
            (Whole::Pieces(one), Whole::Pieces(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        (is_same && self.part == other.part).then(|| self.moved - other.moved)
    }

    /// The text as it is read.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match &self.whole {
            Whole::Source(source) => &source[self.part],
            Whole::Pieces(pieces) => &pieces.bytes[self.part],
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.part.is_empty()
    }

    /// The pieces it consists of, each with the place where it stands.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = (&[u8], usize)> {
        let (bytes, segments): (&[u8], &[Segment]) = match &self.whole {
            Whole::Source(source) => (source, &[Segment { logical: 0, source: 0 }]),
            Whole::Pieces(pieces) => (&pieces.bytes, &pieces.segments),
        };
        segments.iter().enumerate().filter_map(move |(index, segment)| {
            let end = segments.get(index + 1).map_or(bytes.len(), |next| next.logical);
            let (from, to) = (segment.logical.max(self.part.start()), end.min(self.part.end()));
            (from < to).then(|| (&bytes[from..to], self.place(segment.source + (from - segment.logical))))
        })
    }

    /// The part of the text at `range`, with invalid UTF-8 replaced.
    #[must_use]
    pub fn text(&self, range: TextRange) -> String {
        lossy(&self.bytes()[range])
    }

    /// The source range from the first to the last byte of `range`. It holds what was cut out in between: continuations, comments, blank lines.
    /// An empty range stands directly behind the byte before it.
    #[must_use]
    pub fn source_range(&self, range: TextRange) -> TextRange {
        if range.is_empty() {
            let at = match range.start().checked_sub(1) {
                Some(before) => self.source_offset(before) + 1,
                None if self.is_empty() => 0,
                None => self.source_offset(0),
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
        let offset = self.part.start() + logical;
        let Whole::Pieces(pieces) = &self.whole else { return self.place(offset) };
        let segments = &pieces.segments;
        let after = segments.partition_point(|segment| segment.logical <= offset);
        let Some(segment) = after.checked_sub(1).map(|index| segments[index]) else { return logical };
        self.place(segment.source + (offset - segment.logical))
    }

    /// Where what was read at `source` stands now.
    fn place(&self, source: usize) -> usize {
        source.wrapping_add_signed(self.moved)
    }

    /// The part of this text at `range`, with its own offsets.
    #[must_use]
    pub fn slice(&self, range: TextRange) -> LogicalText {
        let part = range.shift(self.part.start());
        Self { whole: self.whole.clone(), part, moved: self.moved }
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
        let text = LogicalText::of_pieces(&[(&b"RUN a "[..], 10), (b"", 18), (b" b", 20)]);
        assert_eq!(text.bytes(), b"RUN a  b");
        assert_eq!(text.source_range(TextRange::new(4, 5)), TextRange::new(14, 15));
        assert_eq!(text.source_range(TextRange::new(4, 8)), TextRange::new(14, 22));
        assert!(text.is_contiguous(TextRange::new(0, 6)));
        assert!(!text.is_contiguous(TextRange::new(5, 7)));
        assert_eq!(text.source_range(TextRange::empty(6)), TextRange::empty(16));

        let moved = text.moved(-3);
        assert_eq!((moved.bytes(), moved.moved_from(&text)), (text.bytes(), Some(-3)));
        assert_eq!(moved.source_range(TextRange::new(4, 8)), TextRange::new(11, 19));

        let part = moved.slice(TextRange::new(5, 8));
        assert_eq!(part.moved_from(&text), None);
        assert_eq!((part.bytes(), part.source_range(TextRange::empty(0))), (&b"  b"[..], TextRange::empty(12)));
        assert_eq!(part.slice(TextRange::new(1, 3)).source_range(TextRange::new(0, 2)), TextRange::new(17, 19));
        assert_eq!(part.pieces().collect::<Vec<_>>(), [(&b" "[..], 12), (b" b", 17)]);
        assert!(part.slice(TextRange::empty(1)).is_empty());
    }

    #[test]
    fn a_part_of_the_source_is_its_own_place() {
        let text = LogicalText::of_source(&b"FROM a\nRUN b\n"[..].into(), TextRange::new(7, 12));
        assert_eq!((text.bytes(), text.moved(2).slice(TextRange::new(4, 5)).bytes()), (&b"RUN b"[..], &b"b"[..]));
        assert_eq!(text.moved(2).source_range(TextRange::new(4, 5)), TextRange::new(13, 14));
        assert_eq!(text.source_range(TextRange::empty(0)), TextRange::empty(7));
        assert_eq!(text.moved(-3).pieces().collect::<Vec<_>>(), [(&b"RUN b"[..], 4)]);
    }
}
