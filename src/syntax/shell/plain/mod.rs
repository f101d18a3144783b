//! Reads plain shell text without help: the commands, compounds, words and expansions that most RUNs are made of.
//!
//! A whole grammar for them would take most of the time of a run. What is not plain beyond any doubt is left to
//! [`super::adapter`], and where both read a text they say the same: a test compares them.

mod compounds;
mod simple;
mod words;

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use super::cursor::Cursor;
use super::tree::{
    AndOr, Command, CommandKind, Connector, ConnectorKind, List, ListItem, Pipeline, Script, Separator, SeparatorKind,
};
use crate::text::TextRange;

/// How deep compounds and substitutions may be nested in each other; what is deeper is left to the library.
const DEPTH_MAX: usize = 8;

/// The script, if it is plain.
pub(super) fn read(text: &str) -> Option<Script> {
    let mut reader = Reader { text, cursor: Cursor::new(text), depth: 0 };
    let body = reader.list()?;
    if reader.byte(0).is_some() {
        return None;
    }
    Some(Script::new(body, reader.cursor.comments))
}

struct Reader<'t> {
    text: &'t str,
    cursor: Cursor<'t>,
    /// How many compounds and substitutions are open.
    depth: usize,
}

impl Reader<'_> {
    /// The byte that is `distance` behind the place.
    fn byte(&self, distance: usize) -> Option<u8> {
        self.cursor.bytes().get(distance).copied()
    }

    /// Reads something one level further down, if that is not too far.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.depth += 1;
        let read = (self.depth <= DEPTH_MAX).then(|| read(self))?;
        self.depth -= 1;
        read
    }

    /// At least one command, up to what can only be the end of the list.
    fn list(&mut self) -> Option<List> {
        // Most have no other.
        let mut items = Vec::with_capacity(1);
        self.cursor.skip_lines();
        loop {
            let and_or = self.and_or()?;
            let separator = self.separator()?;
            let is_last = separator.is_none();
            items.push(ListItem { and_or, separator });
            self.cursor.skip_lines();
            if matches!(self.byte(0), None | Some(b')' | b';')) || self.is_closed() {
                return Some(List { items });
            }
            if is_last {
                return None;
            }
        }
    }

    /// Whether a word is here that ends a list.
    fn is_closed(&self) -> bool {
        matches!(self.reserved(), "then" | "elif" | "else" | "fi" | "do" | "done" | "esac" | "}")
    }

    fn separator(&mut self) -> Option<Option<Separator>> {
        if let Some(range) = self.cursor.newline() {
            return Some(Some(Separator { range, kind: SeparatorKind::Newline }));
        }
        let (kind, sign) = match (self.byte(0), self.byte(1)) {
            (None | Some(b')'), _) | (Some(b';'), Some(b';')) => return Some(None),
            (Some(b'&'), Some(b'>' | b'|' | b'!')) | (Some(b';'), Some(b'&')) => return None,
            (Some(b'&'), _) => (SeparatorKind::Background, "&"),
            (Some(b';'), _) => (SeparatorKind::Semicolon, ";"),
            _ if self.is_closed() => return Some(None),
            _ => return None,
        };
        let range = self.cursor.operator(sign).ok()?;
        Some(Some(Separator { range, kind }))
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
        let is_negated = self.byte(0) == Some(b'!') && self.byte(1) == Some(b' ');
        let negation = if is_negated { Some(self.cursor.keyword("!").ok()?) } else { None };
        let mut commands: SmallVec<[_; 1]> = smallvec![Arc::new(self.command()?)];
        let mut pipes = Vec::new();
        loop {
            let range = TextRange::new(start, commands.last()?.range.end());
            self.cursor.skip_blanks();
            match (self.byte(0), self.byte(1)) {
                (Some(b'|'), Some(b'&')) => return None,
                (Some(b'|'), next) if next != Some(b'|') => pipes.push(self.cursor.operator("|").ok()?),
                _ => return Some(Pipeline { range, negation, commands, pipes }),
            }
            self.cursor.skip_lines();
            commands.push(Arc::new(self.command()?));
        }
    }

    fn command(&mut self) -> Option<Command> {
        self.cursor.skip_blanks();
        let start = self.cursor.at();
        if let Some(function) = self.function()? {
            return Some(function);
        }
        let Some(kind) = self.compound()? else { return self.simple() };
        let mut end = self.cursor.at();
        let mut redirects = Vec::new();
        while let Some(digits) = self.redirect_ahead() {
            redirects.push(self.redirect(digits)?);
            end = self.cursor.at();
        }
        Some(Command { range: TextRange::new(start, end), kind, redirects })
    }

    /// The command that a reserved word or a parenthesis starts here, if one does.
    fn compound(&mut self) -> Option<Option<CommandKind>> {
        let read = match self.reserved() {
            "if" => Self::if_command,
            "for" => Self::for_loop,
            "while" => Self::while_loop,
            "until" => Self::until_loop,
            "case" => Self::case,
            "{" => Self::group,
            "" if self.byte(0) == Some(b'(') => Self::subshell,
            _ => return Some(None),
        };
        self.nested(read).map(Some)
    }

    /// The word here, if it may be a reserved one.
    fn reserved(&self) -> &str {
        let ahead = self.cursor.ahead();
        let length = ahead.bytes().take_while(|byte| byte.is_ascii_lowercase() || matches!(byte, b'{' | b'}')).count();
        let word = &ahead[..length];
        match (word, ahead.as_bytes().get(length)) {
            (_, None | Some(b' ' | b'\t' | b'\n')) => word,
            ("fi" | "done" | "esac" | "}", Some(b';' | b'&' | b'|' | b')')) => word,
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests;
