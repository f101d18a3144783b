//! What one command of a package manager of Python or Node.js reads, brings, compiles and runs: the one reader of their command lines.

mod content;
mod folder;
mod line;
mod options;
mod packages;
mod requirements;
mod settings;
mod verbs;

pub use folder::folder;
pub(super) use options::OPTIONS;
pub use packages::bare_name;
pub use requirements::requirements;
pub use settings::settings_of;

use self::content::Place;
use self::line::{Line, Said};
use self::options::Meaning;
use self::verbs::Act;
use super::build::Build;
use super::commands::Command;
use super::packages::{Manager, PIP, PIPENV};
use crate::known::MANAGERS;

/// What a command of a package manager does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Install {
    pub manager: &'static Manager,
    /// What it does to packages.
    pub work: Work,
    /// The files that it reads, or would if they were there.
    pub reads: Vec<Read>,
    /// The packages that it names, with versions as written.
    pub packages: Vec<String>,
    /// The folder in which it works, in full; `None` if that is not known, and nothing that it reads depends on it.
    pub folder: Option<String>,
    /// Why it may compile what needs not be compiled by itself: a word of the command.
    pub compiles: Option<String>,
    /// What says that packages come from elsewhere than the public registry.
    pub from: Option<String>,
    /// What says that packages go elsewhere than to where the program finds them without more: for Python the folder of the interpreter, for Node.js
    /// `node_modules` in `folder`.
    pub to: Option<String>,
    /// The scripts of the project in `folder` that it runs, as far as there are such.
    pub scripts: Vec<String>,
    /// Options that choose among packages and versions, with their values.
    pub choices: Vec<String>,
    /// Whether scripts of packages run.
    pub runs_scripts_of_packages: bool,
    pub cache: Cache,
}

/// What a command does to packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Nothing: it asks, empties a cache, stores a setting that decides nothing here.
    Nothing,
    /// It takes packages away.
    Removes,
    /// It brings packages.
    Brings,
    /// It brings packages after it has removed all that were there.
    BringsAnew,
    /// It brings programs for all projects.
    BringsForAll,
    /// It makes packages that are there anew.
    Rebuilds,
    /// It runs `scripts`, and nothing else.
    Runs,
}

/// A file that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// In full.
    pub path: String,
    pub kind: Kind,
}

/// What a file that is read says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Which packages, one a line.
    Requirements,
    /// Which versions, one a line.
    Constraints,
    /// Which packages the project needs.
    Manifest,
    /// Which versions; of several locks one is there.
    Lock,
    /// How the manager works, if it is there.
    Settings,
    /// A folder with a project that is built, or a package in a file.
    Project,
    /// Something else.
    Other,
}

/// What becomes of what is fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cache {
    /// It is kept where the manager keeps it.
    #[default]
    Kept,
    /// It is not kept: by this option or variable.
    Off(String),
    /// It is kept elsewhere: by this option or variable.
    Elsewhere(String),
    /// Nothing else is read, so that nothing is fetched: by this option or variable.
    Alone(String),
}

/// Scripts of a project that npm, yarn and pnpm run unasked, in the order in which they do so.
pub fn unasked_scripts() -> impl Iterator<Item = &'static str> {
    MANAGERS.known("node").that("runs unasked ").filter_map(|script| script.split_once(' ')).map(|(_, name)| name)
}

/// Whether the value of `option` of `manager` is the next word.
pub(super) fn takes_value(manager: &Manager, option: &str) -> bool {
    options::option(manager, option).is_some_and(|known| known.has_value)
}

/// What becomes of what `command` fetches; `None` if its program is none of these managers.
///
/// # Errors
/// Why its options cannot be read.
pub fn cache(build: &Build<'_>, command: &Command<'_>) -> Option<Result<Cache, String>> {
    let (manager, program_len) = program(command)?;
    Some(whole_line(build, command, manager, program_len).and_then(|line| line.all_known().map(|()| cache_of(&line))))
}

/// What makes `command` read what others left in the cache: an option or a variable; `None` if its program is none of these managers.
///
/// # Errors
/// Why its options cannot be read.
pub(super) fn reads_cache(build: &Build<'_>, command: &Command<'_>) -> Option<Result<Option<String>, String>> {
    let (manager, program_len) = program(command)?;
    Some(whole_line(build, command, manager, program_len).map(|line| {
        let said = line.said(Meaning::Offline).or_else(|| line.said(Meaning::PrefersCache));
        said.map(|said| said.name.clone())
    }))
}

/// Whether the options of `command` name files to install from; `false` if its program is none of these managers.
pub(super) fn names_files(command: &Command<'_>) -> bool {
    let Some((manager, program_len)) = program(command) else { return false };
    let Ok(line) = line::read(manager, command, program_len, |_| false) else { return true };
    let reads = |said: &Said| {
        matches!(
            said.meaning,
            Meaning::Requirements | Meaning::Constraints | Meaning::Editable | Meaning::Reads | Meaning::Links
        )
    };
    line.options.iter().any(reads)
}

impl Install {
    /// What `command` does; `None` if its program is none of these managers.
    ///
    /// # Errors
    /// Why that cannot be read.
    pub fn of(build: &Build<'_>, command: &Command<'_>) -> Option<Result<Self, String>> {
        let (manager, program_len) = program(command)?;
        Some(read(build, command, manager, program_len))
    }

    fn nothing(manager: &'static Manager) -> Self {
        Self {
            manager,
            work: Work::Nothing,
            reads: Vec::new(),
            packages: Vec::new(),
            folder: None,
            compiles: None,
            from: None,
            to: None,
            scripts: Vec::new(),
            choices: Vec::new(),
            runs_scripts_of_packages: false,
            cache: Cache::Kept,
        }
    }

    /// The files of `kind` that it reads.
    pub fn reads_of(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.reads.iter().filter(move |read| read.kind == kind).map(|read| read.path.as_str())
    }

    /// Whether it brings packages, in whatever way.
    #[must_use]
    pub fn brings(&self) -> bool {
        matches!(self.work, Work::Brings | Work::BringsAnew | Work::BringsForAll)
    }
}

/// The manager that the program is, and of how many words it consists.
fn program(command: &Command<'_>) -> Option<(&'static Manager, usize)> {
    command.manager_and_length().filter(|(manager, _)| options::READ.contains(manager))
}

fn whole_line<'r>(
    build: &Build<'_>,
    command: &Command<'r>,
    manager: &'static Manager,
    program_len: usize,
) -> Result<Line<'r>, String> {
    let is_run = |verb: &str| matches!(verbs::act(manager, verb), Some(Act::Runs | Act::RunsItself));
    let mut line = line::read(manager, command, program_len, is_run)?;
    line.take_variables(manager, build, command)?;
    Ok(line)
}

fn read(
    build: &Build<'_>,
    command: &Command<'_>,
    manager: &'static Manager,
    program_len: usize,
) -> Result<Install, String> {
    let line = whole_line(build, command, manager, program_len)?;
    let act =
        verbs::act(manager, &line.verb).ok_or(format!("what `{} {}` does is not known", manager.name, line.verb))?;
    let mut install = Install { cache: cache_of(&line), ..Install::nothing(manager) };
    let is_said = |meaning: Meaning| line.options.iter().any(|said| said.meaning == meaning);
    if act == Act::Nothing || is_said(Meaning::Simulates) {
        return Ok(install);
    }
    if act == Act::Removes {
        return Ok(Install { work: Work::Removes, ..install });
    }
    if act == Act::Sets {
        return settings::stored(manager, &line).map(|()| install);
    }
    if !matches!(act, Act::Runs | Act::RunsItself) {
        line.all_known()?;
    }
    let mut place = Place::of(build, command, &line);
    install.options(manager, &line, &mut place)?;
    match act {
        Act::Runs | Act::RunsItself => install.runs(&line, act, &mut place)?,
        Act::Rebuilds => {
            install.work = Work::Rebuilds;
            install.compiles = Some(line.verb.clone());
            install.names(command, &line, &mut place)?;
            install.project(&line, &mut place)?;
        }
        Act::BringsAnew | Act::BringsProject => {
            if let Some(operand) = line.operands.first() {
                return Err(format!("what `{}` means is not known", command.text(operand.range)));
            }
            install.work = if act == Act::BringsAnew { Work::BringsAnew } else { Work::Brings };
            install.project(&line, &mut place)?;
        }
        Act::BringsFiles => {
            install.work = Work::Brings;
            for operand in &line.operands {
                let file = packages::written(command, operand).ok_or_else(unwritten)?;
                install.file(file, Kind::Requirements, &mut place)?;
            }
        }
        Act::BringsPrograms => {
            install.work = Work::BringsForAll;
            install.to = Some(line.verb.clone());
            install.names(command, &line, &mut place)?;
        }
        Act::Updates => {
            install.work = Work::Brings;
            install.names(command, &line, &mut place)?;
            install.project(&line, &mut place)?;
            install.reads.retain(|read| read.kind != Kind::Lock);
        }
        Act::Brings => {
            let is_for_all = is_said(Meaning::Global) || line.verb.starts_with("global ");
            install.work = if is_for_all { Work::BringsForAll } else { Work::Brings };
            install.names(command, &line, &mut place)?;
            let is_of_project = manager.is_of_node() && !is_for_all
                || *manager == PIPENV && line.operands.is_empty() && install.reads.is_empty();
            if is_of_project {
                install.project(&line, &mut place)?;
            }
        }
        Act::Nothing | Act::NotFollowed | Act::Sets | Act::Removes => {}
    }
    if install.brings() {
        install.environment(build, command, &line);
        install.reads.extend(settings::places(manager, command).map(|path| Read { path, kind: Kind::Settings }));
    }
    // Where it is not known, nothing that was read so far has asked for it.
    install.folder = place.folder.ok();
    Ok(install)
}

fn unwritten() -> String {
    "what it installs is only known when it runs".to_owned()
}

impl Line<'_> {
    fn all_known(&self) -> Result<(), String> {
        match &self.unknown {
            Some(option) => Err(format!("what `{option}` means is not known")),
            None => Ok(()),
        }
    }

    fn said(&self, meaning: Meaning) -> Option<&Said> {
        self.options.iter().find(|said| said.meaning == meaning)
    }
}

fn cache_of(line: &Line<'_>) -> Cache {
    let name = |meaning| line.said(meaning).map(|said| said.name.clone());
    name(Meaning::NoCache)
        .map(Cache::Off)
        .or_else(|| name(Meaning::Offline).map(Cache::Alone))
        .or_else(|| name(Meaning::Cache).map(Cache::Elsewhere))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
