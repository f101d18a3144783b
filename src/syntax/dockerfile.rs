//! A whole Dockerfile: items that tile it from the first byte to the last (`parser/parser.go`, `parser/directives.go`).

use std::sync::Arc;

use smallvec::SmallVec;

use super::heredoc::{self, Heredoc};
use super::instruction::{Arguments, Instruction, Keyword, Statement};
use super::kept::Kept;
use super::lines::{Line, LineTooLong, Lines, continuation, is_blank, is_comment, leading_space};
use super::logical::{LogicalText, lossy};
use super::split;
use super::validate::{self, Refused};
use crate::text::{EditSet, Newline, TextRange};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A Dockerfile as text, and what stands where in it. Reading never fails: what is not understood is kept and named in [`Dockerfile::problems`].
///
/// Invariant: the items stand in the order of the file and tile it: each starts where the one before it ends.
#[derive(Clone, Debug)]
pub struct Dockerfile {
    source: Arc<[u8]>,
    items: Vec<Item>,
    escape: EscapeToken,
    newline: Newline,
    problems: Vec<Problem>,
}

#[derive(Clone, Debug)]
pub struct Item {
    pub range: TextRange,
    pub kind: ItemKind,
}

#[derive(Clone, Debug)]
pub enum ItemKind {
    ByteOrderMark,
    /// A parser directive, such as `# syntax=docker/dockerfile:1`.
    Directive(Directive),
    /// A line whose first character is `#`, outside of instructions.
    Comment,
    /// A line with nothing on it.
    Blank,
    Instruction(Instruction),
    /// What follows a place at which BuildKit gives up.
    Unread,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    pub kind: DirectiveKind,
    pub value: String,
    pub value_range: TextRange,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectiveKind {
    Syntax,
    Escape,
    Check,
}

/// The character that continues lines and escapes others: a backslash unless a directive says backtick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EscapeToken {
    #[default]
    Backslash,
    Backtick,
}

impl EscapeToken {
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Backslash => b'\\',
            Self::Backtick => b'`',
        }
    }

    #[must_use]
    pub fn as_char(self) -> char {
        char::from(self.byte())
    }
}

/// Why BuildKit refuses the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub range: TextRange,
    /// Line at which it starts, from 1.
    pub line: usize,
    /// In BuildKit's words where it has some.
    pub message: String,
    pub by: RefusedBy,
}

/// Which part of BuildKit refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedBy {
    /// Its parser: nothing after this place is read.
    Parser,
    /// Its instruction parser: the text is read, but an instruction says what it must not.
    InstructionParser,
}

impl Dockerfile {
    /// Reads `source`, which may be any bytes.
    #[must_use]
    pub fn parse(source: impl Into<Vec<u8>>) -> Self {
        let source: Vec<u8> = source.into();
        Self::parse_shared(source.into())
    }

    /// The same, for a text that others have too.
    #[must_use]
    pub fn parse_shared(source: Arc<[u8]>) -> Self {
        Self::read(source, Kept::default())
    }

    /// Reads what `edits` make of the source. What they do not touch is not read again.
    #[must_use]
    pub fn edited(&self, edits: &EditSet) -> Self {
        let kept = if self.problems.is_empty() { Kept::of(self, edits) } else { Kept::default() };
        Self::read(edits.apply(&self.source).into(), kept)
    }

    fn read(source: Arc<[u8]>, kept: Kept<'_>) -> Self {
        let mut reader = Reader::new(&source, kept);
        reader.read();
        let Reader { items, escape, mut problems, refused, .. } = reader;
        if problems.is_empty() {
            let instructions = items.iter().filter_map(Item::instruction);
            problems.extend(validate::first_problem(instructions, refused.as_ref()));
        }
        Self { newline: Newline::of(&source), source, items, escape, problems }
    }

    #[must_use]
    pub fn source(&self) -> &[u8] {
        &self.source
    }

    /// The same, to be kept.
    #[must_use]
    pub fn shared_source(&self) -> Arc<[u8]> {
        Arc::clone(&self.source)
    }

    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The items that start at `offset` or behind it.
    #[must_use]
    pub fn items_from(&self, offset: usize) -> &[Item] {
        &self.items[self.items.partition_point(|item| item.range.start() < offset)..]
    }

    /// The items that end behind `offset`.
    #[must_use]
    pub fn items_behind(&self, offset: usize) -> &[Item] {
        &self.items[self.items.partition_point(|item| item.range.end() <= offset)..]
    }

    /// The items that end at `offset` or before it.
    #[must_use]
    pub fn items_up_to(&self, offset: usize) -> &[Item] {
        &self.items[..self.items.partition_point(|item| item.range.end() <= offset)]
    }

    /// The index of `instruction` among the items.
    #[must_use]
    pub fn place_of(&self, instruction: &Instruction) -> Option<usize> {
        let place = self.items.partition_point(|item| item.range.start() < instruction.range.start());
        self.items.get(place).filter(|item| item.range == instruction.range).map(|_| place)
    }

    /// The line ending that new lines should have.
    #[must_use]
    pub fn newline(&self) -> Newline {
        self.newline
    }

    #[must_use]
    pub fn escape(&self) -> EscapeToken {
        self.escape
    }

    /// Why BuildKit refuses the file; empty if it takes it. BuildKit stops at the first, and so does this list.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The instructions in the order of the file.
    pub fn instructions(&self) -> impl DoubleEndedIterator<Item = &Instruction> {
        self.items.iter().filter_map(Item::instruction)
    }

    /// The bytes at `range` of the file.
    #[must_use]
    pub fn slice(&self, range: TextRange) -> &[u8] {
        &self.source[range]
    }
}

impl Item {
    #[must_use]
    pub fn instruction(&self) -> Option<&Instruction> {
        match &self.kind {
            ItemKind::Instruction(instruction) => Some(instruction),
            _ => None,
        }
    }

    /// The same item where its file has it `by` bytes further on, from line `first_line`. It is no directive, whose value has a place of its own.
    pub(super) fn moved(&self, by: isize, first_line: usize) -> Self {
        let kind = match &self.kind {
            ItemKind::Instruction(instruction) => ItemKind::Instruction(instruction.moved(by, first_line)),
            other => other.clone(),
        };
        Self { range: self.range.moved(by), kind }
    }

    fn line_count(&self) -> usize {
        self.instruction().map_or(1, |instruction| 1 + instruction.last_line - instruction.first_line)
    }
}

struct Reader<'s> {
    source: &'s Arc<[u8]>,
    kept: Kept<'s>,
    lines: Lines<'s>,
    items: Vec<Item>,
    escape: EscapeToken,
    problems: Vec<Problem>,
    /// The first instruction of those that are read here. What is kept was not refused.
    refused: Option<Refused>,
    directives: Directives,
}

/// BuildKit gives up: where, and why.
struct Refusal {
    line: usize,
    start: usize,
    message: String,
}

impl<'s> Reader<'s> {
    fn new(source: &'s Arc<[u8]>, kept: Kept<'s>) -> Self {
        Self {
            source,
            lines: Lines::new(source),
            items: Vec::with_capacity(kept.count()),
            kept,
            escape: EscapeToken::default(),
            problems: Vec::new(),
            refused: None,
            directives: Directives::default(),
        }
    }

    fn read(&mut self) {
        let refusal = loop {
            match self.read_item() {
                Ok(true) => {}
                Ok(false) => break None,
                Err(refusal) => break Some(refusal),
            }
        };
        let unread = TextRange::new(self.items.last().map_or(0, |item| item.range.end()), self.source.len());
        if !unread.is_empty() {
            self.items.push(Item { range: unread, kind: ItemKind::Unread });
        }
        let refusal = refusal.or_else(|| {
            let none = !self.items.iter().any(|item| item.instruction().is_some());
            none.then(|| Refusal {
                line: self.lines.number.max(1),
                start: 0,
                message: "file with no instructions".to_owned(),
            })
        });
        if let Some(Refusal { line, start, message }) = refusal {
            let range = TextRange::new(start, self.lines.offset().max(start));
            self.problems.push(Problem { range, line, message, by: RefusedBy::Parser });
        }
    }

    /// Reads what starts at the next line. `false` at the end of the file.
    fn read_item(&mut self) -> Result<bool, Refusal> {
        if let Some(item) = self.kept_item() {
            self.lines.skip(item.range.len(), item.line_count());
            self.items.push(item);
            return Ok(true);
        }
        let Some(mut line) = self.next_line(self.lines.offset(), self.lines.number + 1)? else { return Ok(false) };
        if self.lines.number == 1 && line.text.starts_with(BYTE_ORDER_MARK) {
            let mark_end = BYTE_ORDER_MARK.len();
            self.items.push(Item { range: TextRange::new(0, mark_end), kind: ItemKind::ByteOrderMark });
            line = Line { range: TextRange::new(mark_end, line.range.end()), text: &line.text[mark_end..] };
        }
        let indent = leading_space(line.text);
        let text = &line.text[indent..];
        let directive = self.directives.read(text, line.range.start() + indent);
        let directive = directive.map_err(|message| self.refusal_at(line, message))?;
        let kind = match directive {
            Some(directive) => {
                if directive.kind == DirectiveKind::Escape {
                    self.escape = match directive.value.as_str() {
                        "\\" => EscapeToken::Backslash,
                        "`" => EscapeToken::Backtick,
                        other => {
                            let message = format!("invalid escape token '{other}' does not match ` or \\");
                            return Err(self.refusal_at(line, message));
                        }
                    };
                }
                ItemKind::Directive(directive)
            }
            None if text.first() == Some(&b'#') => ItemKind::Comment,
            None if text.is_empty() => ItemKind::Blank,
            None => {
                let instruction = self.instruction(line, indent)?;
                self.refused = self.refused.take().or_else(|| Refused::of(&instruction));
                ItemKind::Instruction(instruction)
            }
        };
        let end = match &kind {
            ItemKind::Instruction(instruction) => instruction.range.end(),
            _ => line.range.end(),
        };
        self.items.push(Item { range: TextRange::new(line.range.start(), end), kind });
        Ok(true)
    }

    /// What stands at the next line and was read before.
    fn kept_item(&mut self) -> Option<Item> {
        if !self.directives.ended {
            return None;
        }
        self.kept.item_at(self.lines.offset(), self.lines.number + 1, self.escape)
    }

    fn refusal_at(&self, line: Line<'_>, message: String) -> Refusal {
        Refusal { line: self.lines.number, start: line.range.start(), message }
    }

    fn next_line(&mut self, start: usize, first_line: usize) -> Result<Option<Line<'s>>, Refusal> {
        self.lines.next_line().map_err(|LineTooLong| Refusal {
            line: first_line,
            start,
            message: "dockerfile line greater than max allowed size of 65535".to_owned(),
        })
    }

    /// The instruction whose first line, indented by `indent` bytes, is `line`.
    fn instruction(&mut self, line: Line<'s>, indent: usize) -> Result<Instruction, Refusal> {
        let (start, first_line) = (line.range.start(), self.lines.number);
        let refusal = |message| Refusal { line: first_line, start, message };
        let joined = self.joined_line(line, indent)?;
        let whole = TextRange::new(0, joined.bytes().len());
        let statement = split::statement(joined.bytes(), whole, self.escape.byte()).map_err(refusal)?;
        let markers =
            if takes_heredocs(&statement) { heredoc::markers(joined.bytes()).map_err(refusal)? } else { Vec::new() };
        let mut heredocs = Vec::new();
        for marker in markers {
            let body_start = self.lines.offset();
            let terminator = loop {
                let line =
                    self.next_line(start, first_line)?.ok_or_else(|| refusal("unterminated heredoc".to_owned()))?;
                if marker.ends_at(line.text) {
                    break line.range;
                }
            };
            heredocs.push(Heredoc { marker, body: TextRange::new(body_start, terminator.start()), terminator });
        }
        Ok(Instruction {
            range: TextRange::new(start, self.lines.offset()),
            line: joined,
            statement: Arc::new(statement),
            heredocs,
            first_line,
            last_line: self.lines.number,
        })
    }

    /// The line and those it is continued in, without what continues them and without comments and blank lines.
    fn joined_line(&mut self, first: Line<'s>, indent: usize) -> Result<LogicalText, Refusal> {
        let (start, first_line) = (first.range.start(), self.lines.number);
        let mut pieces: SmallVec<[(&[u8], usize); 8]> = SmallVec::new();
        let mut text = &first.text[indent..];
        let mut text_start = first.range.start() + indent;
        while let Some(end) = continuation(text, self.escape.byte()) {
            pieces.push((&text[..end], text_start));
            loop {
                let Some(line) = self.next_line(start, first_line)? else { return Ok(LogicalText::of_pieces(&pieces)) };
                if !is_comment(line.text) && !is_blank(line.text) {
                    (text, text_start) = (line.text, line.range.start());
                    break;
                }
            }
        }
        if pieces.is_empty() {
            return Ok(LogicalText::of_source(self.source, TextRange::new(text_start, text_start + text.len())));
        }
        pieces.push((text, text_start));
        Ok(LogicalText::of_pieces(&pieces))
    }
}

/// Whether heredocs are looked for: in ADD, COPY and RUN that are not in JSON form, and in ONBUILD of those.
fn takes_heredocs(statement: &Statement) -> bool {
    let statement = match &statement.arguments {
        Arguments::Trigger(trigger) => trigger,
        _ => statement,
    };
    matches!(statement.keyword, Keyword::Add | Keyword::Copy | Keyword::Run) && !statement.arguments.is_json()
}

/// Reads the region at the top of a file in which parser directives count.
#[derive(Default)]
struct Directives {
    seen: Vec<DirectiveKind>,
    ended: bool,
}

impl Directives {
    /// The directive that `line`, whose first byte stands at `offset`, is.
    fn read(&mut self, line: &[u8], offset: usize) -> Result<Option<Directive>, String> {
        if self.ended {
            return Ok(None);
        }
        let Some((kind, value)) = directive(line) else {
            self.ended = true;
            return Ok(None);
        };
        if self.seen.contains(&kind) {
            return Err(format!("only one {} parser directive can be used", kind.name()));
        }
        self.seen.push(kind);
        Ok(Some(Directive { kind, value: lossy(&line[value]), value_range: value.shift(offset) }))
    }
}

impl DirectiveKind {
    /// The key, in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Escape => "escape",
            Self::Check => "check",
        }
    }
}

/// Key and value of `# key = value`.
fn directive(line: &[u8]) -> Option<(DirectiveKind, TextRange)> {
    let space = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ');
    let rest = line.strip_prefix(b"#")?;
    let rest = &rest[leading_space(rest)..];
    let key_len = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let (key, rest) = rest.split_at(key_len);
    let kind = [DirectiveKind::Syntax, DirectiveKind::Escape, DirectiveKind::Check]
        .into_iter()
        .find(|kind| key.eq_ignore_ascii_case(kind.name().as_bytes()))?;
    let value = rest[rest.iter().take_while(|byte| space(byte)).count()..].strip_prefix(b"=")?;
    if value.is_empty() {
        return None;
    }
    let value_start = line.len() - value.len();
    // A value that is only white space is its last character: BuildKit's expression wants at least one.
    let start = value.iter().take_while(|byte| space(byte)).count().min(value.len() - 1);
    let end = value.iter().rposition(|byte| !space(byte)).map_or(value.len(), |last| last + 1);
    Some((kind, TextRange::new(value_start + start, value_start + end)))
}
