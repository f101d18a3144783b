//! Splits a logical line into keyword, flags and arguments (`parser/split_command.go`, `parser/line_parsers.go`).

use super::instruction::{Arguments, Flag, Keyword, Pair, Statement, Word};
use super::json::{self, NotStrings};
use super::lines::{first_char, leading_space, len_without_trailing_space, starts_with_space};
use super::logical::lossy;
use crate::text::TextRange;

/// ONBUILD inside ONBUILD is never accepted; deeper ones are not looked into.
const TRIGGERS_MAX: usize = 32;

/// The statement in `range` of `line`.
///
/// # Errors
/// The reason in BuildKit's words, if its parser refuses the file for this line.
pub(super) fn statement(line: &[u8], range: TextRange, escape: u8) -> Result<Statement, String> {
    statement_at_depth(Source { line, escape }, range, 0)
}

fn statement_at_depth(source: Source, range: TextRange, depth: usize) -> Result<Statement, String> {
    let range = source.trim(range);
    let (keyword_range, rest) = match source.blanks(range).next() {
        Some(blank) => (TextRange::new(range.start(), blank.start()), TextRange::new(blank.end(), range.end())),
        None => (range, TextRange::empty(range.end())),
    };
    let keyword = Keyword::named(&lossy(&source.line[keyword_range]));
    let (flags, rest) = source.flags(rest);
    let rest = source.trim(rest);
    let arguments = match keyword {
        Keyword::Onbuild if rest.is_empty() => Arguments::None,
        Keyword::Onbuild if depth >= TRIGGERS_MAX => Arguments::Unknown,
        Keyword::Onbuild => Arguments::Trigger(Box::new(statement_at_depth(source, rest, depth + 1)?)),
        _ => source.arguments(keyword, rest)?,
    };
    Ok(Statement { keyword, keyword_range, flags, arguments_range: rest, arguments })
}

#[derive(Clone, Copy)]
struct Source<'l> {
    line: &'l [u8],
    escape: u8,
}

impl<'l> Source<'l> {
    fn arguments(self, keyword: Keyword, range: TextRange) -> Result<Arguments, String> {
        Ok(match keyword {
            Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Shell => self.json_or_text(range)?,
            Keyword::Add | Keyword::Copy | Keyword::Volume => match self.json(range)? {
                Some(json) => json,
                None => Arguments::Words(self.blank_separated(range)),
            },
            Keyword::From | Keyword::Expose => Arguments::Words(self.blank_separated(range)),
            Keyword::Arg => Arguments::Words(self.quoted_words(range)),
            Keyword::Env | Keyword::Label => Arguments::Pairs(self.pairs(range, keyword)?),
            Keyword::Healthcheck => self.healthcheck(range)?,
            Keyword::User | Keyword::Workdir | Keyword::Stopsignal | Keyword::Maintainer => self.text(range),
            Keyword::Onbuild | Keyword::Unknown => Arguments::Unknown,
        })
    }

    fn word(self, range: TextRange) -> Word {
        Word { range, text: lossy(&self.line[range]) }
    }

    fn text(self, range: TextRange) -> Arguments {
        if range.is_empty() { Arguments::None } else { Arguments::Text(self.word(range)) }
    }

    fn json(self, range: TextRange) -> Result<Option<Arguments>, String> {
        match json::strings(&self.line[range], range.start()) {
            Ok(strings) => Ok(Some(Arguments::Json(strings))),
            Err(NotStrings::NotJson) => Ok(None),
            Err(NotStrings::OtherValues) => Err("only string type is allowed in JSON format arrays".to_owned()),
        }
    }

    fn json_or_text(self, range: TextRange) -> Result<Arguments, String> {
        Ok(self.json(range)?.unwrap_or_else(|| self.text(range)))
    }

    /// HEALTHCHECK: the blanks around the kind are found byte by byte, as those around flags.
    fn healthcheck(self, range: TextRange) -> Result<Arguments, String> {
        let text = &self.line[range];
        let kind_len = text.iter().position(|&byte| is_latin1_space(byte)).unwrap_or(text.len());
        if kind_len == 0 {
            return Ok(Arguments::None);
        }
        let blanks = text[kind_len..].iter().take_while(|&&byte| is_latin1_space(byte)).count();
        let kind_end = range.start() + kind_len;
        let command = self.json_or_text(TextRange::new(kind_end + blanks, range.end()))?;
        let kind = self.word(TextRange::new(range.start(), kind_end));
        Ok(Arguments::Healthcheck { kind, command: Box::new(command) })
    }

    /// `range` without the Unicode white space at both ends.
    fn trim(self, range: TextRange) -> TextRange {
        let text = &self.line[range];
        let end = len_without_trailing_space(text);
        let start = leading_space(&text[..end]);
        TextRange::new(range.start() + start, range.start() + end)
    }

    /// The runs of blanks in `range` (`reWhitespace`).
    fn blanks(self, range: TextRange) -> impl Iterator<Item = TextRange> + use<'l> {
        let mut at = range.start();
        std::iter::from_fn(move || {
            let start = at + self.line[at..range.end()].iter().position(|&byte| is_blank(byte))?;
            let len = self.line[start..range.end()].iter().take_while(|&&byte| is_blank(byte)).count();
            at = start + len;
            Some(TextRange::new(start, at))
        })
    }

    fn blank_separated(self, range: TextRange) -> Vec<Word> {
        if range.is_empty() {
            return Vec::new();
        }
        let mut words = Vec::new();
        let mut start = range.start();
        for blank in self.blanks(range) {
            words.push(self.word(TextRange::new(start, blank.start())));
            start = blank.end();
        }
        words.push(self.word(TextRange::new(start, range.end())));
        words
    }

    /// The flags at the start of `range`, and what follows them. BuildKit goes byte by byte here: the bytes 0x85 and 0xA0 are white space, and others
    /// above 0x7F become the Latin-1 character.
    fn flags(self, range: TextRange) -> (Vec<Flag>, TextRange) {
        let line = &self.line[..range.end()];
        let mut flags = Vec::new();
        let mut at = range.start();
        loop {
            at += line[at..].iter().take_while(|&&byte| is_latin1_space(byte)).count();
            if !line[at..].starts_with(b"--") {
                return (flags, TextRange::new(at, range.end()));
            }
            let start = at;
            let (mut text, mut quote, mut quoted) = (String::new(), None, false);
            while let Some(&byte) = line.get(at) {
                match quote {
                    None if is_latin1_space(byte) => break,
                    None if matches!(byte, b'\'' | b'"') => (quote, quoted) = (Some(byte), true),
                    Some(open) if byte == open => quote = None,
                    _ if byte == self.escape => {
                        at += 1;
                        text.extend(line.get(at).copied().map(char::from));
                        quote = quote.filter(|_| at < line.len());
                    }
                    _ => text.push(char::from(byte)),
                }
                at += 1;
            }
            at = at.min(line.len());
            if text == "--" {
                return (flags, TextRange::new(at, range.end()));
            }
            if quoted || !text.is_empty() {
                flags.push(Flag { range: TextRange::new(start, at), text });
            }
        }
    }

    /// Words between Unicode white space that is neither quoted nor escaped, quotes and escapes kept (`parseWords`).
    fn quoted_words(self, range: TextRange) -> Vec<Word> {
        let mut words = Vec::new();
        let mut at = range.start();
        loop {
            at += leading_space(&self.line[at..range.end()]);
            if at == range.end() {
                return words;
            }
            let (end, text_end) = self.quoted_word_end(at, range.end());
            if text_end > at {
                words.push(self.word(TextRange::new(at, text_end)));
            }
            at = end;
        }
    }

    /// Where the word at `at` ends, and where its text does: an escape token that is the last byte of all is dropped.
    fn quoted_word_end(self, mut at: usize, end: usize) -> (usize, usize) {
        let mut quote = None;
        while at < end {
            let byte = self.line[at];
            match quote {
                None if starts_with_space(&self.line[at..end]) => return (at, at),
                None if matches!(byte, b'\'' | b'"') && byte != self.escape => quote = Some(byte),
                Some(open) if byte == open => quote = None,
                _ => {}
            }
            if byte == self.escape && quote != Some(b'\'') {
                if at + 1 == end {
                    return (end, at);
                }
                at += 1;
            }
            at += first_char(&self.line[at..end]).map_or(0, |(_, len)| len);
        }
        (end, end)
    }

    fn pairs(self, range: TextRange, keyword: Keyword) -> Result<Vec<Pair>, String> {
        let words = self.quoted_words(range);
        let Some(first) = words.first() else { return Ok(Vec::new()) };
        if !first.text.contains('=') {
            let blank = self.blanks(range).next();
            let blank = blank.ok_or_else(|| format!("{} must have two arguments", keyword.name()))?;
            return Ok(vec![Pair {
                key: self.word(TextRange::new(range.start(), blank.start())),
                value: self.word(TextRange::new(blank.end(), range.end())),
                equals: false,
            }]);
        }
        words.into_iter().map(|word| self.pair(word)).collect()
    }

    fn pair(self, word: Word) -> Result<Pair, String> {
        let Some(equals) = self.line[word.range].iter().position(|&byte| byte == b'=') else {
            let text = word.text;
            return Err(format!("Syntax error - can't find = in {text:?}. Must be of the form: name=value"));
        };
        let equals = word.range.start() + equals;
        Ok(Pair {
            key: self.word(TextRange::new(word.range.start(), equals)),
            value: self.word(TextRange::new(equals + 1, word.range.end())),
            equals: true,
        })
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\x0b' | b'\x0c' | b'\r' | b' ')
}

/// Go's `unicode.IsSpace` of a single byte taken as a character.
fn is_latin1_space(byte: u8) -> bool {
    char::from(byte).is_whitespace()
}
