//! Where a byte of a text is in lines and columns, as people and as editors count them.

use super::TextRange;

/// Offset of the first byte of the line that holds `at`.
#[must_use]
pub fn line_start(text: &[u8], at: usize) -> usize {
    text[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1)
}

/// The blanks at the start of the line that holds `at`.
#[must_use]
pub fn indent_at(text: &[u8], at: usize) -> String {
    let line = &text[line_start(text, at)..];
    line.iter().take_while(|&&byte| is_blank(&[byte])).map(|&byte| char::from(byte)).collect()
}

/// Whether there is nothing but blanks and tabs in `text`.
#[must_use]
pub fn is_blank(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b' ' | b'\t'))
}

/// The unit in which a column is counted; the names are those of the Language Server Protocol's position encodings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnUnit {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, which is what most editors count.
    Utf16,
    /// Characters, which is what people count.
    Utf32,
}

impl ColumnUnit {
    fn width(self, character: Character) -> usize {
        match self {
            Self::Utf8 => character.len,
            Self::Utf16 => character.value.len_utf16(),
            Self::Utf32 => 1,
        }
    }
}

/// A place in a text as editors name it: line and column start at 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// A place in a text as people name it: line and column start at 1, the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    pub line: usize,
    pub column: usize,
}

impl std::fmt::Display for LineColumn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// The lines of a text. They end at `\n` only, as they do for Docker, git and `patch`; for editors, a lone `\r` ends one too.
///
/// Bytes that are not UTF-8 count as the replacement characters that a person would see in their place.
#[derive(Clone, Debug)]
pub struct LineIndex<'a> {
    text: &'a [u8],
    /// Invariant: ascending, and the first is 0.
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    #[must_use]
    pub fn new(text: &'a [u8]) -> Self {
        let after_newlines = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(offset, _)| offset + 1);
        Self { text, starts: std::iter::once(0).chain(after_newlines).collect() }
    }

    /// The lines as the Language Server Protocol counts them: `\n`, `\r\n` and a lone `\r` end one.
    #[must_use]
    pub fn for_editors(text: &'a [u8]) -> Self {
        let is_end = |at: usize| text[at] == b'\n' || (text[at] == b'\r' && text.get(at + 1) != Some(&b'\n'));
        let after_ends = (0..text.len()).filter(|&at| is_end(at)).map(|at| at + 1);
        Self { text, starts: std::iter::once(0).chain(after_ends).collect() }
    }

    /// Number of lines; what follows the last newline counts as one, even if it is empty.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// The bytes of a line, counted from 0, with its newline.
    #[must_use]
    pub fn line(&self, line: usize) -> Option<TextRange> {
        let start = *self.starts.get(line)?;
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        Some(TextRange::new(start, end))
    }

    /// The place of the character that holds the byte at `offset`, for people.
    #[must_use]
    pub fn line_column(&self, offset: usize) -> LineColumn {
        let Position { line, column } = self.position(offset, ColumnUnit::Utf32);
        LineColumn { line: line + 1, column: column + 1 }
    }

    /// The place of the character that holds the byte at `offset`, for editors. An offset past the end counts as the end.
    #[must_use]
    pub fn position(&self, offset: usize, unit: ColumnUnit) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let mut place = Position { line, column: 0 };
        let mut end = self.starts[line];
        // No character reaches beyond its line, and only the line is looked at.
        let line_end = self.line(line).map_or(self.text.len(), TextRange::end);
        for character in characters(&self.text[end..line_end]) {
            end += character.len;
            if end > offset {
                break;
            }
            place.column += unit.width(character);
        }
        place
    }

    /// The offset of the character at `position`. A column past the line counts as the end of the line, before its newline;
    /// a line past the text counts as the end of the text.
    #[must_use]
    pub fn offset(&self, position: Position, unit: ColumnUnit) -> usize {
        let Some(line) = self.line(position.line) else { return self.text.len() };
        let mut offset = line.start();
        let mut column = 0;
        for character in characters(without_newline(&self.text[line])) {
            column += unit.width(character);
            if column > position.column {
                break;
            }
            offset += character.len;
        }
        offset
    }
}

/// A character and the number of bytes it takes up in the text.
#[derive(Clone, Copy)]
struct Character {
    value: char,
    len: usize,
}

fn characters(text: &[u8]) -> impl Iterator<Item = Character> {
    text.utf8_chunks().flat_map(|chunk| {
        let replaced = Character { value: char::REPLACEMENT_CHARACTER, len: chunk.invalid().len() };
        let valid = chunk.valid().chars().map(|value| Character { value, len: value.len_utf8() });
        valid.chain((replaced.len > 0).then_some(replaced))
    })
}

fn without_newline(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const UNITS: [ColumnUnit; 3] = [ColumnUnit::Utf8, ColumnUnit::Utf16, ColumnUnit::Utf32];

    fn at(text: &str, needle: &str) -> String {
        LineIndex::new(text.as_bytes()).line_column(text.find(needle).unwrap()).to_string()
    }

    #[test]
    fn people_count_characters_from_one() {
        assert_eq!(at("FROM a\nRUN x", "FROM"), "1:1");
        assert_eq!(at("FROM a\nRUN x", "x"), "2:5");
        assert_eq!(at("# ü𝄞x", "x"), "1:5");
    }

    #[test]
    fn editors_count_bytes_or_utf16_units_from_zero() {
        let text = "a\nü𝄞x".as_bytes();
        let index = LineIndex::new(text);
        let columns = UNITS.map(|unit| index.position(text.len() - 1, unit).column);
        assert_eq!(columns, [6, 3, 2]);
    }

    #[test]
    fn an_offset_inside_a_character_is_at_the_character() {
        let index = LineIndex::new("a𝄞".as_bytes());
        assert_eq!(index.position(3, ColumnUnit::Utf16), Position { line: 0, column: 1 });
        assert_eq!(index.offset(Position { line: 0, column: 2 }, ColumnUnit::Utf16), 1);
    }

    #[test]
    fn only_a_line_feed_ends_a_line() {
        let index = LineIndex::new("a\rb\u{2028}c\u{85}d\r\ne".as_bytes());
        assert_eq!(index.line_count(), 2);
    }

    #[test]
    fn for_editors_a_lone_carriage_return_ends_a_line_too() {
        let index = LineIndex::for_editors(b"a\rb\r\nc\r");
        assert_eq!(index.line_count(), 4);
        assert_eq!(index.position(5, ColumnUnit::Utf16), Position { line: 2, column: 0 });
        assert_eq!(index.offset(Position { line: 0, column: 9 }, ColumnUnit::Utf16), 1);
    }

    #[test]
    fn a_column_past_the_line_is_before_its_newline() {
        let index = LineIndex::new(b"ab\r\nc");
        assert_eq!(index.offset(Position { line: 0, column: 99 }, ColumnUnit::Utf16), 2);
        assert_eq!(index.offset(Position { line: 9, column: 0 }, ColumnUnit::Utf16), 5);
    }

    #[test]
    fn a_byte_that_is_not_utf8_is_one_character() {
        assert_eq!(LineIndex::new(b"\xe9t\xe9!").line_column(3), LineColumn { line: 1, column: 4 });
    }

    #[test]
    fn the_empty_text_has_one_empty_line() {
        let index = LineIndex::new(b"");
        assert_eq!((index.line_count(), index.line(0)), (1, Some(TextRange::empty(0))));
        assert_eq!(index.line_column(7), LineColumn { line: 1, column: 1 });
    }

    proptest! {
        #[test]
        fn the_way_to_a_position_and_back_ends_at_the_character(bytes in "[aü𝄞\n]{0,12}", offset in 0usize..40) {
            let index = LineIndex::new(bytes.as_bytes());
            let offset = bytes.floor_char_boundary(offset);
            for unit in UNITS {
                prop_assert_eq!(index.offset(index.position(offset, unit), unit), offset);
            }
        }

        #[test]
        fn any_bytes_and_any_offset_have_a_position(bytes: Vec<u8>, offset: usize) {
            let index = LineIndex::new(&bytes);
            for unit in UNITS {
                prop_assert!(index.offset(index.position(offset, unit), unit) <= bytes.len());
            }
        }

        #[test]
        fn lines_tile_the_text(bytes: Vec<u8>) {
            let index = LineIndex::new(&bytes);
            let lines: Vec<u8> = (0..index.line_count()).flat_map(|line| bytes.as_slice()[index.line(line).unwrap()].to_vec()).collect();
            prop_assert_eq!(lines, bytes.clone());
        }
    }
}
