//! The tree of a shell text: every node knows its bytes, and nothing in it is printed back.

use std::sync::Arc;

use smallvec::SmallVec;

use super::walk::{self, Visit};
use crate::text::TextRange;

/// A whole shell text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    pub body: List,
    /// Each `# ...`, up to, not including, its newline; in source order, at any depth.
    pub comments: Vec<TextRange>,
    /// What [`Script::commands`] says.
    commands: Vec<Visit>,
}

impl Script {
    /// With the comments in whatever order they were passed.
    pub(super) fn new(body: List, mut comments: Vec<TextRange>) -> Self {
        comments.sort_unstable();
        let commands = walk::commands(&body);
        Self { body, comments, commands }
    }

    /// Each command at any depth. A command comes before those inside it; otherwise they are in source order, but those
    /// in the body of a here-document come with its redirect.
    #[must_use]
    pub fn commands(&self) -> &[Visit] {
        &self.commands
    }
}

/// Commands one after the other: `a; b & c`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    pub items: Vec<ListItem>,
}

/// One entry of a [`List`], with what ends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListItem {
    pub and_or: AndOr,
    /// `None` only on the last item.
    pub separator: Option<Separator>,
}

impl ListItem {
    /// Whether the shell goes on without waiting for it: `a &`.
    #[must_use]
    pub fn in_background(&self) -> bool {
        self.separator.is_some_and(|separator| separator.kind == SeparatorKind::Background)
    }
}

/// The `;`, `&` or newline after a [`ListItem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Separator {
    pub range: TextRange,
    pub kind: SeparatorKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeparatorKind {
    Semicolon,
    Background,
    Newline,
}

/// A chain `a && b || c`; both connectors bind equally, to the left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AndOr {
    pub first: Pipeline,
    pub rest: Vec<(Connector, Pipeline)>,
}

impl AndOr {
    /// Its pipelines, in order.
    pub fn pipelines(&self) -> impl Iterator<Item = &Pipeline> {
        std::iter::once(&self.first).chain(self.rest.iter().map(|(_, pipeline)| pipeline))
    }

    /// From its first byte to its last, without what separates it from its neighbours.
    #[must_use]
    pub fn range(&self) -> TextRange {
        let last = self.rest.last().map_or(&self.first, |(_, pipeline)| pipeline);
        self.first.range.cover(last.range)
    }
}

/// The `&&` or `||` between two pipelines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connector {
    pub range: TextRange,
    pub kind: ConnectorKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectorKind {
    And,
    Or,
}

/// Commands joined by `|`; mostly just one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    pub range: TextRange,
    /// The `!` in front.
    pub negation: Option<TextRange>,
    /// At least one.
    pub commands: SmallVec<[Arc<Command>; 1]>,
    /// The `|` or `|&` after each command but the last.
    pub pipes: Vec<TextRange>,
}

/// One command with its redirects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// All of it: from the first assignment, word, keyword or redirect to the last.
    pub range: TextRange,
    pub kind: CommandKind,
    /// In source order; in a simple command they may stand before or between the words.
    pub redirects: Vec<Redirect>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandKind {
    Simple(Simple),
    /// `{ ...; }`
    Group(List),
    /// `( ... )`
    Subshell(List),
    If {
        /// Condition and body of `if` and each `elif`.
        branches: Vec<(List, List)>,
        otherwise: Option<List>,
    },
    /// `while`, `until`
    Loop {
        condition: List,
        body: List,
    },
    /// `for`, `select`; in `for ((...))` the variable is empty.
    For {
        variable: Box<str>,
        words: Vec<Word>,
        body: List,
    },
    Case {
        subject: Word,
        arms: Vec<CaseArm>,
    },
    Function {
        name: Box<str>,
        body: Arc<Command>,
    },
    /// `[[ ... ]]`, with its operands, not its operators.
    Test {
        words: Vec<Word>,
    },
    /// `(( ... ))`
    Arithmetic,
}

/// `pattern | pattern) ... ;;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseArm {
    pub patterns: Vec<Word>,
    pub body: List,
}

/// `A=b command argument`; either part may be missing. Built-ins are commands like any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simple {
    /// Those in front of the command. The operands of `export`, `local` and the like are words.
    pub assignments: Vec<Assignment>,
    /// The command's name and its arguments.
    pub words: Vec<Word>,
}

/// `name=value` or `name+=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub range: TextRange,
    /// With its subscript, if any: `name[0]`.
    pub name: String,
    /// `None` if nothing follows the `=`. An array is one word without a literal value.
    pub value: Option<Word>,
    pub append: bool,
}

/// One word, quotes and all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub range: TextRange,
    /// What the command gets, when the shell expands nothing in it: quotes and backslashes removed. `None` if there is
    /// an expansion, an unquoted glob, brace or leading tilde, or any doubt.
    pub literal: Option<Box<str>>,
    /// The commands in each `$(...)`, `` `...` ``, `<(...)` in it, however deep in quotes and `${...}`.
    pub substitutions: Box<[List]>,
}

impl Word {
    /// Whether it is exactly this value, with nothing expanded.
    #[must_use]
    pub fn is(&self, value: &str) -> bool {
        self.literal.as_deref() == Some(value)
    }
}

/// `2> file`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// From the descriptor or operator to the end of the target.
    pub range: TextRange,
    /// The number in front, if any.
    pub descriptor: Option<u32>,
    pub operator: RedirectOperator,
    /// The word behind the operator: a path, a descriptor, a here-document's delimiter as written.
    pub target: Word,
    pub heredoc: Option<Heredoc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectOperator {
    /// `<`
    Input,
    /// `>`
    Output,
    /// `>>`
    Append,
    /// `>|`
    Clobber,
    /// `<>`
    ReadWrite,
    /// `<&`
    DuplicateInput,
    /// `>&`
    DuplicateOutput,
    /// `&>`
    OutputBoth,
    /// `&>>`
    AppendBoth,
    /// `<<<`
    HereString,
    /// `<<`
    Heredoc,
    /// `<<-`
    HeredocStripTabs,
}

/// The lines a `<<` redirect reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The lines, with the last newline, without the line of the delimiter.
    pub body: TextRange,
    /// Without its quotes.
    pub delimiter: String,
    /// Whether the shell expands the body: the delimiter has no quotes.
    pub expands: bool,
    /// The commands substituted in the body.
    pub substitutions: Vec<List>,
}
