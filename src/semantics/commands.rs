//! The simple commands of a RUN, seen through what only passes them on, such as `sudo` and `env`.

use super::packages::{self, CommandLine, Manager, Managers, PackageCommand};
use super::run::{Run, Script};
use crate::known::{COMMANDS, Known};
use crate::syntax::shell::{self, Simple, Step, Word};
use crate::text::TextRange;

/// A simple command with its place. Ranges of words are offsets in the script's text; [`Command::source_range`] maps them to the file.
#[derive(Clone, Copy, Debug)]
pub struct Command<'r> {
    pub run: &'r Run<'r>,
    pub script: &'r Script,
    pub node: &'r shell::Command,
    pub simple: &'r Simple,
    /// The way to it from the script's own list inward.
    pub path: &'r [Step],
    seen: &'r Seen,
}

/// What is worked out of a simple command once.
#[derive(Debug)]
pub(super) struct Seen {
    /// Its index among the commands of the script.
    index: usize,
    /// Number of words in front that only pass the command on.
    passed_on: usize,
    /// Its program, if that is written out.
    name: Option<Name>,
    /// What is known of its program.
    known: Known,
    /// The package manager that its program is, and of how many words that consists.
    manager: Option<(&'static Manager, usize)>,
    /// What it says to that, if the verb is written out.
    line: Option<CommandLine>,
}

/// Where the name of a program stands, without its folder.
#[derive(Clone, Copy, Debug)]
enum Name {
    /// In the value of its word, from this byte on.
    From(usize),
    /// Alone, `[` is no pattern, though it starts one, so that it has no value.
    Bracket,
}

impl Name {
    fn of(words: &[Word], text: &str) -> Option<Self> {
        let word = words.first()?;
        if text.get(std::ops::Range::from(word.range)) == Some("[") {
            return Some(Self::Bracket);
        }
        Some(Self::From(word.literal.as_deref()?.rfind('/').map_or(0, |slash| slash + 1)))
    }

    fn text(self, words: &[Word]) -> Option<&str> {
        match self {
            Self::From(start) => Some(&words.first()?.literal.as_deref()?[start..]),
            Self::Bracket => Some("["),
        }
    }
}

impl Seen {
    /// What is seen of each simple command of `tree`, `text` being what it was read from.
    pub fn all(tree: &shell::Script, text: &str) -> Vec<Self> {
        let simple = tree.commands().iter().enumerate().filter_map(|(index, visit)| match &visit.command.kind {
            shell::CommandKind::Simple(simple) => Some((index, simple)),
            _ => None,
        });
        let seen = simple.map(|(index, simple)| {
            let (passed_on, known) = passed_on(&simple.words);
            let words = &simple.words[passed_on..];
            let name = Name::of(words, text);
            let known = if let Some(Name::Bracket) = name { COMMANDS.known("[") } else { known };
            let manager = name.and_then(|name| packages::manager(name.text(words)?, known, words));
            let line = manager.and_then(|(manager, program_len)| CommandLine::of(manager, program_len, words));
            Self { index, passed_on, name, known, manager, line }
        });
        let mut all = Vec::with_capacity(tree.commands().len());
        all.extend(seen);
        all
    }

    /// The package managers among `all`.
    pub fn managers(all: &[Self]) -> Managers {
        let mut managers = Managers::default();
        all.iter().filter_map(|seen| seen.manager).for_each(|(manager, _)| managers.add(manager));
        managers
    }
}

impl<'r> Command<'r> {
    pub(super) fn new(run: &'r Run<'_>, script: &'r Script, seen: &'r Seen) -> Option<Self> {
        let visit = &script.tree().commands()[seen.index];
        let shell::CommandKind::Simple(simple) = &visit.command.kind else { return None };
        Some(Self { run, script, node: &visit.command, simple, path: &visit.path, seen })
    }

    /// The program and its arguments, without `sudo` and the like in front.
    #[must_use]
    pub fn words(&self) -> &'r [Word] {
        &self.simple.words[self.seen.passed_on..]
    }

    /// Name of the program without its folder; `None` if it is not written out.
    #[must_use]
    pub fn name(&self) -> Option<&'r str> {
        self.seen.name?.text(self.words())
    }

    /// What is known of its program.
    #[must_use]
    pub(crate) fn known(&self) -> Known {
        self.seen.known
    }

    /// The package manager that its program is.
    #[must_use]
    pub fn manager(&self) -> Option<&'static Manager> {
        self.seen.manager.map(|(manager, _)| manager)
    }

    /// The same, and of how many words the program consists: three for `python -m pip`.
    pub(super) fn manager_and_length(&self) -> Option<(&'static Manager, usize)> {
        self.seen.manager
    }

    /// Whether its program is `manager`.
    #[must_use]
    pub fn is_of(&self, manager: &Manager) -> bool {
        self.manager() == Some(manager)
    }

    #[must_use]
    pub fn arguments(&self) -> &'r [Word] {
        self.words().get(1..).unwrap_or_default()
    }

    /// Whether one of the arguments is exactly `argument`.
    #[must_use]
    pub fn has_argument(&self, argument: &str) -> bool {
        self.arguments().iter().any(|word| word.is(argument))
    }

    /// Whether it is started through `sudo`.
    #[must_use]
    pub fn is_privileged(&self) -> bool {
        self.simple.words[..self.seen.passed_on].iter().any(|word| word.is("sudo"))
    }

    /// The words in front that give it more rights, as written, with a blank behind: `sudo -E `; empty if there are none.
    #[must_use]
    pub fn privilege(&self) -> String {
        let sudo = self.simple.words[..self.seen.passed_on].iter().find(|word| word.is("sudo"));
        let program = self.words().first();
        sudo.zip(program).map_or_else(String::new, |(sudo, program)| {
            let words = self.text(TextRange::new(sudo.range.start(), program.range.start())).split_whitespace();
            words.flat_map(|word| [word, " "]).collect()
        })
    }

    /// The value that an assignment in front of the command gives to `name`, as written.
    #[must_use]
    pub fn assigns(&self, name: &str) -> bool {
        let in_front = self.simple.assignments.iter().any(|assignment| assignment.name == name);
        in_front || self.simple.words[..self.seen.passed_on].iter().any(|word| assigned_name(word) == Some(name))
    }

    /// What it says to a package manager, if its program is one and the verb is written out.
    #[must_use]
    pub fn package_command(&self) -> Option<PackageCommand<'r>> {
        let line = self.seen.line.as_ref()?;
        Some(PackageCommand::new(self.manager()?, self.words(), line))
    }

    /// The same, if its program is `manager`.
    #[must_use]
    pub fn package_command_of(&self, manager: &Manager) -> Option<PackageCommand<'r>> {
        if self.is_of(manager) { self.package_command() } else { None }
    }

    /// The text at `range` as written.
    #[must_use]
    pub fn text(&self, range: TextRange) -> &'r str {
        self.script.plain().get(std::ops::Range::from(range)).unwrap_or_default()
    }

    /// Where `range` of the script's text stands in the file.
    #[must_use]
    pub fn source_range(&self, range: TextRange) -> TextRange {
        self.script.text.source_range(range)
    }

    /// The whole command in the file.
    #[must_use]
    pub fn range(&self) -> TextRange {
        self.source_range(self.node.range)
    }

    /// Whether it runs whenever everything before it in the script goes well.
    #[must_use]
    pub fn is_top_level(&self) -> bool {
        self.path.iter().all(|step| matches!(step, Step::ListItem(_) | Step::AndOr(_)))
    }
}

fn assigned_name(word: &Word) -> Option<&str> {
    word.literal.as_deref()?.split_once('=').map(|(name, _)| name)
}

/// Number of words in front of the program that only pass it on, and what is known of the program.
fn passed_on(words: &[Word]) -> (usize, Known) {
    let mut at = 0;
    while let Some(name) = words.get(at).and_then(|word| word.literal.as_deref()) {
        let options = &words[at + 1..];
        let name = name.rsplit('/').next().unwrap_or(name);
        let known = COMMANDS.known(name);
        let skipped = match name {
            "sudo" => options.iter().take_while(|word| is_plain_sudo_option(word)).count(),
            "env" => options.iter().take_while(|word| assigned_name(word).is_some_and(is_name)).count(),
            _ if known.has("passes its words on") => 0,
            _ => return (at, known),
        };
        let next = at + 1 + skipped;
        // An option that is left makes it something else, such as `command -v`.
        if words.get(next).is_none_or(|word| word.literal.as_deref().is_none_or(|text| text.starts_with('-'))) {
            return (at, known);
        }
        at = next;
    }
    (at, Known::NOTHING)
}

fn is_plain_sudo_option(word: &Word) -> bool {
    let is_plain = |option| const { COMMANDS.under("sudo") }.known(option).has("changes nothing for the program");
    word.literal.as_deref().is_some_and(is_plain) || assigned_name(word).is_some_and(is_name)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
}
