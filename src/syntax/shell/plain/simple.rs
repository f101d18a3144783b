//! Simple commands, their assignments and redirects.

use super::super::tree::{Assignment, Command, CommandKind, Redirect, RedirectOperator, Simple};
use super::Reader;
use super::words::{Ahead, name};
use crate::text::TextRange;

impl Reader<'_> {
    pub(super) fn simple(&mut self) -> Option<Command> {
        let start = self.cursor.at();
        let mut end = start;
        let mut simple = Simple { assignments: Vec::new(), words: Vec::new() };
        let mut redirects = Vec::new();
        loop {
            if let Some(digits) = self.redirect_ahead() {
                redirects.push(self.redirect(digits)?);
            } else if matches!(self.byte(0), None | Some(b'\n' | b';' | b'&' | b'|' | b')')) {
                break;
            } else {
                self.piece(&mut simple)?;
            }
            end = self.cursor.at();
            self.cursor.skip_blanks();
        }
        let range = (end > start).then(|| TextRange::new(start, end))?;
        Some(Command { range, kind: CommandKind::Simple(simple), redirects })
    }

    /// The assignment or word that is next.
    fn piece(&mut self, simple: &mut Simple) -> Option<()> {
        let word = self.next_word()?;
        if !simple.words.is_empty() {
            simple.words.push(self.word(word)?);
            return Some(());
        }
        let raw = &self.text[word.range()];
        if let Some(length) = name(raw.as_bytes()) {
            match raw.as_bytes()[length..] {
                [b'=', ..] => {
                    simple.assignments.push(self.assignment(word, length)?);
                    return Some(());
                }
                [b'+', b'=', ..] => return None,
                _ => {}
            }
        }
        if is_reserved(raw) || is_subscripted(raw) {
            return None;
        }
        let name = self.word(word)?;
        // It may change what the names behind it are.
        if name.is("alias") {
            return None;
        }
        simple.words.push(name);
        Some(())
    }

    /// `name=value`, the name being `length` bytes long.
    fn assignment(&mut self, word: Ahead, length: usize) -> Option<Assignment> {
        let range = word.range();
        self.cursor.word(range.start(), range.end()).ok()?;
        let name = self.text[range][..length].to_owned();
        let value = TextRange::new(range.start() + length + 1, range.end());
        let value = if value.is_empty() { None } else { Some(self.value(value, word)?) };
        Some(Assignment { range, name, value, append: false })
    }

    /// The length of the descriptor of the redirect that is next, if one is.
    pub(super) fn redirect_ahead(&mut self) -> Option<usize> {
        self.cursor.skip_blanks();
        let ahead = self.cursor.bytes();
        if !matches!(ahead.first(), Some(b'<' | b'>' | b'&' | b'0'..=b'9')) {
            return None;
        }
        let digits = ahead.iter().take_while(|byte| byte.is_ascii_digit()).count();
        match ahead[digits..] {
            [b'<' | b'>', b'(', ..] => None,
            [b'<' | b'>', ..] => Some(digits),
            [b'&', b'>', ..] if digits == 0 => Some(0),
            _ => None,
        }
    }

    /// `> file`, `>> file`, `&> file`, `< file`, `>&1`, behind a descriptor that is `digits` bytes long.
    pub(super) fn redirect(&mut self, digits: usize) -> Option<Redirect> {
        let start = self.cursor.at();
        let descriptor = self.text[start..start + digits].parse().ok();
        let (operator, length) = match self.cursor.bytes()[digits..] {
            [b'&', b'>', b'>', ..] => return None,
            [b'&', b'>', ..] => (RedirectOperator::OutputBoth, 2),
            [b'>', b'>', ..] => (RedirectOperator::Append, 2),
            [b'>', b'&', ..] => (RedirectOperator::DuplicateOutput, 2),
            [b'>', ..] => (RedirectOperator::Output, 1),
            [b'<', ..] => (RedirectOperator::Input, 1),
            _ => return None,
        };
        if digits > 1 {
            return None;
        }
        self.cursor.redirect_operator(digits, length).ok()?;
        let word = self.next_word()?;
        let range = word.range();
        let is_number = self.text[range].bytes().all(|byte| byte.is_ascii_digit());
        let touches_another = matches!(self.text.as_bytes().get(range.end()), Some(b'<' | b'>'));
        let is_plain = !touches_another && word.expansions.is_empty();
        if !is_plain || is_number != (operator == RedirectOperator::DuplicateOutput) {
            return None;
        }
        let target = self.word(word)?;
        Some(Redirect { range: TextRange::new(start, range.end()), descriptor, operator, target, heredoc: None })
    }
}

/// Whether it is, or may be, something else than a command where one starts.
#[rustfmt::skip]
pub(super) fn is_reserved(word: &str) -> bool {
    matches!(
        word,
        "!" | "[[" | "{" | "}" | "always" | "case" | "coproc" | "do" | "done" | "elif" | "else" | "end" | "esac" | "fi" | "for"
            | "foreach" | "function" | "if" | "in" | "nocorrect" | "noglob" | "repeat" | "select" | "then" | "time" | "until"
            | "while"
    )
}

/// Whether it may be an element of an array.
fn is_subscripted(raw: &str) -> bool {
    raw.contains('[') && raw != "["
}

pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
