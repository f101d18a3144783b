//! Reads the plainest shell text without help: simple commands, joined by `&&`, `||`, `|`, `;` and newlines, also in `$(...)`.
//!
//! Most RUNs are no more than that, and a whole grammar for them would take most of the time of a run. What is not plain
//! beyond any doubt is left to [`super::adapter`], and where both read a text they say the same: a test compares them.

use std::sync::Arc;

use super::cursor::Cursor;
use super::tree::{
    AndOr, Assignment, Command, CommandKind, Connector, ConnectorKind, List, ListItem, Pipeline, Redirect,
    RedirectOperator, Script, Separator, SeparatorKind, Simple, Word,
};
use super::word;
use crate::text::TextRange;

/// Names that are, or may be, something else than a command where one starts.
const RESERVED: &[&str] = &[
    "!",
    "[[",
    "case",
    "coproc",
    "do",
    "done",
    "elif",
    "else",
    "end",
    "esac",
    "fi",
    "for",
    "foreach",
    "function",
    "if",
    "in",
    "nocorrect",
    "noglob",
    "repeat",
    "select",
    "then",
    "time",
    "until",
    "while",
];

/// How deep `$(...)` may be nested in each other; what is deeper is left to the library.
const DEPTH_MAX: usize = 8;

/// The script, if it is plain.
pub(super) fn read(text: &str) -> Option<Script> {
    let mut reader = Reader { text, cursor: Cursor::new(text) };
    let body = reader.list()?;
    let mut comments = reader.cursor.comments;
    comments.sort_unstable();
    Some(Script::new(body, comments))
}

/// A word before it is passed.
struct Ahead {
    range: TextRange,
    /// Whether it is written as the command gets it.
    is_literal: bool,
    /// Each `$(...)` in it that is in no other.
    substitutions: Vec<TextRange>,
}

struct Reader<'t> {
    text: &'t str,
    cursor: Cursor<'t>,
}

impl Reader<'_> {
    /// The byte that is `distance` behind the place.
    fn byte(&self, distance: usize) -> Option<u8> {
        self.cursor.ahead().as_bytes().get(distance).copied()
    }

    fn list(&mut self) -> Option<List> {
        let mut items = Vec::new();
        self.cursor.skip_lines();
        loop {
            let and_or = self.and_or()?;
            let separator = self.separator()?;
            let is_last = separator.is_none();
            items.push(ListItem { and_or, separator });
            self.cursor.skip_lines();
            match (is_last, self.byte(0).is_none()) {
                (_, true) => return Some(List { items }),
                (true, false) => return None,
                (false, false) => {}
            }
        }
    }

    fn separator(&mut self) -> Option<Option<Separator>> {
        if let Some(range) = self.cursor.newline() {
            return Some(Some(Separator { range, kind: SeparatorKind::Newline }));
        }
        match (self.byte(0), self.byte(1)) {
            (None, _) => Some(None),
            (Some(b';'), Some(b';' | b'&')) => None,
            (Some(b';'), _) => {
                let range = self.cursor.operator(";").ok()?;
                Some(Some(Separator { range, kind: SeparatorKind::Semicolon }))
            }
            _ => None,
        }
    }

    fn and_or(&mut self) -> Option<AndOr> {
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            self.cursor.skip_blanks();
            let (kind, sign) = match (self.byte(0), self.byte(1)) {
                (Some(b'&'), Some(b'&')) => (ConnectorKind::And, "&&"),
                (Some(b'|'), Some(b'|')) => (ConnectorKind::Or, "||"),
                _ => return Some(AndOr { first, rest }),
            };
            let range = self.cursor.operator(sign).ok()?;
            self.cursor.skip_lines();
            rest.push((Connector { range, kind }, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Option<Pipeline> {
        self.cursor.skip_blanks();
        let start = self.cursor.at();
        let mut commands = vec![Arc::new(self.command()?)];
        let mut pipes = Vec::new();
        loop {
            let range = TextRange::new(start, commands.last()?.range.end());
            self.cursor.skip_blanks();
            match (self.byte(0), self.byte(1)) {
                (Some(b'|'), Some(b'&')) => return None,
                (Some(b'|'), next) if next != Some(b'|') => pipes.push(self.cursor.operator("|").ok()?),
                _ => return Some(Pipeline { range, negation: None, commands, pipes }),
            }
            self.cursor.skip_lines();
            commands.push(Arc::new(self.command()?));
        }
    }

    fn command(&mut self) -> Option<Command> {
        self.cursor.skip_blanks();
        let start = self.cursor.at();
        let mut end = start;
        let mut simple = Simple { assignments: Vec::new(), words: Vec::new() };
        let mut redirects = Vec::new();
        loop {
            match self.byte(0) {
                None | Some(b'\n' | b';' | b'&' | b'|') => break,
                Some(b'<' | b'>') => redirects.push(self.redirect(0)?),
                Some(_) => {
                    let word = self.next_word()?;
                    let range = word.range;
                    let raw = &self.text[range];
                    let is_descriptor = raw.bytes().all(|byte| byte.is_ascii_digit())
                        && matches!(self.text.as_bytes().get(range.end()), Some(b'<' | b'>'));
                    if is_descriptor {
                        redirects.push(self.redirect(range.len())?);
                    } else if let Some(length) = assigned(raw).filter(|_| simple.words.is_empty()) {
                        simple.assignments.push(self.assignment(&word, length)?);
                    } else if simple.words.is_empty() && (RESERVED.contains(&raw) || appends(raw)) {
                        return None;
                    } else {
                        simple.words.push(self.word(&word)?);
                    }
                }
            }
            end = self.cursor.at();
            self.cursor.skip_blanks();
        }
        let range = (end > start).then(|| TextRange::new(start, end))?;
        Some(Command { range, kind: CommandKind::Simple(simple), redirects })
    }

    fn word(&mut self, word: &Ahead) -> Option<Word> {
        self.cursor.word(word.range.start(), word.range.end()).ok()?;
        self.value(word.range, word)
    }

    /// The part of `word` at `range`, which is passed already.
    fn value(&mut self, range: TextRange, word: &Ahead) -> Option<Word> {
        let literal = if word.is_literal {
            Some(self.text[range].to_owned())
        } else {
            word::literal(self.text, range, &word.substitutions).ok()?
        };
        let substitutions = word.substitutions.iter().map(|range| self.substitution(*range));
        Some(Word { range, literal, substitutions: substitutions.collect::<Option<_>>()? })
    }

    /// The commands of the `$(...)` at `range`.
    fn substitution(&mut self, range: TextRange) -> Option<List> {
        let outside = self.cursor.enter(TextRange::new(range.start() + 2, range.end() - 1));
        let list = self.list()?;
        self.cursor.leave(outside).ok()?;
        Some(list)
    }

    /// `name=value`, the name being `length` bytes long.
    fn assignment(&mut self, word: &Ahead, length: usize) -> Option<Assignment> {
        let range = word.range;
        self.cursor.word(range.start(), range.end()).ok()?;
        let name = self.text[range][..length].to_owned();
        let value = TextRange::new(range.start() + length + 1, range.end());
        let value = if value.is_empty() { None } else { Some(self.value(value, word)?) };
        Some(Assignment { range, name, value, append: false })
    }

    /// `> file`, `>> file`, `< file`, `>&1`, behind a descriptor that is `digits` bytes long.
    fn redirect(&mut self, digits: usize) -> Option<Redirect> {
        let start = self.cursor.at();
        let descriptor = self.text[start..start + digits].parse().ok();
        let (operator, length) = match (self.byte(digits)?, self.byte(digits + 1)) {
            (b'>', Some(b'>')) => (RedirectOperator::Append, 2),
            (b'>', Some(b'&')) => (RedirectOperator::DuplicateOutput, 2),
            (b'>', _) => (RedirectOperator::Output, 1),
            (b'<', _) => (RedirectOperator::Input, 1),
            _ => return None,
        };
        if digits > 1 {
            return None;
        }
        self.cursor.redirect_operator(digits, length).ok()?;
        let word = self.next_word()?;
        let range = word.range;
        let is_number = self.text[range].bytes().all(|byte| byte.is_ascii_digit());
        let touches_another = matches!(self.text.as_bytes().get(range.end()), Some(b'<' | b'>'));
        let is_plain = !touches_another && word.substitutions.is_empty();
        if !is_plain || is_number != (operator == RedirectOperator::DuplicateOutput) {
            return None;
        }
        let target = self.word(&word)?;
        Some(Redirect { range: TextRange::new(start, range.end()), descriptor, operator, target, heredoc: None })
    }

    /// The word that starts here.
    fn next_word(&self) -> Option<Ahead> {
        let start = self.cursor.at();
        let bytes = &self.text.as_bytes()[..start + self.cursor.ahead().len()];
        let (mut at, mut is_literal) = (start, true);
        let mut substitutions = Vec::new();
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'a'..=b'z'
                | b'A'..=b'Z'
                | b'0'..=b'9'
                | b'_'
                | b'-'
                | b'.'
                | b'/'
                | b':'
                | b','
                | b'+'
                | b'@'
                | b'%' => {
                    at += 1;
                }
                b'=' if at > start => at += 1,
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' => break,
                b'*' | b'?' | b'~' => (at, is_literal) = (at + 1, false),
                b'\\' if bytes.get(at + 1).is_some_and(u8::is_ascii_graphic) => (at, is_literal) = (at + 2, false),
                b'\'' => {
                    let length = bytes[at + 1..].iter().position(|&byte| byte == b'\'')?;
                    (at, is_literal) = (at + length + 2, false);
                }
                b'"' => (at, is_literal) = (self.quoted_end(at + 1, &mut substitutions, 0)?, false),
                b'$' => (at, is_literal) = (self.expansion_end(at + 1, &mut substitutions, 0)?, false),
                _ => return self.sign(),
            }
        }
        // The library loses its place behind `\"`, and what it makes of a text then is not for us to know.
        let is_clear = substitutions.is_empty() || !bytes[start..at].contains(&b'\\');
        (at > start && is_clear).then(|| Ahead { range: TextRange::new(start, at), is_literal, substitutions })
    }

    /// The words that are no more than such a sign, which would be something else inside a word.
    fn sign(&self) -> Option<Ahead> {
        let start = self.cursor.at();
        let rest = self.cursor.ahead();
        let length = rest.find([' ', '\t', '\n', ';', '&', '|', '<', '>']).unwrap_or(rest.len());
        let is_sign = ["[", "]", "=", "==", "!=", "{}"].contains(&&rest[..length]);
        // How these are read is for `word::literal` to say.
        let range = TextRange::new(start, start + length);
        is_sign.then(|| Ahead { range, is_literal: false, substitutions: Vec::new() })
    }

    /// Behind the double quote that closes what is open at `at`; each `$(...)` up to there goes to `found`.
    fn quoted_end(&self, mut at: usize, found: &mut Vec<TextRange>, depth: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        loop {
            match *bytes.get(at)? {
                b'"' => return Some(at + 1),
                b'`' => return None,
                b'\\' if bytes.get(at + 1).is_some_and(u8::is_ascii_graphic) => at += 2,
                b'\\' => return None,
                b'$' => at = self.expansion_end(at + 1, found, depth)?,
                _ => at += 1,
            }
        }
    }

    /// Behind the `name`, `{name}` or `(...)` that is at `at`; the latter goes to `found`.
    fn expansion_end(&self, at: usize, found: &mut Vec<TextRange>, depth: usize) -> Option<usize> {
        if self.text.as_bytes().get(at) != Some(&b'(') {
            return self.parameter_end(at);
        }
        let end = self.substitution_end(at + 1, depth + 1)?;
        found.push(TextRange::new(at - 1, end));
        Some(end)
    }

    /// Behind the parenthesis that closes what is open at `at`: the first, where no other may be open.
    fn substitution_end(&self, mut at: usize, depth: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        // What is found in it is found again when it is read.
        let mut inner = Vec::new();
        loop {
            match *bytes.get(at).filter(|_| depth <= DEPTH_MAX)? {
                b')' => return Some(at + 1),
                b'\'' => at += bytes[at + 1..].iter().position(|&byte| byte == b'\'')? + 2,
                b'"' => at = self.quoted_end(at + 1, &mut inner, depth)?,
                b'$' => at = self.expansion_end(at + 1, &mut inner, depth)?,
                b'(' | b'#' | b'`' | b'\\' => return None,
                _ => at += 1,
            }
        }
    }

    /// Behind the `name` or `{name}` that is at `at`.
    fn parameter_end(&self, at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let braces = usize::from(bytes.get(at) == Some(&b'{'));
        let name = &bytes[at + braces..];
        let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let is_name = name.first().is_some_and(|first| !first.is_ascii_digit()) && length > 0;
        let is_closed = braces == 0 || name.get(length) == Some(&b'}');
        (is_name && is_closed).then_some(at + length + 2 * braces)
    }
}

/// Length of the name that `raw` assigns to.
fn assigned(raw: &str) -> Option<usize> {
    raw.split_once('=').filter(|(name, _)| is_name(name)).map(|(name, _)| name.len())
}

/// Whether it is `name+=value`.
fn appends(raw: &str) -> bool {
    raw.split_once("+=").is_some_and(|(name, _)| is_name(name))
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
