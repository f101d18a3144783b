//! One RUN: what it starts, with what mounted, and the shell text it hands over.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::commands::{Command, Seen};
use super::gain;
use super::layers::Leavings;
use super::mounts::Mount;
use super::packages::{Manager, Managers};
use super::paths::{is_within, joined};
use super::process::Shell;
use super::same::Same;
use crate::syntax::shell::{self, Dialect, Opaque};
use crate::syntax::{Arguments, Dockerfile, Heredoc, Instruction, LogicalText};

/// A RUN with the state it starts in.
#[derive(Debug)]
pub struct Run<'f> {
    pub instruction: &'f Instruction,
    /// Index of its stage.
    pub stage: usize,
    /// Index among the instructions of its stage.
    pub position: usize,
    pub shell: Shell,
    /// The USER in force, as written; `None` if only the base image says.
    pub user: Option<Arc<str>>,
    /// The WORKDIR in force, as [`Build::directory_at`](super::Build::directory_at) has it.
    pub directory: Option<Arc<str>>,
    pub mounts: Vec<Mount>,
    /// The shell text, or why there is none that can be read.
    pub script: Result<Script, String>,
    windows: bool,
}

/// What the instructions above a process have set for it.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub shell: Shell,
    pub user: Option<Arc<str>>,
    pub directory: Option<Arc<str>>,
    pub windows: bool,
}

/// The shell text of a RUN, read.
#[derive(Clone, Debug)]
pub struct Script {
    pub text: LogicalText,
    /// Whether it is the body of a heredoc, where newlines separate commands.
    pub is_heredoc: bool,
    reading: Arc<Reading>,
}

impl Script {
    /// The text itself.
    #[must_use]
    pub fn plain(&self) -> &str {
        &self.reading.plain
    }

    pub(super) fn once(&self) -> &Once {
        &self.reading.once
    }

    fn moved(&self, by: isize) -> Self {
        Self { text: self.text.moved(by), is_heredoc: self.is_heredoc, reading: Arc::clone(&self.reading) }
    }

    #[must_use]
    pub fn tree(&self) -> &shell::Script {
        &self.reading.tree
    }
}

/// The shell texts that were read. A text of the same bytes is not read again: a step of the chain leaves most RUNs of a file as they are.
#[derive(Debug, Default)]
pub struct Scripts {
    posix: BTreeMap<Arc<str>, Result<Arc<Reading>, Opaque>>,
    bash: BTreeMap<Arc<str>, Result<Arc<Reading>, Opaque>>,
    /// Of all texts in both.
    bytes: usize,
}

/// How many bytes of texts are kept at most. A tree is many times larger than its text, and a step that joins RUNs makes all of a long file anew.
const KEPT_BYTES_MAX: usize = 1 << 20;

/// What is known of a shell text, wherever it stands.
#[derive(Debug)]
struct Reading {
    plain: Arc<str>,
    tree: shell::Script,
    seen: Vec<Seen>,
    managers: Managers,
    once: Once,
}

/// What is worked out of a shell text where it is asked for, and then once, wherever it stands.
#[derive(Debug, Default)]
pub(super) struct Once {
    pub kind: OnceLock<gain::Kind>,
    pub leavings: OnceLock<Leavings>,
}

impl Scripts {
    fn read(&mut self, plain: &str, dialect: Dialect) -> Result<Arc<Reading>, Opaque> {
        let known = match dialect {
            Dialect::Posix => &mut self.posix,
            Dialect::Bash => &mut self.bash,
        };
        if let Some(reading) = known.get(plain) {
            return reading.clone();
        }
        let plain: Arc<str> = plain.into();
        let reading = shell::parse(&plain, dialect).map(|tree| {
            let seen = Seen::all(&tree, &plain);
            let managers = Seen::managers(&seen);
            Arc::new(Reading { plain: Arc::clone(&plain), tree, seen, managers, once: Once::default() })
        });
        if self.bytes + plain.len() <= KEPT_BYTES_MAX {
            self.bytes += plain.len();
            known.insert(plain, reading.clone());
        }
        reading
    }
}

impl<'f> Run<'f> {
    pub(super) fn new(
        file: &Dockerfile,
        instruction: &'f Instruction,
        (stage, position): (usize, usize),
        state: State,
        scripts: &mut Scripts,
        known: &mut Known<'_>,
    ) -> Self {
        let State { shell, user, directory, windows } = state;
        let script = if windows {
            Err("it runs on Windows".to_owned())
        } else {
            known.script(instruction, &shell).unwrap_or_else(|| script(file, instruction, &shell, scripts))
        };
        let mounts = instruction.flags().iter().filter(|flag| flag.name() == "mount");
        let mounts = mounts.map(|flag| Mount::of(instruction.source_range(flag.range), flag)).collect();
        Self { instruction, stage, position, shell, user, directory, mounts, script, windows }
    }

    /// Its simple commands at any depth, in source order; none if its text cannot be read.
    #[must_use]
    pub fn commands(&self) -> Vec<Command<'_>> {
        self.each_command().collect()
    }

    /// The same, one after the other.
    pub fn each_command(&self) -> impl Iterator<Item = Command<'_>> {
        let script = self.script.as_ref().ok();
        script
            .into_iter()
            .flat_map(move |script| script.reading.seen.iter().filter_map(move |seen| Command::new(self, script, seen)))
    }

    /// Those of them whose program is a package manager.
    pub fn package_commands(&self) -> impl Iterator<Item = Command<'_>> {
        let run = (!self.managers().is_empty()).then_some(self);
        run.into_iter().flat_map(Self::each_command).filter(|command| command.manager().is_some())
    }

    /// Whether one of its commands is `manager`.
    #[must_use]
    pub fn uses(&self, manager: &Manager) -> bool {
        self.managers().has(manager)
    }

    /// The package managers among its commands.
    pub(super) fn managers(&self) -> Managers {
        self.script.as_ref().map(|script| script.reading.managers).unwrap_or_default()
    }

    /// Its simple commands whose program is `manager`, at any depth, in source order.
    pub fn commands_of(&self, manager: &'static Manager) -> impl Iterator<Item = Command<'_>> {
        let run = self.uses(manager).then_some(self);
        run.into_iter().flat_map(Self::each_command).filter(|command| command.is_of(manager))
    }

    /// The mounts that may keep what is written out of the layer.
    pub fn mounted_folders(&self) -> impl Iterator<Item = &Mount> {
        self.mounts.iter().filter(|mount| mount.may_hold_files())
    }

    /// The mount at `path`, above it or below it; one whose target holds a variable counts.
    #[must_use]
    pub fn mount_over(&self, path: &str) -> Option<&Mount> {
        self.mounted_folders().find(|mount| {
            let target = joined(self.directory.as_deref().unwrap_or_default(), &mount.target);
            target.contains('$') || is_within(path, &target) || is_within(&target, path)
        })
    }

    /// The text of the script, if it can be read.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.script.as_ref().ok().map(Script::plain)
    }
}

/// The RUNs of another text.
pub(super) struct Known<'k> {
    runs: Same<'k, Run<'k>>,
}

impl<'k> Known<'k> {
    pub fn of(runs: &'k [Run<'k>]) -> Self {
        Self { runs: Same::among(runs, |run| run.instruction) }
    }

    /// The script of the RUN that is the same instruction at another place.
    fn script(&mut self, instruction: &Instruction, shell: &Shell) -> Option<Result<Script, String>> {
        let run = self.runs.find(instruction)?;
        let moved = instruction.line.moved_from(&run.instruction.line)?;
        if run.shell != *shell || run.windows {
            return None;
        }
        let script = run.script.as_ref();
        Some(script.map(|script| script.moved(moved)).map_err(String::clone))
    }
}

fn script(
    file: &Dockerfile,
    instruction: &Instruction,
    shell: &Shell,
    scripts: &mut Scripts,
) -> Result<Script, String> {
    let dialect = shell.dialect().ok_or("its SHELL is no Unix shell")?;
    let Arguments::Text(words) = instruction.arguments() else { return Err("it is in exec form".to_owned()) };
    let is_heredoc = instruction.heredocs.len() == 1 && is_only_a_marker(&words.text);
    let text = match instruction.heredocs.as_slice() {
        [heredoc] if is_heredoc => body(file, heredoc),
        [] => instruction.line.slice(words.range),
        heredocs => {
            let command = instruction.line.slice(words.range);
            let bodies = heredocs.iter().flat_map(|heredoc| handed_over(file, heredoc));
            LogicalText::of_pieces(&command.pieces().chain(bodies).collect::<Vec<_>>())
        }
    };
    if is_heredoc && text.bytes().starts_with(b"#!") {
        return Err("its script names an interpreter of its own".to_owned());
    }
    let plain = std::str::from_utf8(text.bytes()).map_err(|_| "its text is not UTF-8")?;
    let reading = scripts.read(plain, dialect).map_err(|opaque| opaque.to_string())?;
    Ok(Script { text, is_heredoc, reading })
}

/// Whether the whole command is one heredoc word, so that the body is the script (`dockerfile2llb/convert.go`).
fn is_only_a_marker(command: &str) -> bool {
    let rest = command.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.strip_prefix("<<")
        .is_some_and(|name| !name.trim_start_matches(['-', ' ', '\t']).contains([' ', '\t', '<', '|', '>', ';', '&']))
}

fn body(file: &Dockerfile, heredoc: &Heredoc) -> LogicalText {
    let mut at = heredoc.body.start();
    let lines = file.slice(heredoc.body).split_inclusive(|&byte| byte == b'\n').map(|line| {
        let start = at;
        at += line.len();
        let tabs = if heredoc.marker.strip_tabs { line.iter().take_while(|&&byte| byte == b'\t').count() } else { 0 };
        (&line[tabs..], start + tabs)
    });
    LogicalText::of_pieces(&lines.collect::<Vec<_>>())
}

/// What BuildKit hands the shell behind the command: the body and the line that ends it.
fn handed_over<'f>(file: &'f Dockerfile, heredoc: &'f Heredoc) -> [(&'f [u8], usize); 3] {
    let line = file.slice(heredoc.terminator);
    let indent = line.iter().take_while(|&&byte| heredoc.marker.strip_tabs && byte == b'\t').count();
    [
        (b"\n", heredoc.body.start().saturating_sub(1)),
        (file.slice(heredoc.body), heredoc.body.start()),
        (heredoc.marker.name.as_bytes(), heredoc.terminator.start() + indent),
    ]
}

/// Whether `user`, as USER or `--user` says it, is root, with a group or without.
#[must_use]
pub fn is_root(user: &str) -> bool {
    matches!(user.split(':').next(), Some("root" | "0"))
}
