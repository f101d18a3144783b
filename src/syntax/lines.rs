//! Physical lines, as BuildKit's scanner cuts them (`parser/parser.go`: `scanLines`, `trimNewline`, `isComment`, `trimContinuationCharacter`).

use crate::text::TextRange;

/// Longest line BuildKit's scanner takes, in bytes, counting the line feed (`bufio.MaxScanTokenSize`).
pub const LINE_BYTES_MAX: usize = 64 * 1024;

/// The lines of a source, each with its ending. Lines end at a line feed only.
pub(super) struct Lines<'s> {
    source: &'s [u8],
    offset: usize,
    /// Number of lines handed out so far, so the 1-based number of the last one.
    pub number: usize,
}

/// One physical line.
#[derive(Clone, Copy)]
pub(super) struct Line<'s> {
    /// The whole line with its ending.
    pub range: TextRange,
    /// The line without the carriage returns and line feeds at its end.
    pub text: &'s [u8],
}

/// A line is longer than BuildKit reads.
pub(super) struct LineTooLong;

impl<'s> Lines<'s> {
    pub fn new(source: &'s [u8]) -> Self {
        Self { source, offset: 0, number: 0 }
    }

    /// Byte offset of the next line.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Passes `count` lines that are `bytes` long together.
    pub fn skip(&mut self, bytes: usize, count: usize) {
        self.offset += bytes;
        self.number += count;
    }

    pub fn next_line(&mut self) -> Result<Option<Line<'s>>, LineTooLong> {
        let rest = &self.source[self.offset..];
        if rest.is_empty() {
            return Ok(None);
        }
        let newline = memchr::memchr(b'\n', rest);
        let (len, too_long) = match newline {
            Some(at) => (at + 1, at + 1 > LINE_BYTES_MAX),
            None => (rest.len(), rest.len() >= LINE_BYTES_MAX),
        };
        if too_long {
            return Err(LineTooLong);
        }
        let range = TextRange::empty(self.offset).cover(TextRange::empty(self.offset + len));
        self.offset += len;
        self.number += 1;
        Ok(Some(Line { range, text: trim_newline(&rest[..len]) }))
    }
}

/// `line` without all the carriage returns and line feeds at its end.
pub(super) fn trim_newline(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
    &line[..end]
}

/// Whether the first character of `line` that is not white space is `#`.
pub(super) fn is_comment(line: &[u8]) -> bool {
    line[leading_space(line)..].first() == Some(&b'#')
}

pub(super) fn is_blank(line: &[u8]) -> bool {
    leading_space(line) == line.len()
}

/// The first character of `text` and its length in bytes; a byte that is not UTF-8 is `None` and one long, as in Go.
pub(super) fn first_char(text: &[u8]) -> Option<(Option<char>, usize)> {
    let len = match text.first()? {
        ascii if ascii.is_ascii() => return Some((Some(char::from(*ascii)), 1)),
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => 1,
    };
    let c = text.get(..len).and_then(|bytes| std::str::from_utf8(bytes).ok()).and_then(|text| text.chars().next());
    Some((c, if c.is_some() { len } else { 1 }))
}

pub(super) fn starts_with_space(text: &[u8]) -> bool {
    if let Some(first) = text.first().filter(|first| first.is_ascii()) {
        return char::from(*first).is_whitespace();
    }
    matches!(first_char(text), Some((Some(c), _)) if c.is_whitespace())
}

/// Number of bytes of Unicode white space at the start of `text` (Go's `unicode.IsSpace`).
pub(super) fn leading_space(text: &[u8]) -> usize {
    let mut len = 0;
    while starts_with_space(&text[len..]) {
        len += first_char(&text[len..]).map_or(0, |(_, len)| len);
    }
    len
}

/// Number of bytes up to the Unicode white space at the end of `text` (the end of Go's `strings.TrimSpace`).
pub(super) fn len_without_trailing_space(text: &[u8]) -> usize {
    let mut end = text.len();
    while let Some(start) = (1..=end.min(4)).map(|len| end - len).find(|&start| text[start] & 0xC0 != 0x80) {
        match first_char(&text[start..end]) {
            Some((Some(c), len)) if c.is_whitespace() && start + len == end => end = start,
            _ => break,
        }
    }
    end
}

/// Where the text of a line ends if the line goes on in the next one: before the escape token at its end. An escape token that follows another one
/// does not continue a line.
pub(super) fn continuation(line: &[u8], escape: u8) -> Option<usize> {
    let end = line.iter().rposition(|byte| !matches!(byte, b' ' | b'\t'))?;
    (line[end] == escape && (end == 0 || line[end - 1] != escape)).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_trimmed_at_the_end() {
        assert_eq!(len_without_trailing_space("a \u{a0}\t\u{2028}".as_bytes()), 1);
        assert_eq!(len_without_trailing_space(b"a \xa0"), 3);
        assert_eq!(len_without_trailing_space(b" "), 0);
    }

    #[test]
    fn an_escaped_escape_token_does_not_continue() {
        assert_eq!(continuation(b"a \\ \t", b'\\'), Some(2));
        assert_eq!(continuation(b"a \\\\", b'\\'), None);
        assert_eq!(continuation(b"\\", b'\\'), Some(0));
        assert_eq!(continuation(b"a `", b'\\'), None);
    }
}
