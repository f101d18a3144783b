//! The JSON form of an instruction: an array of strings, read as Go's `encoding/json` reads it, with the place of each string.

use crate::text::TextRange;

/// One string of a JSON form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonString {
    /// With its quotes.
    pub range: TextRange,
    pub value: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotStrings {
    /// No JSON, or not an array: the arguments are in shell form.
    NotJson,
    /// An array with something in it that is not a string. BuildKit refuses the file.
    OtherValues,
}

/// Go's decoder gives up on deeper nesting.
const DEPTH_MAX: usize = 10_000;

/// Reads `text`, whose first byte stands at `offset` of the logical line.
pub(super) fn strings(text: &[u8], offset: usize) -> Result<Vec<JsonString>, NotStrings> {
    let mut reader = Reader { text, at: super::lines::leading_space(text) };
    if reader.peek() != Some(b'[') {
        return Err(NotStrings::NotJson);
    }
    let strings = reader.array(offset).ok_or(NotStrings::NotJson)?;
    strings.into_iter().collect::<Option<Vec<_>>>().ok_or(NotStrings::OtherValues)
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    /// The elements up to the end of the text; `None` for one that is no string.
    fn array(&mut self, offset: usize) -> Option<Vec<Option<JsonString>>> {
        let mut elements = Vec::new();
        self.take(b'[')?;
        self.space();
        if self.take(b']').is_none() {
            loop {
                self.space();
                let start = self.at;
                if self.peek() == Some(b'"') {
                    let value = self.string()?;
                    let range = TextRange::new(start + offset, self.at + offset);
                    elements.push(Some(JsonString { range, value }));
                } else {
                    self.value()?;
                    elements.push(None);
                }
                self.space();
                if self.take(b',').is_none() {
                    self.take(b']')?;
                    break;
                }
            }
        }
        self.space();
        (self.at == self.text.len()).then_some(elements)
    }

    /// Any value that is no string, checked but not kept. Nesting is counted, not recursed into.
    fn value(&mut self) -> Option<()> {
        let mut open = Vec::new();
        loop {
            self.space();
            match self.peek()? {
                bracket @ (b'[' | b'{') => {
                    self.at += 1;
                    if open.len() + 1 >= DEPTH_MAX {
                        return None;
                    }
                    open.push(bracket);
                    self.space();
                    if !matches!(self.peek()?, b']' | b'}') {
                        if bracket == b'{' {
                            self.key()?;
                        }
                        continue;
                    }
                }
                b'"' => drop(self.string()?),
                b't' => self.word(b"true")?,
                b'f' => self.word(b"false")?,
                b'n' => self.word(b"null")?,
                _ => self.number()?,
            }
            loop {
                self.space();
                let Some(&bracket) = open.last() else { return Some(()) };
                if self.take(b',').is_some() {
                    if bracket == b'{' {
                        self.space();
                        self.key()?;
                    }
                    break;
                }
                self.take(if bracket == b'[' { b']' } else { b'}' })?;
                open.pop();
            }
        }
    }

    fn key(&mut self) -> Option<()> {
        self.string()?;
        self.space();
        self.take(b':')
    }

    fn number(&mut self) -> Option<()> {
        let start = self.at;
        let _ = self.take(b'-');
        if self.take(b'0').is_none() {
            self.digits()?;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if self.take(b'e').or_else(|| self.take(b'E')).is_some() {
            let _ = self.take(b'+').or_else(|| self.take(b'-'));
            self.digits()?;
        }
        let number = std::str::from_utf8(&self.text[start..self.at]).ok()?.parse::<f64>().ok()?;
        number.is_finite().then_some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    /// A string literal. Bytes that are not UTF-8 and lone surrogates become U+FFFD, as in Go.
    fn string(&mut self) -> Option<String> {
        self.take(b'"')?;
        let mut value = Vec::new();
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(super::logical::lossy(&value));
                }
                b'\\' => {
                    self.at += 1;
                    let escaped = self.escape()?;
                    value.extend_from_slice(escaped.encode_utf8(&mut [0; 4]).as_bytes());
                }
                0..0x20 => return None,
                byte => {
                    value.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let byte = self.peek()?;
        self.at += 1;
        Some(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex()?;
                let after_first = self.at;
                if (0xD800..0xDC00).contains(&first) && self.take(b'\\').is_some() && self.take(b'u').is_some() {
                    let second = self.hex()?;
                    if (0xDC00..0xE000).contains(&second) {
                        return char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
                    }
                }
                self.at = after_first;
                char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        let digits = std::str::from_utf8(digits).ok()?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.text[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Result<Vec<String>, NotStrings> {
        strings(text.as_bytes(), 0).map(|strings| strings.into_iter().map(|string| string.value).collect())
    }

    #[test]
    fn strings_are_decoded() {
        assert_eq!(values(r#"["a", "\u00e9\ud83d\ude00\/\ud800x"]"#).unwrap(), ["a", "é😀/\u{fffd}x"]);
        assert_eq!(values("[ ] ").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn other_values_are_told_from_no_json() {
        for other in ["[1]", r#"["a", null]"#, r#"[["a"], {"b": [true, -1.5e3]}]"#, "[{}]"] {
            assert_eq!(values(other), Err(NotStrings::OtherValues), "{other}");
        }
        for none in ["['a']", r#"["a",]"#, r#"["a"] b"#, "[01]", "[1e999]", "[", r#"["a"#, "[{]]", "a"] {
            assert_eq!(values(none), Err(NotStrings::NotJson), "{none}");
        }
    }

    #[test]
    fn a_string_has_its_place() {
        assert_eq!(strings(b" [\"ab\"]", 10).unwrap()[0].range, TextRange::new(12, 16));
    }
}
