//! What a RUN does beside what is moved over it: whether it leaves a place of the image alone, and whether it adds accounts.

use crate::programs;
use crate::rewrite::Context;
use crate::semantics::commands::Command;
use crate::semantics::installs::{Install, Work};
use crate::semantics::packages::PIP;
use crate::semantics::{Run, is_within, joined};
use crate::syntax::Instruction;
use crate::syntax::shell::{Redirect, RedirectOperator};
use crate::transforms::COMMANDS;
use crate::transforms::newness;
use crate::transforms::rights::{self, Rights};

/// The line between `copy` and `command` of `run` that may decide who `name` is: it may make the account, unless that is there before, or change it.
pub(super) fn decides_account(
    cx: &Context<'_>,
    run: &Run<'_>,
    command: &Command<'_>,
    copy: &Instruction,
    name: &str,
) -> Option<usize> {
    let is_there = newness::has_account(cx, run.stage, name) || is_made_before(cx, run.stage, copy, name);
    let decides = |other: &Command<'_>| {
        let program = other.name().unwrap_or_default();
        let is_neutral = COMMANDS.has("makes only what it is told", program) || other.is_of(&PIP);
        !is_neutral && (!is_there || !(COMMANDS.has("makes accounts", program) || is_of_distribution(other)))
    };
    let mut between = cx
        .build
        .runs_of(run.stage)
        .filter(|other| other.position < run.position && other.instruction.range.start() > copy.range.start());
    let line = between.find(|other| other.text().is_none() || other.commands().iter().any(decides));
    let is_before = |other: &&Command<'_>| other.node.range.start() < command.node.range.start();
    let here = || run.commands().iter().filter(is_before).any(decides).then_some(run);
    line.or_else(here).map(|run| run.instruction.first_line)
}

/// Whether a RUN before `copy` makes the account `name`, by its command line.
fn is_made_before(cx: &Context<'_>, stage: usize, copy: &Instruction, name: &str) -> bool {
    let is_maker =
        |command: &Command<'_>| command.name().is_some_and(|program| COMMANDS.has("makes accounts", program));
    newness::before(cx, stage, copy).into_iter().filter_map(|instruction| cx.build.run_of(instruction)).any(|run| {
        let commands = run.commands();
        commands.iter().any(|command| is_maker(command) && command.has_argument(name) && command.failure_counts())
    })
}

/// The place that a RUN may change.
pub(super) struct Watched<'w> {
    path: &'w str,
    /// What is to be moved in front of it: `chown` or `chmod`.
    mover: &'w str,
    /// Whether a RUN works there where no WORKDIR says.
    is_workdir: bool,
}

impl<'w> Watched<'w> {
    pub fn of(path: &'w str, command: &Command<'w>, is_workdir: bool) -> Self {
        Self { path, mover: command.name().unwrap_or_default(), is_workdir }
    }

    /// The folders that a RUN makes, up to `until`, if it leaves the place alone apart from that; else `None`.
    pub fn made_by(&self, cx: &Context<'_>, run: &Run<'_>, until: Option<&Command<'_>>) -> Option<Vec<String>> {
        let text = run.text()?;
        if !run.mounts.is_empty() {
            return None;
        }
        let end = until.map_or(text.len(), |until| until.node.range.start());
        let mut rest = text.as_bytes()[..end].to_vec();
        // Programs keep settings and caches at home.
        let home = cx.build.variable(run, "HOME");
        let is_home = home.is_some_and(|home| home.is_none_or(|home| home.contains('$') || is_within(home, self.path)));
        let works_there = is_home
            || match run.directory.as_deref() {
                Some(directory) => !directory.starts_with('/') || is_within(directory, self.path),
                None => self.is_workdir,
            };
        let mut made = Vec::new();
        for command in run.commands().into_iter().filter(|command| command.node.range.start() < end) {
            let name = command.name()?;
            let is_read = match name {
                "mkdir" => folders(run, &command).map(|folders| made.extend(folders)).is_some(),
                "rm" => self.is_apart(&command),
                "chmod" | "chown" => self.spares_rights(cx, run, command.clone())?,
                "sed" => self.mover == "chmod" && edits_in_place(&command) && !works_there,
                _ if COMMANDS.has("makes accounts", name) => is_without_home(&command, self.path),
                _ => is_of_distribution(&command) && !command.text(command.node.range).contains('/'),
            };
            if is_read {
                rest.get_mut(std::ops::Range::from(command.node.range))?.fill(b' ');
            }
            let is_install = is_of_distribution(&command) || (!is_home && is_plain_install(cx, &command));
            let is_known = is_read
                || is_install
                || COMMANDS.has("makes only what it is told", name)
                || name == "usermod"
                || COMMANDS.has("makes accounts", name);
            let is_elsewhere =
                !works_there || is_read || is_install || COMMANDS.has("writes nothing where it works", name);
            if !is_known || !is_elsewhere || (works_there && writes(&command)) {
                return None;
            }
        }
        (!self.is_named(cx, run, &String::from_utf8_lossy(&rest))).then_some(made)
    }

    /// Whether `text` of a script names the place, or a variable in it may.
    fn is_named(&self, cx: &Context<'_>, run: &Run<'_>, text: &str) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c));
        let mut variables = text.split('$').skip(1).map(|rest| {
            let rest = rest.trim_start_matches('{');
            &rest[..rest.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(rest.len())]
        });
        let may_name = |variable: &str| match cx.build.variable(run, variable) {
            None => false,
            Some(value) => value.is_none_or(|value| value.contains('$') || value.split('/').any(|part| part == name)),
        };
        words.any(|word| word == name) || variables.any(may_name)
    }

    /// Whether all operands of a command are paths from the root, and no pattern in them can mean the place.
    fn is_apart(&self, command: &Command<'_>) -> bool {
        let mut operands =
            command.arguments().iter().map(|word| command.text(word.range)).filter(|text| !text.starts_with('-'));
        operands.all(|text| {
            let start = &text[..text.find(['*', '?', '[', '{', '$', '\'', '"', '`']).unwrap_or(text.len())];
            start.starts_with('/') && !self.path.starts_with(start) && !is_within(start, self.path)
        })
    }

    /// Whether a `chmod` or `chown` can as well come behind what is moved in front of it; `None` if not.
    fn spares_rights(&self, cx: &Context<'_>, run: &Run<'_>, command: Command<'_>) -> Option<bool> {
        if command.name() != Some(self.mover) {
            return (command.name() == Some("chown") || is_about_bits(&command)).then_some(true);
        }
        let rights = Rights::of(cx, run, command)?;
        let is_apart = |target: &str| !is_within(target, self.path) && !is_within(self.path, target);
        rights.targets.iter().all(|target| target.path.as_deref().is_some_and(is_apart)).then_some(true)
    }
}

fn is_of_distribution(command: &Command<'_>) -> bool {
    command.package_command().is_some_and(|package| package.manager.is_of_distribution())
}

/// Whether it is a `sed` that edits files, which keep their modes.
fn edits_in_place(command: &Command<'_>) -> bool {
    command.arguments().first().is_some_and(|word| word.is("-i"))
}

/// The folders that a `mkdir` makes, if it surely runs and says nothing else.
fn folders(run: &Run<'_>, command: &Command<'_>) -> Option<Vec<String>> {
    let words: Option<Vec<&str>> = command.arguments().iter().map(|word| word.literal.as_deref()).collect();
    let (options, paths): (Vec<&str>, Vec<&str>) = words?.into_iter().partition(|word| word.starts_with('-'));
    let directory = run.directory.as_deref().unwrap_or_default();
    let is_sure = command.is_top_level()
        && command.failure_counts()
        && options.iter().all(|option| COMMANDS.has("option of mkdir that changes little", option))
        && (directory.starts_with('/') || paths.iter().all(|path| path.starts_with('/')))
        && run.commands().iter().all(|other| other.name() != Some("cd"));
    let made: Vec<_> = paths.iter().map(|path| joined(directory, path)).collect();
    (is_sure && made.iter().all(|made| rights::is_plain(made))).then_some(made)
}

/// Whether a `chmod` changes no more than who may read, write and execute.
fn is_about_bits(command: &Command<'_>) -> bool {
    let mode =
        command.arguments().iter().find(|word| !word.literal.as_deref().is_some_and(|text| text.starts_with('-')));
    mode.and_then(|word| word.literal.as_deref()).is_some_and(|mode| {
        let is_number = mode.bytes().all(|byte| byte.is_ascii_digit());
        !mode.contains(['s', 't']) && (!is_number || mode.len() <= 3 || mode.starts_with('0'))
    })
}

/// Whether a command that makes an account makes no home folder at `path`.
fn is_without_home(command: &Command<'_>, path: &str) -> bool {
    let words: Option<Vec<&str>> = command.arguments().iter().map(|word| word.literal.as_deref()).collect();
    let Some(words) = words else { return false };
    // busybox takes -D for "without a password".
    let is_busybox = command.name().is_some_and(|name| name.starts_with("add"));
    words.iter().all(|word| {
        let option = word.split_once('=').map_or(*word, |(option, _)| option);
        let value = word.find('/').map_or("", |at| &word[at..]);
        let is_place = COMMANDS.has("option of useradd with a place", option);
        let is_apart = !(is_within(value, path) || is_within(path, value)) || value.is_empty();
        (!is_place || (is_busybox && *word == "-D")) && is_apart
    }) && !is_within(path, "/home")
        || words.iter().any(|word| COMMANDS.has("option of useradd without a home", word))
}

/// Whether it brings packages to where the interpreter has them, and nothing to where it works.
fn is_plain_install(cx: &Context<'_>, command: &Command<'_>) -> bool {
    if !command.is_of(&PIP) {
        return false;
    }
    let Some(Ok(install)) = Install::of(cx.build, command) else { return false };
    let listed = programs::installs::listed(cx, command, &install);
    install.work == Work::Brings
        && install.to.is_none()
        && install.compiles.is_none()
        && install.folder.is_some()
        && listed.is_ok_and(|listed| listed.projects.is_empty() && listed.compiles.is_none())
}

/// Whether a redirect of `command` writes a file.
fn writes(command: &Command<'_>) -> bool {
    let is_file = |redirect: &Redirect| {
        !matches!(redirect.operator, RedirectOperator::Input | RedirectOperator::DuplicateOutput)
            && !redirect.target.literal.as_deref().is_some_and(|target| target.starts_with('/'))
    };
    command.node.redirects.iter().any(is_file)
}
