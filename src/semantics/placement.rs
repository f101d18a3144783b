//! Where a command can be added to a script so that everything else in it keeps its meaning, in the style of the script.

use super::cleanups;
use super::commands::Command;
use super::run::{Run, Script};
use crate::known::COMMANDS;
use crate::syntax::Dockerfile;
use crate::syntax::shell::{self, AndOr, CommandKind, Pipeline, Step};
use crate::text::{Edit, TextRange, indent_at, is_blank, line_start};

/// Longest line that a command is added to without a line break, in bytes.
const LINE_BYTES_MAX: usize = 100;
const DEFAULT_INDENT: &str = "    ";

/// Adds commands to the script of one RUN.
#[derive(Clone, Copy)]
pub struct Placement<'r> {
    file: &'r Dockerfile,
    run: &'r Run<'r>,
    script: &'r Script,
}

/// What happens after a command of a script has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AfterFailure {
    Stops,
    GoesOn,
    Unknown,
}

impl AfterFailure {
    pub fn in_run(run: &Run<'_>) -> Self {
        let commands = run.commands();
        let settings: Vec<_> = commands.iter().filter(|command| changes_errexit(command)).collect();
        let starts_with_set =
            |command: &Command<'_>| command.path == [Step::ListItem(0), Step::AndOr(0)] && turns_errexit_on(command);
        match settings.as_slice() {
            [] if run.shell.stops_on_error() => Self::Stops,
            [] => Self::GoesOn,
            [only] if starts_with_set(only) => Self::Stops,
            _ => Self::Unknown,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    And,
    Semicolon,
}

impl<'r> Placement<'r> {
    /// `None` if the script cannot be read.
    #[must_use]
    pub fn of(file: &'r Dockerfile, run: &'r Run<'_>) -> Option<Self> {
        Some(Self { file, run, script: run.script.as_ref().ok()? })
    }

    /// Adds `command` behind everything else, to run if all of it went well.
    ///
    /// # Errors
    /// Why that cannot be done, in words for the user.
    pub fn append(self, command: &str) -> Result<Edit, String> {
        let Some(item) = self.script.tree().body.items.last() else { return Err("the script is empty".to_owned()) };
        if item.in_background() {
            return Err("the script ends with a command in the background".to_owned());
        }
        let last = item.and_or.rest.last().map_or(&item.and_or.first, |(_, pipeline)| pipeline);
        if ends_shell(last) {
            return Err("the script ends with `exit` or `exec`".to_owned());
        }
        self.no_comment_behind(last)?;
        let alone = item.and_or.rest.is_empty();
        let joint = match self.after_failure() {
            // `-e` does not look at what a `!` negates, but the build does if it comes last.
            _ if alone && last.negation.is_some() => Joint::And,
            AfterFailure::Stops if alone => Joint::Semicolon,
            _ if self.is_simple(&item.and_or) => Joint::And,
            AfterFailure::GoesOn if !self.has_set() => Joint::And,
            _ => return Err("what the end of the script returns depends on `set -e`".to_owned()),
        };
        let (last, joint) = self.before_later_cleanups(last, joint, command);
        Ok(self.edit(last, joint, command))
    }

    /// Steps back over commands at the end that empty caches too and come later in the alphabet, so that it does not matter in which order such
    /// commands are added.
    fn before_later_cleanups(self, last: &'r Pipeline, joint: Joint, command: &str) -> (&'r Pipeline, Joint) {
        let is_later = |pipeline: &Pipeline| {
            let text = String::from_utf8_lossy(&self.script.text.bytes()[pipeline.range]);
            cleanups::is_cleanup(command) && cleanups::is_cleanup(&text) && *text > *command
        };
        let items = &self.script.tree().body.items;
        let chain = items.last().map(|item| item.and_or.pipelines().collect::<Vec<_>>()).unwrap_or_default();
        let place = chain.iter().rposition(|pipeline| !is_later(pipeline));
        match place {
            Some(index) if index + 1 == chain.len() => (last, joint),
            Some(index) => (chain[index], Joint::And),
            None => {
                let before = items
                    .iter()
                    .rev()
                    .skip(1)
                    .find(|item| !(item.and_or.rest.is_empty() && is_later(&item.and_or.first)));
                let plain = before.filter(|item| item.and_or.rest.is_empty() && item.and_or.first.negation.is_none());
                plain.filter(|_| joint == Joint::Semicolon).map_or((last, joint), |item| (&item.and_or.first, joint))
            }
        }
    }

    /// Adds `command` directly behind `after`, to run if that went well.
    ///
    /// # Errors
    /// Why that cannot be done, in words for the user.
    pub fn insert_after(self, after: &Command<'_>, command: &str) -> Result<Edit, String> {
        let [Step::ListItem(item), Step::AndOr(index)] = after.path else {
            return Err("it does not run unconditionally".to_owned());
        };
        let items = &self.script.tree().body.items;
        let Some(entry) = items.get(*item) else { return Err("it does not run unconditionally".to_owned()) };
        let is_last_item = item + 1 == items.len();
        let is_last = *index == entry.and_or.rest.len();
        if is_last_item && is_last {
            return self.append(command);
        }
        let pipeline = entry.and_or.pipelines().nth(*index).unwrap_or(&entry.and_or.first);
        self.no_comment_behind(pipeline)?;
        let joint = match self.after_failure() {
            AfterFailure::Stops if is_last => Joint::Semicolon,
            AfterFailure::Stops | AfterFailure::GoesOn => Joint::And,
            AfterFailure::Unknown if !is_last => Joint::And,
            AfterFailure::Unknown => return Err("what follows it depends on `set -e`".to_owned()),
        };
        Ok(self.edit(pipeline, joint, command))
    }

    /// A comment on the same line would no longer stand behind what it is about.
    fn no_comment_behind(self, pipeline: &Pipeline) -> Result<(), String> {
        let text = self.script.text.bytes();
        let is_behind = |comment: &&TextRange| {
            comment.start() >= pipeline.range.end()
                && !text[TextRange::new(pipeline.range.end(), comment.start())].contains(&b'\n')
        };
        let behind = self.script.tree().comments.iter().find(is_behind);
        behind.map_or(Ok(()), |_| Err("a shell comment stands behind the last command".to_owned()))
    }

    fn after_failure(self) -> AfterFailure {
        AfterFailure::in_run(self.run)
    }

    fn has_set(self) -> bool {
        self.run.commands().iter().any(|command| command.name() == Some("set"))
    }

    /// Whether the chain consists of simple commands that are no functions, so that `&&` behind it changes nothing in it.
    fn is_simple(self, chain: &AndOr) -> bool {
        let functions = self.script.tree().commands();
        let is_function = |name: &str| {
            functions.iter().any(
                |visit| matches!(&visit.command.kind, CommandKind::Function { name: known, .. } if **known == *name),
            )
        };
        chain.pipelines().flat_map(|pipeline| &pipeline.commands).all(|command| match &command.kind {
            CommandKind::Simple(simple) => {
                simple.words.first().and_then(|word| word.literal.as_deref()).is_none_or(|name| !is_function(name))
            }
            _ => false,
        })
    }

    fn edit(self, pipeline: &Pipeline, joint: Joint, command: &str) -> Edit {
        let at = self.script.text.source_range(pipeline.range).end();
        let newline = self.file.newline().as_str();
        let escape = self.file.escape().as_char();
        let text = if self.script.is_heredoc {
            match joint {
                Joint::And => format!(" && {command}"),
                // The line after it is the body of a here-document.
                Joint::Semicolon if has_heredoc(pipeline) => format!("; {command}"),
                Joint::Semicolon => format!("{newline}{}{command}", self.heredoc_indent(at)),
            }
        } else if !self.is_multi_line() && self.line_len_with(at, command) <= LINE_BYTES_MAX {
            match joint {
                Joint::And => format!(" && {command}"),
                Joint::Semicolon => format!("; {command}"),
            }
        } else {
            let Style { connector_leads, indent } = Style::of(self.file, self.script);
            match joint {
                Joint::And if connector_leads => format!(" {escape}{newline}{indent}&& {command}"),
                Joint::And => format!(" && {escape}{newline}{indent}{command}"),
                Joint::Semicolon => format!("; {escape}{newline}{indent}{command}"),
            }
        };
        Edit::insert(at, text)
    }

    fn is_multi_line(self) -> bool {
        let range = self.script.text.source_range(TextRange::new(0, self.script.text.bytes().len()));
        self.file.slice(range).contains(&b'\n')
    }

    fn line_len_with(self, at: usize, command: &str) -> usize {
        at - line_start(self.file.source(), at) + command.len() + 4
    }

    fn heredoc_indent(self, at: usize) -> String {
        indent_at(self.file.source(), at)
    }
}

/// How a script breaks its lines.
pub(super) struct Style {
    /// Whether `&&` stands at the start of lines rather than at their end.
    pub connector_leads: bool,
    pub indent: String,
}

impl Style {
    pub fn of(file: &Dockerfile, script: &Script) -> Self {
        let source = file.source();
        let lead = |range| {
            let start = script.text.source_range(range).start();
            &source[line_start(source, start)..start]
        };
        let indents = |lead: &&[u8]| is_blank(lead) && !lead.is_empty();
        let mut connectors = script.tree().body.items.iter().flat_map(|item| &item.and_or.rest).rev();
        let style = connectors.find_map(|(connector, pipeline)| {
            let before = Some(lead(connector.range)).filter(|lead| is_blank(lead));
            let (connector_leads, lead) = match before {
                Some(lead) => (true, lead),
                None => (false, Some(lead(pipeline.range)).filter(indents)?),
            };
            Some(Self { connector_leads, indent: String::from_utf8_lossy(lead).into_owned() })
        });
        style.unwrap_or_else(|| {
            let mut leads = script.tree().body.items.iter().rev().map(|item| lead(item.and_or.range()));
            let indent = leads.find(indents);
            let indent = indent.map(|lead| String::from_utf8_lossy(lead).into_owned());
            Self { connector_leads: true, indent: indent.unwrap_or_else(|| DEFAULT_INDENT.to_owned()) }
        })
    }
}

/// Whether one of its redirects may take the lines below. A compound command counts, since one inside it may.
fn has_heredoc(pipeline: &Pipeline) -> bool {
    fn in_command(command: &shell::Command) -> bool {
        command.redirects.iter().any(|redirect| redirect.heredoc.is_some())
            || !matches!(command.kind, CommandKind::Simple(_))
    }
    pipeline.commands.iter().any(|command| in_command(command))
}

/// Whether nothing that follows it in the script runs.
fn ends_shell(pipeline: &Pipeline) -> bool {
    pipeline.commands.iter().any(|command| match &command.kind {
        CommandKind::Simple(simple) => {
            let first = simple.words.first().and_then(|word| word.literal.as_deref());
            first.is_some_and(|name| COMMANDS.has(name, "ends its shell"))
        }
        _ => false,
    })
}

/// Whether the command may turn `-e` on or off.
fn changes_errexit(command: &Command<'_>) -> bool {
    command.name() == Some("set")
        && command.arguments().iter().any(|word| match word.literal.as_deref() {
            Some(option) => option == "errexit" || (option.starts_with(['-', '+']) && option.contains('e')),
            None => true,
        })
}

fn turns_errexit_on(command: &Command<'_>) -> bool {
    let mut options = command.arguments().iter();
    options.any(|word| word.literal.as_deref().is_some_and(|option| option.starts_with('-') && option.contains('e')))
}
