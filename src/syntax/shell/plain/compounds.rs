//! The commands that hold commands.

use std::sync::Arc;

use super::super::tree::{CaseArm, Command, CommandKind, List, Word};
use super::Reader;
use super::simple::{is_name, is_reserved};
use crate::text::TextRange;

impl Reader<'_> {
    pub(super) fn if_command(&mut self) -> Option<CommandKind> {
        let mut branches = Vec::new();
        self.keyword("if")?;
        loop {
            let condition = self.list()?;
            self.keyword("then")?;
            branches.push((condition, self.list()?));
            if self.reserved() != "elif" {
                break;
            }
            self.keyword("elif")?;
        }
        let otherwise = if self.reserved() == "else" {
            self.keyword("else")?;
            Some(self.list()?)
        } else {
            None
        };
        self.keyword("fi")?;
        Some(CommandKind::If { branches, otherwise })
    }

    pub(super) fn while_loop(&mut self) -> Option<CommandKind> {
        self.keyword("while")?;
        self.condition_and_body()
    }

    pub(super) fn until_loop(&mut self) -> Option<CommandKind> {
        self.keyword("until")?;
        self.condition_and_body()
    }

    fn condition_and_body(&mut self) -> Option<CommandKind> {
        let condition = self.list()?;
        Some(CommandKind::Loop { condition, body: self.do_done()? })
    }

    /// `for name in word ...`
    pub(super) fn for_loop(&mut self) -> Option<CommandKind> {
        self.keyword("for")?;
        let variable = self.plain_word()?.literal.filter(|name| is_name(name))?;
        self.cursor.skip_blanks();
        self.keyword("in")?;
        self.cursor.skip_blanks();
        let mut words = Vec::new();
        while !matches!(self.byte(0), Some(b';' | b'\n')) {
            words.push(self.plain_word()?);
            self.cursor.skip_blanks();
        }
        if words.is_empty() {
            return None;
        }
        if self.byte(0) == Some(b';') {
            self.cursor.operator(";").ok()?;
        }
        self.cursor.skip_lines();
        Some(CommandKind::For { variable, words, body: self.do_done()? })
    }

    fn do_done(&mut self) -> Option<List> {
        self.keyword("do")?;
        let body = self.list()?;
        self.keyword("done")?;
        Some(body)
    }

    pub(super) fn group(&mut self) -> Option<CommandKind> {
        self.keyword("{")?;
        let body = self.list()?;
        self.keyword("}")?;
        Some(CommandKind::Group(body))
    }

    pub(super) fn subshell(&mut self) -> Option<CommandKind> {
        self.parenthesis("(")?;
        // Two of them may open an arithmetic command.
        if self.byte(0) == Some(b'(') {
            return None;
        }
        let body = self.list()?;
        self.parenthesis(")")?;
        Some(CommandKind::Subshell(body))
    }

    /// `name() { ...; }`, if it is here.
    pub(super) fn function(&mut self) -> Option<Option<Command>> {
        let ahead = self.cursor.ahead();
        let length = ahead.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let name = &ahead[..length];
        if !ahead[length..].starts_with("()") {
            return Some(None);
        }
        if !is_name(name) || is_reserved(name) {
            return None;
        }
        let start = self.cursor.at();
        self.cursor.word(start, start + length).ok()?;
        self.parenthesis("(")?;
        self.parenthesis(")")?;
        self.cursor.skip_lines();
        if self.reserved() != "{" {
            return None;
        }
        let body = Arc::new(self.nested(Self::command)?);
        let range = TextRange::new(start, body.range.end());
        let kind = CommandKind::Function { name: name.into(), body };
        Some(Some(Command { range, kind, redirects: Vec::new() }))
    }

    pub(super) fn case(&mut self) -> Option<CommandKind> {
        self.keyword("case")?;
        let subject = self.plain_word()?;
        self.cursor.skip_blanks();
        self.keyword("in")?;
        self.cursor.skip_lines();
        let mut arms = Vec::new();
        while self.reserved() != "esac" {
            arms.push(self.arm()?);
            self.cursor.skip_lines();
        }
        self.keyword("esac")?;
        Some(CommandKind::Case { subject, arms })
    }

    /// `pattern | pattern) ... ;;`
    fn arm(&mut self) -> Option<CaseArm> {
        let mut patterns = Vec::new();
        if self.byte(0) == Some(b'(') {
            self.parenthesis("(")?;
        }
        loop {
            patterns.push(self.plain_word()?);
            self.cursor.skip_blanks();
            if self.byte(0) != Some(b'|') {
                break;
            }
            self.cursor.operator("|").ok()?;
        }
        self.parenthesis(")")?;
        self.cursor.skip_lines();
        let is_empty = self.byte(0) == Some(b';');
        let body = if is_empty { List { items: Vec::new() } } else { self.list()? };
        if self.reserved() != "esac" {
            self.cursor.operator(";;").ok()?;
        }
        Some(CaseArm { patterns, body })
    }

    /// The word here, if it is neither a reserved one nor a process substitution.
    fn plain_word(&mut self) -> Option<Word> {
        self.cursor.skip_blanks();
        let word = self.next_word()?;
        let raw = &self.text[word.range()];
        let is_plain = !is_reserved(raw) && !raw.starts_with(['<', '>']);
        is_plain.then(|| self.word(word))?
    }

    fn keyword(&mut self, keyword: &str) -> Option<()> {
        if self.reserved() != keyword {
            return None;
        }
        self.cursor.keyword(keyword).ok().map(drop)
    }

    /// Passes it, unless a `#` touches it: whether that starts a comment is not sure.
    fn parenthesis(&mut self, sign: &str) -> Option<()> {
        self.cursor.operator(sign).ok()?;
        (self.byte(0) != Some(b'#')).then_some(())
    }
}
