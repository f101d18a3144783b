//! What an instruction says: keyword, flags and arguments, each with its place.

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use super::dockerfile::EscapeToken;
use super::heredoc::Heredoc;
use super::json::JsonString;
use super::lex;
use super::logical::LogicalText;
use crate::text::TextRange;

/// One instruction with everything that belongs to it, heredocs included.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// From the first byte of its first line to the end of its last line, in the file.
    pub range: TextRange,
    /// The instruction on one line: continuations, comments and blank lines inside it cut out. All ranges below are offsets in it.
    pub line: LogicalText,
    pub statement: Arc<Statement>,
    pub heredocs: Vec<Heredoc>,
    /// Number of the first line, from 1.
    pub first_line: usize,
    /// Number of the last line, from 1: the terminator of the last heredoc, or a comment or blank line that a continuation swallowed.
    pub last_line: usize,
}

/// Keyword, flags and arguments of one logical line. Ranges are offsets in the instruction's [`LogicalText`].
#[derive(Clone, Debug)]
pub struct Statement {
    pub keyword: Keyword,
    pub keyword_range: TextRange,
    pub flags: Vec<Flag>,
    /// All that follows the flags, without the white space around it.
    pub arguments_range: TextRange,
    pub arguments: Arguments,
}

/// A flag such as `--mount=type=cache,target=/x`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    pub range: TextRange,
    /// The flag as BuildKit reads it: quotes and escapes removed, with its dashes.
    pub text: String,
}

impl Flag {
    /// The name, without dashes.
    #[must_use]
    pub fn name(&self) -> &str {
        let name = self.text.split_once('=').map_or(self.text.as_str(), |(name, _)| name);
        name.trim_start_matches('-')
    }

    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.text.split_once('=').map(|(_, value)| value)
    }
}

/// A word of the arguments, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub range: TextRange,
    pub text: String,
}

/// A `key=value`, or the legacy `key value`, of ENV or LABEL; quotes and variables are as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub key: Word,
    pub value: Word,
    /// Whether an `=` stands between them; the legacy form has none.
    pub equals: bool,
}

impl Pair {
    /// The value as the image gets it, but for variables, which stay as they are written. `None` if BuildKit would refuse it.
    #[must_use]
    pub fn evaluated(&self, escape: EscapeToken) -> Option<String> {
        evaluated(&self.value.text, escape)
    }
}

/// `value` without the quotes and escapes that BuildKit takes off; variables stay as they are written. `None` if BuildKit would refuse it.
#[must_use]
pub fn evaluated(value: &str, escape: EscapeToken) -> Option<String> {
    lex::value(value, escape.as_char()).ok()
}

/// The arguments, in the form that the keyword gives them.
#[derive(Clone, Debug)]
pub enum Arguments {
    None,
    /// RUN, CMD, ENTRYPOINT, SHELL in shell form; USER, WORKDIR, STOPSIGNAL, MAINTAINER: all of it is one text.
    Text(Word),
    /// The JSON form. Of RUN, CMD, ENTRYPOINT and SHELL, also of ADD, COPY and VOLUME.
    Json(Vec<JsonString>),
    /// FROM, EXPOSE, ADD, COPY, VOLUME: words between blanks, quotes having no meaning. ARG: words, quotes having one.
    Words(Vec<Word>),
    /// ENV and LABEL.
    Pairs(Vec<Pair>),
    /// HEALTHCHECK: `NONE`, or `CMD` with its command.
    Healthcheck {
        kind: Word,
        command: Box<Arguments>,
    },
    /// ONBUILD: the statement that a later build runs.
    Trigger(Box<Statement>),
    /// Of an instruction that does not exist.
    Unknown,
}

impl Arguments {
    /// The text of a shell form.
    #[must_use]
    pub fn shell_form(&self) -> Option<&Word> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The strings of a JSON form.
    #[must_use]
    pub fn exec_form(&self) -> Option<&[JsonString]> {
        match self {
            Self::Json(strings) => Some(strings),
            _ => None,
        }
    }

    #[must_use]
    pub fn words(&self) -> &[Word] {
        match self {
            Self::Words(words) => words,
            _ => &[],
        }
    }

    #[must_use]
    pub fn pairs(&self) -> &[Pair] {
        match self {
            Self::Pairs(pairs) => pairs,
            _ => &[],
        }
    }

    /// The arguments as BuildKit's parser lists them.
    #[must_use]
    pub fn list(&self) -> SmallVec<[&str; 4]> {
        match self {
            Self::None | Self::Trigger(_) => SmallVec::new(),
            Self::Text(text) => smallvec![text.text.as_str()],
            Self::Json(strings) => strings.iter().map(|string| string.value.as_str()).collect(),
            Self::Words(words) => words.iter().map(|word| word.text.as_str()).collect(),
            Self::Pairs(pairs) => pairs
                .iter()
                .flat_map(|pair| [pair.key.text.as_str(), &pair.value.text, if pair.equals { "=" } else { "" }])
                .collect(),
            Self::Healthcheck { kind, command } => std::iter::once(kind.text.as_str()).chain(command.list()).collect(),
            Self::Unknown => smallvec![""],
        }
    }

    /// Whether BuildKit took the arguments as JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        match self {
            Self::Json(_) => true,
            Self::Healthcheck { command, .. } => command.is_json(),
            _ => false,
        }
    }
}

impl Instruction {
    /// The same instruction where its file has it `by` bytes further on, from line `first_line`.
    pub(super) fn moved(&self, by: isize, first_line: usize) -> Self {
        let heredocs = self.heredocs.iter().map(|heredoc| heredoc.moved(by));
        Self {
            range: self.range.moved(by),
            line: self.line.moved(by),
            statement: Arc::clone(&self.statement),
            heredocs: heredocs.collect(),
            first_line,
            last_line: first_line + (self.last_line - self.first_line),
        }
    }

    /// Whether it is `other` itself, at whatever place of another text. If it is not, it may say the same all the same.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.statement, &other.statement)
    }

    /// A number that it shares with those that are the same by [`Instruction::is_same_as`] alone, while one of them is there.
    #[must_use]
    pub(crate) fn identity(&self) -> usize {
        Arc::as_ptr(&self.statement).addr()
    }

    #[must_use]
    pub fn keyword(&self) -> Keyword {
        self.statement.keyword
    }

    #[must_use]
    pub fn flags(&self) -> &[Flag] {
        &self.statement.flags
    }

    #[must_use]
    pub fn arguments(&self) -> &Arguments {
        &self.statement.arguments
    }

    /// The value of the flag `name`, the last one if there are several.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&str> {
        self.flags().iter().rev().find(|flag| flag.name() == name)?.value()
    }

    /// Where `range` of the logical line stands in the file.
    #[must_use]
    pub fn source_range(&self, range: TextRange) -> TextRange {
        self.line.source_range(range)
    }

    /// From the keyword to the last byte of the arguments, in the file: no line ending, no heredoc body.
    #[must_use]
    pub fn text_range(&self) -> TextRange {
        let last = self.statement.arguments_range.end().max(self.statement.keyword_range.end());
        let last = self.flags().iter().map(|flag| flag.range.end()).fold(last, usize::max);
        self.source_range(TextRange::new(self.statement.keyword_range.start(), last))
    }
}

macro_rules! keywords {
    ($($variant:ident $name:literal),* $(,)?) => {
        /// The instructions that BuildKit knows (`command/command.go`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Keyword { $($variant,)* Unknown }

        impl Keyword {
            /// Every instruction there is, in upper case.
            pub const NAMES: &[&str] = &[$($name),*];

            /// The instruction called `name`, in any case.
            #[must_use]
            pub fn named(name: &str) -> Self {
                if name.is_ascii() {
                    $(if name.eq_ignore_ascii_case($name) { return Self::$variant; })*
                    return Self::Unknown;
                }
                // Go lowers the Kelvin sign to a k, so BuildKit knows that spelling of WORKDIR.
                let lower = |c: char| c.to_lowercase().next();
                let is = |known: &str| name.chars().map(lower).eq(known.chars().map(lower));
                $(if is($name) { return Self::$variant; })*
                Self::Unknown
            }

            /// The name in upper case; empty for an unknown one.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* Self::Unknown => "" }
            }
        }
    };
}

keywords! {
    Add "ADD", Arg "ARG", Cmd "CMD", Copy "COPY", Entrypoint "ENTRYPOINT", Env "ENV", Expose "EXPOSE", From "FROM",
    Healthcheck "HEALTHCHECK", Label "LABEL", Maintainer "MAINTAINER", Onbuild "ONBUILD", Run "RUN", Shell "SHELL",
    Stopsignal "STOPSIGNAL", User "USER", Volume "VOLUME", Workdir "WORKDIR",
}
