//! Turns what `shuck` reads into our tree; the only place that knows this crate.
//!
//! Its tree and the text are walked side by side: a token counts only if the text has it where the tree says so.

mod compound;
mod redirects;
mod words;

use std::sync::Arc;

use shuck_ast::{
    BackgroundOperator, BinaryCommand, BinaryOp, BuiltinCommand, Command as Node, DeclOperand, FunctionDef,
    Redirect as RedirectNode, Span, Stmt, StmtSeq, StmtTerminator, Word as WordNode,
};
use shuck_parser::parser::{Parser, ShellDialect};
use smallvec::{SmallVec, smallvec};

use crate::text::TextRange;

use super::Dialect;
use super::cursor::Cursor;
use super::opaque::Opaque;
use super::tree::{
    AndOr, Command, CommandKind, Connector, ConnectorKind, List, ListItem, Pipeline, Redirect, Script, Separator,
    SeparatorKind, Simple,
};

/// Nodes nested in each other, before a text is left unread.
const DEPTH_MAX: usize = 200;

/// No command has such a name, unless it is quoted.
const RESERVED: [&str; 16] =
    ["!", "{", "}", "if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac", "in"];

const UNKNOWN_CONSTRUCT: Opaque = Opaque::because("a construct is not one of sh or bash that we know");

pub(super) fn read(text: &str, dialect: Dialect) -> Result<Script, Opaque> {
    let dialect = match dialect {
        Dialect::Posix => ShellDialect::Posix,
        Dialect::Bash => ShellDialect::Bash,
    };
    let parsed = Parser::with_dialect(text, dialect).parse();
    if !parsed.is_ok() || !parsed.diagnostics.is_empty() {
        return Err(Opaque::because("the shell grammar does not accept it"));
    }
    let mut reader = Reader { text, cursor: Cursor::new(text), depth: 0 };
    let body = reader.list(&parsed.file.body)?;
    reader.cursor.finish()?;
    Ok(Script::new(body, reader.cursor.comments))
}

/// Fills our tree while the cursor confirms each token.
struct Reader<'t> {
    text: &'t str,
    cursor: Cursor<'t>,
    depth: usize,
}

/// A part of a simple command.
enum Piece<'n> {
    Assignment(&'n shuck_ast::Assignment),
    /// An assignment that is an operand, as of `export`.
    AssignedOperand(&'n shuck_ast::Assignment),
    Word(&'n WordNode),
    Name(Span),
    Redirect(&'n RedirectNode),
}

impl Piece<'_> {
    fn span(&self) -> Span {
        match self {
            Piece::Assignment(node) | Piece::AssignedOperand(node) => node.span,
            Piece::Word(node) => node.span,
            Piece::Name(span) => *span,
            Piece::Redirect(node) => node.span,
        }
    }
}

impl Reader<'_> {
    fn list(&mut self, nodes: &StmtSeq) -> Result<List, Opaque> {
        self.nested(|reader| {
            let mut items: Vec<ListItem> = Vec::with_capacity(nodes.stmts.len());
            for node in nodes.iter() {
                if items.last().is_some_and(|before| before.separator.is_none()) {
                    return Err(UNKNOWN_CONSTRUCT);
                }
                reader.cursor.skip_lines();
                let and_or = reader.and_or(node)?;
                let separator = reader.separator(node.terminator)?;
                items.push(ListItem { and_or, separator });
            }
            reader.cursor.skip_lines();
            Ok(List { items })
        })
    }

    /// Reads something one level further down, if that is not too far.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Opaque>) -> Result<T, Opaque> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Opaque::because("it is nested too deeply"));
        }
        let read = read(self)?;
        self.depth -= 1;
        Ok(read)
    }

    /// A list where the grammar wants a command.
    fn body(&mut self, nodes: &StmtSeq) -> Result<List, Opaque> {
        if nodes.is_empty() {
            return Err(Opaque::because("a command is missing"));
        }
        self.list(nodes)
    }

    /// Whether it is `;`, a newline or nothing, the text alone knows; a `&` must be reported.
    fn separator(&mut self, reported: Option<StmtTerminator>) -> Result<Option<Separator>, Opaque> {
        if let Some(StmtTerminator::Background(operator)) = reported {
            if operator != BackgroundOperator::Plain {
                return Err(UNKNOWN_CONSTRUCT);
            }
            let range = self.cursor.operator("&")?;
            return Ok(Some(Separator { range, kind: SeparatorKind::Background }));
        }
        if let Some(range) = self.cursor.newline() {
            return Ok(Some(Separator { range, kind: SeparatorKind::Newline }));
        }
        if reported.is_none() && self.cursor.next_operator() != Some(";") {
            return Ok(None);
        }
        let range = self.cursor.operator(";")?;
        Ok(Some(Separator { range, kind: SeparatorKind::Semicolon }))
    }

    fn and_or(&mut self, node: &Stmt) -> Result<AndOr, Opaque> {
        let (first, rest) = chain(node, |op| match op {
            BinaryOp::And => Some(ConnectorKind::And),
            BinaryOp::Or => Some(ConnectorKind::Or),
            BinaryOp::Pipe | BinaryOp::PipeAll => None,
        });
        let first = self.pipeline(first)?;
        let rest = rest
            .into_iter()
            .map(|(kind, node)| {
                let range = self.cursor.operator(if kind == ConnectorKind::And { "&&" } else { "||" })?;
                self.cursor.skip_lines();
                Ok((Connector { range, kind }, self.pipeline(node)?))
            })
            .collect::<Result<_, _>>()?;
        Ok(AndOr { first, rest })
    }

    fn pipeline(&mut self, node: &Stmt) -> Result<Pipeline, Opaque> {
        self.cursor.skip_blanks();
        let start = self.cursor.at();
        let negation = node.negated.then(|| self.cursor.keyword("!")).transpose()?;
        let (first, rest) = chain(node, |op| match op {
            BinaryOp::Pipe => Some("|"),
            BinaryOp::PipeAll => Some("|&"),
            BinaryOp::And | BinaryOp::Or => None,
        });
        let mut commands: SmallVec<[_; 1]> = smallvec![Arc::new(self.command(first)?)];
        let mut pipes = Vec::with_capacity(rest.len());
        for (pipe, node) in rest {
            pipes.push(self.cursor.operator(pipe)?);
            self.cursor.skip_lines();
            commands.push(Arc::new(self.command(node)?));
        }
        let range = TextRange::new(start, self.cursor.at());
        Ok(Pipeline { range, negation, commands, pipes })
    }

    fn command(&mut self, node: &Stmt) -> Result<Command, Opaque> {
        self.cursor.skip_blanks();
        let start = self.cursor.at();
        let (kind, redirects) = match &node.command {
            Node::Compound(compound) => {
                let kind = self.compound(compound)?;
                (kind, self.redirects(&node.redirects)?)
            }
            Node::Function(function) => {
                let kind = self.function(function)?;
                (kind, self.redirects(&node.redirects)?)
            }
            Node::Binary(_) | Node::AnonymousFunction(_) => return Err(UNKNOWN_CONSTRUCT),
            Node::Simple(_) | Node::Builtin(_) | Node::Decl(_) => self.simple(node)?,
        };
        Ok(Command { range: TextRange::new(start, self.cursor.at()), kind, redirects })
    }

    fn simple(&mut self, node: &Stmt) -> Result<(CommandKind, Vec<Redirect>), Opaque> {
        let (mut name, mut pieces) = pieces(&node.command);
        pieces.extend(node.redirects.iter().map(Piece::Redirect));
        pieces.retain(|piece| piece.span().start != piece.span().end);
        pieces.sort_by_key(|piece| piece.span().start.offset());
        // `&>> file` is reported as two redirects that start at the same place, the whole one first.
        pieces.dedup_by_key(|piece| piece.span().start.offset());

        let mut simple = Simple { assignments: Vec::new(), words: Vec::new() };
        let mut redirects = Vec::new();
        for piece in pieces {
            self.cursor.skip_blanks();
            if self.cursor.at() != piece.span().start.offset() {
                simple.words.extend(self.built_in(name.take())?);
            }
            match piece {
                Piece::Assignment(node) => simple.assignments.push(self.assignment(node)?),
                Piece::AssignedOperand(node) => simple.words.push(self.assigned_operand(node)?),
                Piece::Word(node) => simple.words.push(self.word(node)?),
                Piece::Name(span) => simple.words.push(self.plain_word(span)?),
                Piece::Redirect(node) => redirects.push(self.redirect(node)?),
            }
        }
        simple.words.extend(self.built_in(name)?);
        let is_empty = simple.words.is_empty() && simple.assignments.is_empty() && redirects.is_empty();
        let name = simple.words.first().map(|word| &self.text[word.range]);
        if is_empty || name.is_some_and(|name| RESERVED.contains(&name)) {
            return Err(Opaque::because("a command is missing"));
        }
        if name.is_some_and(is_subscripted) {
            return Err(Opaque::because("a command's name looks like the element of an array"));
        }
        Ok((CommandKind::Simple(simple), redirects))
    }

    fn function(&mut self, node: &FunctionDef) -> Result<CommandKind, Opaque> {
        if node.header.function_keyword_span.is_some() {
            self.cursor.keyword("function")?;
        }
        let [entry] = node.header.entries.as_slice() else { return Err(UNKNOWN_CONSTRUCT) };
        let name = self.word(&entry.word)?.literal.ok_or(UNKNOWN_CONSTRUCT)?;
        if node.header.trailing_parens_span.is_some() {
            self.cursor.operator("(")?;
            self.cursor.operator(")")?;
        }
        self.cursor.skip_lines();
        Ok(CommandKind::Function { name, body: Arc::new(self.command(&node.body)?) })
    }
}

/// Whether a word starts as `name[`, which `bash` and `sh` read differently in front of a command.
fn is_subscripted(word: &str) -> bool {
    let length = word.find(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    length.is_some_and(|length| length > 0 && word[length..].starts_with('['))
}

/// The leftmost operand of a left-nested chain of the operators that `kind` knows, and the others in order.
fn chain<K>(node: &Stmt, kind: impl Fn(BinaryOp) -> Option<K>) -> (&Stmt, Vec<(K, &Stmt)>) {
    let mut left = node;
    let mut rest = Vec::new();
    while let Node::Binary(BinaryCommand { left: next, op, right, .. }) = &left.command {
        let Some(kind) = kind(*op) else { break };
        rest.push((kind, &**right));
        left = next;
    }
    rest.reverse();
    (left, rest)
}

/// The parts of a simple command in no order, and the name of a built-in whose place is not reported.
fn pieces(node: &Node) -> (Option<&str>, Vec<Piece<'_>>) {
    let (name, assignments, words): (_, _, Vec<Piece<'_>>) = match node {
        Node::Simple(node) => {
            (None, &node.assignments, std::iter::once(&node.name).chain(&node.args).map(Piece::Word).collect())
        }
        Node::Decl(node) => {
            let operands = node.operands.iter().map(|operand| match operand {
                DeclOperand::Flag(word) | DeclOperand::Dynamic(word) => Piece::Word(word),
                DeclOperand::Name(variable) => Piece::Name(variable.span),
                DeclOperand::Assignment(assignment) => Piece::AssignedOperand(assignment),
            });
            (Some(node.variant.as_str()), &node.assignments, operands.collect())
        }
        Node::Builtin(node) => {
            let (name, assignments, first, rest) = match node {
                BuiltinCommand::Break(node) => ("break", &node.assignments, &node.depth, &node.extra_args),
                BuiltinCommand::Continue(node) => ("continue", &node.assignments, &node.depth, &node.extra_args),
                BuiltinCommand::Return(node) => ("return", &node.assignments, &node.code, &node.extra_args),
                BuiltinCommand::Exit(node) => ("exit", &node.assignments, &node.code, &node.extra_args),
            };
            (Some(name), assignments, first.iter().chain(rest).map(Piece::Word).collect())
        }
        Node::Binary(_) | Node::Compound(_) | Node::Function(_) | Node::AnonymousFunction(_) => {
            return (None, Vec::new());
        }
    };
    (name, assignments.iter().map(Piece::Assignment).chain(words).collect())
}
