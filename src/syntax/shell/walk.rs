//! All commands of a script, wherever they stand.

use std::sync::Arc;

use smallvec::SmallVec;

use super::tree::{Command, CommandKind, ConnectorKind, List, Pipeline, Word};

/// A command, and the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    pub command: Arc<Command>,
    /// From the script's own list inward; it starts with [`Step::ListItem`].
    pub path: SmallVec<[Step; 2]>,
}

impl Visit {
    /// Whether the command stands in the script's own list, so that it runs if everything before it goes well.
    #[must_use]
    pub fn is_top_level(&self) -> bool {
        self.path.iter().all(|step| matches!(step, Step::ListItem(_) | Step::AndOr(_)))
    }

    /// Whether the way to the command takes this step.
    #[must_use]
    pub fn is_under(&self, step: Step) -> bool {
        self.path.contains(&step)
    }
}

/// One step inward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// To the item with this index.
    ListItem(usize),
    /// The item does not keep the shell waiting: `a &`.
    Background,
    /// To the pipeline with this index in an `&&`/`||` chain.
    AndOr(usize),
    /// The pipeline stands behind `||`.
    Alternative,
    /// The pipeline has a `!`.
    Negated,
    /// To the command with this index in a pipeline of several.
    Pipe(usize),
    Group,
    Subshell,
    /// Into a condition or a body of `if`.
    Branch,
    /// Into a condition or the body of a loop.
    Loop,
    /// Into an arm of `case`.
    Case,
    /// Into the body of a function.
    Function,
    /// Into a command or process substitution of a word, an assignment, a redirect.
    Substitution,
}

/// Each command of `list` at any depth, in the order of [`super::tree::Script::commands`].
pub(super) fn commands(list: &List) -> Vec<Visit> {
    let at_least = list.items.iter().map(|item| 1 + item.and_or.rest.len()).sum();
    let mut walk = Walk { path: SmallVec::new(), found: Vec::with_capacity(at_least) };
    walk.list(list);
    walk.found
}

struct Walk {
    path: SmallVec<[Step; 2]>,
    found: Vec<Visit>,
}

impl Walk {
    fn under(&mut self, step: Step, walk: impl FnOnce(&mut Self)) {
        self.path.push(step);
        walk(self);
        self.path.pop();
    }

    fn list(&mut self, list: &List) {
        for (index, item) in list.items.iter().enumerate() {
            let depth = self.path.len();
            self.path.push(Step::ListItem(index));
            if item.in_background() {
                self.path.push(Step::Background);
            }
            self.under(Step::AndOr(0), |walk| walk.pipeline(&item.and_or.first));
            for (index, (connector, pipeline)) in item.and_or.rest.iter().enumerate() {
                self.under(Step::AndOr(index + 1), |walk| match connector.kind {
                    ConnectorKind::And => walk.pipeline(pipeline),
                    ConnectorKind::Or => walk.under(Step::Alternative, |walk| walk.pipeline(pipeline)),
                });
            }
            self.path.truncate(depth);
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        let depth = self.path.len();
        if pipeline.negation.is_some() {
            self.path.push(Step::Negated);
        }
        match pipeline.commands.as_slice() {
            [command] => self.command(command),
            commands => {
                for (index, command) in commands.iter().enumerate() {
                    self.under(Step::Pipe(index), |walk| walk.command(command));
                }
            }
        }
        self.path.truncate(depth);
    }

    fn command(&mut self, command: &Arc<Command>) {
        self.found.push(Visit { command: Arc::clone(command), path: self.path.clone() });
        if let CommandKind::Simple(simple) = &command.kind {
            let values = simple.assignments.iter().filter_map(|assignment| assignment.value.as_ref());
            let targets = command.redirects.iter().map(|redirect| &redirect.target);
            let words = values.chain(&simple.words).chain(targets);
            let mut words: Vec<&Word> = words.filter(|word| !word.substitutions.is_empty()).collect();
            words.sort_by_key(|word| word.range);
            self.words(words);
        } else {
            self.inside(&command.kind);
            self.words(command.redirects.iter().map(|redirect| &redirect.target));
        }
        for heredoc in command.redirects.iter().filter_map(|redirect| redirect.heredoc.as_ref()) {
            self.substitutions(&heredoc.substitutions);
        }
    }

    fn inside(&mut self, kind: &CommandKind) {
        match kind {
            CommandKind::Simple(_) | CommandKind::Arithmetic => {}
            CommandKind::Group(list) => self.under(Step::Group, |walk| walk.list(list)),
            CommandKind::Subshell(list) => self.under(Step::Subshell, |walk| walk.list(list)),
            CommandKind::If { branches, otherwise } => {
                let lists = branches.iter().flat_map(|(condition, body)| [condition, body]).chain(otherwise);
                self.lists(Step::Branch, lists);
            }
            CommandKind::Loop { condition, body } => self.lists(Step::Loop, [condition, body]),
            CommandKind::For { words, body, .. } => {
                self.words(words);
                self.lists(Step::Loop, [body]);
            }
            CommandKind::Case { subject, arms } => {
                self.words([subject]);
                for arm in arms {
                    self.words(&arm.patterns);
                    self.lists(Step::Case, [&arm.body]);
                }
            }
            CommandKind::Function { body, .. } => self.under(Step::Function, |walk| walk.command(body)),
            CommandKind::Test { words } => self.words(words),
        }
    }

    fn lists<'s>(&mut self, step: Step, lists: impl IntoIterator<Item = &'s List>) {
        self.under(step, |walk| lists.into_iter().for_each(|list| walk.list(list)));
    }

    fn words<'s>(&mut self, words: impl IntoIterator<Item = &'s Word>) {
        words.into_iter().for_each(|word| self.substitutions(&word.substitutions));
    }

    fn substitutions(&mut self, lists: &[List]) {
        self.lists(Step::Substitution, lists);
    }
}
