//! A half-open range of bytes.

use std::ops::{Index, Range};

/// Half-open range of byte offsets, `start..end`, in a text of less than 4 GiB.
///
/// Invariant: `start <= end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextRange {
    start: u32,
    end: u32,
}

/// A place in a text. All trees are made of ranges, so that they are kept small.
///
/// # Panics
/// If it is 4 GiB into the text or further.
fn place(offset: usize) -> u32 {
    u32::try_from(offset).expect("a text has less than 4 GiB")
}

impl TextRange {
    /// The bytes from `start` up to, not including, `end`.
    ///
    /// # Panics
    /// If `end` is before `start`, or lies 4 GiB into the text.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        assert!(start <= end, "a range ends where it starts or later");
        Self { start: place(start), end: place(end) }
    }

    /// The empty range at `offset`: a place to insert at.
    #[must_use]
    pub fn empty(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    #[must_use]
    pub fn start(self) -> usize {
        self.start as usize
    }

    #[must_use]
    pub fn end(self) -> usize {
        self.end as usize
    }

    /// Number of bytes covered.
    #[must_use]
    pub fn len(self) -> usize {
        self.end() - self.start()
    }

    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies wholly inside this range.
    #[must_use]
    pub fn contains(self, other: TextRange) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the byte at `offset` lies inside this range.
    #[must_use]
    pub fn contains_offset(self, offset: usize) -> bool {
        self.start() <= offset && offset < self.end()
    }

    /// The smallest range that covers both.
    #[must_use]
    pub fn cover(self, other: TextRange) -> TextRange {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The same range `by` bytes further on.
    #[must_use]
    pub fn shift(self, by: usize) -> TextRange {
        Self::new(self.start() + by, self.end() + by)
    }

    /// The same range where the text before it has grown by `by` bytes.
    #[must_use]
    pub fn moved(self, by: isize) -> TextRange {
        Self::new(self.start().wrapping_add_signed(by), self.end().wrapping_add_signed(by))
    }
}

impl From<Range<usize>> for TextRange {
    fn from(range: Range<usize>) -> Self {
        TextRange::new(range.start, range.end)
    }
}

impl From<TextRange> for Range<usize> {
    fn from(range: TextRange) -> Self {
        range.start()..range.end()
    }
}

impl Index<TextRange> for [u8] {
    type Output = [u8];

    fn index(&self, range: TextRange) -> &[u8] {
        &self[Range::from(range)]
    }
}

impl Index<TextRange> for Vec<u8> {
    type Output = [u8];

    fn index(&self, range: TextRange) -> &[u8] {
        &self[Range::from(range)]
    }
}

impl Index<TextRange> for str {
    type Output = str;

    fn index(&self, range: TextRange) -> &str {
        &self[Range::from(range)]
    }
}
