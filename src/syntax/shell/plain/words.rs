//! Words, and the commands substituted in them.

use super::super::tree::{List, Word};
use super::super::word;
use super::Reader;
use crate::text::TextRange;

/// A word before it is passed.
pub(super) struct Ahead {
    start: usize,
    /// The end of what is known of it.
    at: usize,
    value: Value,
    /// Each `$(...)`, `` `...` `` and `${...}` in it that is in no other, but for `${name}`.
    pub(super) expansions: Vec<TextRange>,
    commands: Vec<List>,
    /// Whether a backslash was passed: the library may lose its place there, and what it makes of an expansion then is not
    /// for us to know.
    is_escaped: bool,
}

/// What a command gets for a word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    AsWritten,
    /// For [`word::literal`] to say.
    Quoted,
    /// Nothing that is known.
    Expanded,
}

impl Ahead {
    pub(super) fn range(&self) -> TextRange {
        TextRange::new(self.start, self.at)
    }

    fn pass(&mut self, length: usize, value: Value) {
        self.at += length;
        self.value = self.value.max(value);
    }
}

impl<'t> Reader<'t> {
    pub(super) fn word(&mut self, word: Ahead) -> Option<Word> {
        self.cursor.word(word.start, word.at).ok()?;
        self.value(word.range(), word)
    }

    /// The part of `word` at `range`, which is passed already.
    pub(super) fn value(&mut self, range: TextRange, word: Ahead) -> Option<Word> {
        let literal = match word.value {
            Value::AsWritten => Some(self.text[range].into()),
            Value::Quoted => word::literal(self.text, range, &word.expansions).ok()?,
            Value::Expanded => None,
        };
        Some(Word { range, literal, substitutions: word.commands.into() })
    }

    /// The bytes from the place that is `at` to the end of what is read.
    fn bytes(&self, at: usize) -> &'t [u8] {
        let end = self.cursor.at() + self.cursor.ahead().len();
        &self.text.as_bytes()[at..end]
    }

    /// The word that starts here.
    pub(super) fn next_word(&mut self) -> Option<Ahead> {
        let start = self.cursor.at();
        let mut word = Ahead {
            start,
            at: start,
            value: Value::AsWritten,
            expansions: Vec::new(),
            commands: Vec::new(),
            is_escaped: false,
        };
        let bytes = self.bytes(0);
        loop {
            word.at += letters(&bytes[word.at..]);
            let Some(&byte) = bytes.get(word.at) else { break };
            match byte {
                b'#' | b']' | b'{' if word.at == start => return self.sign(word),
                b'#' if !bytes[word.at - 1].is_ascii_alphanumeric() => return None,
                b'$' if bytes.get(word.at + 1) == Some(&b'"') => return None,
                b'$' if bytes.get(word.at + 1) == Some(&b'\'') => self.ansi(&mut word)?,
                b'[' if bytes.get(word.at + 1) == Some(&b'[') => return None,
                b'<' | b'>' if word.at == start => {
                    self.substitution(&mut word)?;
                    let is_whole = bytes.get(word.at).is_none_or(|byte| b" \t\n;&|)".contains(byte));
                    return is_whole.then_some(word);
                }
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b')' => break,
                b'*' | b'?' => word.pass(1, Value::Expanded),
                b'~' | b'[' | b']' => word.pass(1, Value::Quoted),
                b'{' => word.pass(braces(&bytes[word.at..])?, Value::Quoted),
                b'\\' if bytes.get(word.at + 1).is_some_and(|&next| next.is_ascii_graphic() || next == b' ') => {
                    word.pass(2, Value::Quoted);
                    word.is_escaped = true;
                }
                b'\'' => {
                    let length = bytes[word.at + 1..].iter().position(|&byte| byte == b'\'')?;
                    word.pass(length + 2, Value::Quoted);
                }
                b'"' => self.quoted(&mut word)?,
                b'$' => self.expansion(&mut word)?,
                b'`' => self.backticks(&mut word, b"\\#")?,
                b'(' | b'}' | b'\\' => return None,
                _ => word.at += 1,
            }
        }
        (word.at > start).then_some(word)
    }

    /// The words that are no more than such a sign, which would be something else in a longer one.
    fn sign(&self, mut word: Ahead) -> Option<Ahead> {
        let rest = self.cursor.ahead();
        let length = rest.find([' ', '\t', '\n', ';', '&', '|', '<', '>', ')']).unwrap_or(rest.len());
        word.pass(length, Value::AsWritten);
        ["]", "{}"].contains(&&rest[..length]).then_some(word)
    }

    /// Passes `"..."`.
    fn quoted(&mut self, word: &mut Ahead) -> Option<()> {
        let bytes = self.bytes(0);
        word.pass(1, Value::Quoted);
        loop {
            match *bytes.get(word.at)? {
                b'"' => break,
                b'`' => self.backticks(word, b"\\#\"'")?,
                b'\\' if bytes.get(word.at + 1).is_some_and(|&next| next.is_ascii_graphic() || next == b'\n') => {
                    word.is_escaped |= b"$`\"\\\n".contains(&bytes[word.at + 1]);
                    word.at += 2;
                }
                b'\\' => return None,
                b'$' => self.expansion(word)?,
                _ => word.at += 1 + letters(&bytes[word.at + 1..]),
            }
        }
        word.at += 1;
        Some(())
    }

    /// Passes `$'...'`.
    fn ansi(&mut self, word: &mut Ahead) -> Option<()> {
        let inside = self.bytes(word.at + 2);
        let mut length = 0;
        loop {
            match inside[length..] {
                [b'\'', ..] => break,
                [b'\\', b'n' | b't' | b'\\' | b'\'', ..] => length += 2,
                [b'\\', ..] | [] => return None,
                _ => length += 1,
            }
        }
        word.is_escaped = true;
        word.pass(length + 3, Value::Expanded);
        Some(())
    }

    /// Passes what a `$` starts.
    fn expansion(&mut self, word: &mut Ahead) -> Option<()> {
        let bytes = self.bytes(word.at + 1);
        match bytes.first() {
            Some(b'(') => return self.substitution(word),
            Some(b'{') => return self.braced(word),
            // A `$` for itself.
            None | Some(b' ' | b'\t' | b'\n' | b'"' | b'/' | b'.' | b')' | b';' | b'|' | b'&' | b',' | b'%' | b':') => {
                word.pass(1, Value::Quoted);
            }
            Some(b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'!' | b'-') => word.pass(2, Value::Expanded),
            Some(_) => word.pass(1 + name(bytes)?, Value::Expanded),
        }
        Some(())
    }

    /// Passes `${name}` or `${name:-word}`.
    fn braced(&mut self, word: &mut Ahead) -> Option<()> {
        let bytes = &self.bytes(word.at)[2..];
        let name = name(bytes)?;
        if bytes.get(name) == Some(&b'}') {
            word.pass(name + 3, Value::Expanded);
            return Some(());
        }
        let length = 2 + name + operation(&bytes[name..])?;
        word.expansions.push(TextRange::new(word.at, word.at + length));
        word.pass(length, Value::Expanded);
        (!word.is_escaped).then_some(())
    }

    /// Passes `$(...)` or `<(...)`, unless it is arithmetic.
    fn substitution(&mut self, word: &mut Ahead) -> Option<()> {
        let rest = self.bytes(word.at)[1..].strip_prefix(b"(")?;
        if rest.first() == Some(&b'(') {
            return None;
        }
        let length = self.commands(word, 2, rest.len())?;
        (rest.get(length) == Some(&b')')).then(|| word.pass(length + 3, Value::Expanded))
    }

    /// Passes `` `...` ``, if nothing `doubtful` is in it.
    fn backticks(&mut self, word: &mut Ahead, doubtful: &[u8]) -> Option<()> {
        let rest = &self.bytes(word.at)[1..];
        let length = rest.iter().position(|&byte| byte == b'`')?;
        if rest[..length].iter().any(|byte| doubtful.contains(byte)) {
            return None;
        }
        let read = self.commands(word, 1, length)?;
        (read == length).then(|| word.pass(length + 2, Value::Expanded))
    }

    /// Reads the commands that `word` goes on with behind an opening, as far as they go, but no more than `length` bytes.
    fn commands(&mut self, word: &mut Ahead, opening: usize, length: usize) -> Option<usize> {
        let start = word.at + opening;
        let comments = self.cursor.comments.len();
        let outside = self.cursor.enter(TextRange::new(start, start + length));
        let list = self.nested(Self::list)?;
        let end = self.cursor.resume(outside);
        word.commands.push(list);
        word.expansions.push(TextRange::new(word.at, end + 1));
        // The parentheses of a `case` or of a comment may be taken for that which closes the substitution.
        let has_comment = self.cursor.comments.len() > comments;
        let is_clear = !word.is_escaped && !has_comment && !self.text[start..end].contains("case");
        is_clear.then_some(end - start)
    }
}

/// Length of the `{a,b}` or `{}` at the start.
fn braces(bytes: &[u8]) -> Option<usize> {
    let length = bytes[1..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-./,".contains(byte)).count();
    (bytes.get(length + 1) == Some(&b'}')).then_some(length + 2)
}

/// Length of what stands between the name and the end of `${name:-word}`, with the brace.
fn operation(bytes: &[u8]) -> Option<usize> {
    const SIGNS: &[&[u8]] =
        &[b":-", b":+", b":?", b":=", b"-", b"+", b"?", b"=", b"%%", b"##", b"%", b"#", b"//", b"/", b":"];
    let mut at = SIGNS.iter().find(|sign| bytes.starts_with(sign))?.len();
    loop {
        match *bytes.get(at)? {
            b'}' => return Some(at + 1),
            b'\\' if bytes.get(at + 1) == Some(&b'/') => at += 2,
            b'$' => at += 1 + parameter(&bytes[at + 1..])?,
            byte if byte.is_ascii_alphanumeric() || b"_-./:,+@%=*?[]~^! ".contains(&byte) => at += 1,
            _ => return None,
        }
    }
}

/// Length of the `name` or `{name}` at the start.
fn parameter(bytes: &[u8]) -> Option<usize> {
    if bytes.first() != Some(&b'{') {
        return name(bytes);
    }
    let length = 1 + name(&bytes[1..])?;
    (bytes.get(length) == Some(&b'}')).then_some(length + 1)
}

/// For each byte, whether it is itself wherever it stands in a word.
static IS_LETTER: [bool; 256] = letter_table();

const fn letter_table() -> [bool; 256] {
    const SIGNS: &[u8] = b"#[]{}()<>$*?~\\'\"`;&| \t\n";
    let mut table = [true; 256];
    let mut index = 0;
    while index < SIGNS.len() {
        table[SIGNS[index] as usize] = false;
        index += 1;
    }
    table
}

/// How many bytes at the start are no more than themselves.
fn letters(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| !IS_LETTER[usize::from(byte)]).unwrap_or(bytes.len())
}

/// Length of the name at the start.
pub(super) fn name(bytes: &[u8]) -> Option<usize> {
    let length = bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    (length > 0 && !bytes[0].is_ascii_digit()).then_some(length)
}
