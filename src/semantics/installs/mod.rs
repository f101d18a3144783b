//! What one command of a package manager of Python or Node.js reads, brings, compiles and runs: the one reader of their command lines.

mod folder;
mod line;
mod options;
mod packages;
mod requirements;
mod settings;
mod verbs;

pub use folder::{expanded, folder, workdir};
pub use packages::bare_name;
pub use requirements::requirements;
pub use settings::npm_settings;

use self::line::{Line, Said};
use self::options::Meaning;
use self::verbs::Act;
use super::build::Build;
use super::commands::Command;
use super::packages::{Manager, NPM, PIP, PIPENV, PNPM, POETRY, UV, YARN, manager};
use super::paths::joined;

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

/// Scripts of a project that npm, yarn and pnpm run unasked.
pub const UNASKED_SCRIPTS: &[&str] = &[
    "pnpm:devPreinstall",
    "preinstall",
    "install",
    "postinstall",
    "prepublish",
    "preprepare",
    "prepare",
    "postprepare",
    "dependencies",
];

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
    let known = command.manager().filter(|manager| options::READ.contains(manager))?;
    let (_, program_len) = manager(command.name()?, command.words())?;
    Some((known, program_len))
}

fn whole_line<'r>(
    build: &Build<'_>,
    command: &Command<'r>,
    manager: &'static Manager,
    program_len: usize,
) -> Result<Line<'r>, String> {
    let is_run = |verb: &str| matches!(verbs::act(manager, verb), Some(Act::Runs | Act::RunsItself));
    let mut line = line::read(manager, command, program_len, is_run)?;
    line.take_variables(manager, build, command);
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
        Act::Nothing | Act::Sets | Act::Removes => {}
    }
    if install.brings() {
        install.environment(build, command, &line);
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

/// Where a command works, asked for only where it matters.
struct Place {
    folder: Result<String, String>,
}

impl Place {
    fn of(build: &Build<'_>, command: &Command<'_>, line: &Line<'_>) -> Self {
        let mut folder = folder(build, command);
        for said in line.options.iter().filter(|said| said.meaning == Meaning::Folder) {
            let unknown = || Err(format!("`{}` names a folder that is only known when it runs", said.name));
            folder = match (&said.value, &folder) {
                (Some(value), _) if value.starts_with('/') => Ok(joined("/", value)),
                (Some(value), Ok(folder)) => Ok(joined(folder, value)),
                (None, _) => unknown(),
                (_, Err(_)) => folder,
            };
        }
        Self { folder }
    }

    /// `path` in full.
    fn full(&self, path: &str) -> Result<String, String> {
        if path.starts_with('/') {
            return Ok(joined("/", path));
        }
        self.folder.as_ref().map(|folder| joined(folder, path)).map_err(String::clone)
    }
}

impl Install {
    fn file(&mut self, path: &str, kind: Kind, place: &mut Place) -> Result<(), String> {
        if path.contains("://") {
            self.from.get_or_insert_with(|| path.to_owned());
            return Ok(());
        }
        self.reads.push(Read { path: place.full(path)?, kind });
        Ok(())
    }

    /// What the options say.
    fn options(&mut self, manager: &Manager, line: &Line<'_>, place: &mut Place) -> Result<(), String> {
        for said in &line.options {
            let value =
                || said.value.as_deref().ok_or(format!("what `{}` names is only known when it runs", said.name));
            let name = || said.name.clone();
            match said.meaning {
                Meaning::Requirements => self.file(value()?, Kind::Requirements, place)?,
                Meaning::Constraints => self.file(value()?, Kind::Constraints, place)?,
                Meaning::Reads => self.file(value()?, Kind::Other, place)?,
                Meaning::Editable => {
                    self.to.get_or_insert_with(name);
                    self.compiles.get_or_insert_with(name);
                    self.operand(value()?, place)?;
                }
                Meaning::Compiles if said.value.as_deref() != Some(":none:") => {
                    _ = self.compiles.get_or_insert_with(name)
                }
                Meaning::Chooses => {
                    let choice = said.value.as_ref().map(|value| format!("{}={value}", said.name));
                    self.choices.push(choice.unwrap_or_else(name));
                }
                Meaning::Links => {
                    self.from.get_or_insert_with(name);
                    self.file(value()?, Kind::Other, place)?;
                }
                Meaning::From => _ = self.from.get_or_insert_with(name),
                Meaning::Registry if !said.value.as_deref().is_some_and(|value| options::is_public(manager, value)) => {
                    self.from.get_or_insert_with(name);
                    if said.value.as_ref().is_some_and(|value| !value.starts_with("http")) {
                        self.file(value()?, Kind::Other, place)?;
                    }
                }
                Meaning::To => _ = self.to.get_or_insert_with(name),
                Meaning::Unclear => return Err(format!("what `{}` brings is not known", said.name)),
                _ => {}
            }
        }
        Ok(())
    }

    /// What the operands name.
    fn names(&mut self, command: &Command<'_>, line: &Line<'_>, place: &mut Place) -> Result<(), String> {
        line.operands
            .iter()
            .try_for_each(|word| self.operand(packages::written(command, word).ok_or_else(unwritten)?, place))
    }

    fn operand(&mut self, text: &str, place: &mut Place) -> Result<(), String> {
        let operand = packages::Operand::of(text, self.manager.is_of_node())
            .ok_or(format!("what `{text}` names is not known"))?;
        match operand {
            packages::Operand::Package(name) => self.packages.push(name.to_owned()),
            packages::Operand::Path { path, is_built } => {
                self.reads.push(Read { path: place.full(path)?, kind: Kind::Project });
                if is_built {
                    self.compiles.get_or_insert_with(|| text.to_owned());
                }
            }
            packages::Operand::Address { is_built } => {
                self.from.get_or_insert_with(|| text.to_owned());
                if is_built {
                    self.compiles.get_or_insert_with(|| text.to_owned());
                }
            }
        }
        Ok(())
    }

    /// What is read and run of the project in the folder.
    fn project(&mut self, line: &Line<'_>, place: &mut Place) -> Result<(), String> {
        let (manifest, locks, settings): (&str, &[&str], &[&str]) = match self.manager {
            manager if *manager == UV => ("pyproject.toml", &["uv.lock"], &["uv.toml"]),
            manager if *manager == POETRY => ("pyproject.toml", &["poetry.lock"], &["poetry.toml"]),
            manager if *manager == PIPENV => ("Pipfile", &["Pipfile.lock"], &[]),
            manager if *manager == YARN => ("package.json", &["yarn.lock"], &[".npmrc", ".yarnrc", ".yarnrc.yml"]),
            manager if *manager == PNPM => {
                ("package.json", &["pnpm-lock.yaml"], &[".npmrc", ".pnpmfile.cjs", "pnpm-workspace.yaml"])
            }
            _ => ("package.json", &["npm-shrinkwrap.json", "package-lock.json"], &[".npmrc"]),
        };
        self.file(manifest, Kind::Manifest, place)?;
        locks.iter().try_for_each(|name| self.file(name, Kind::Lock, place))?;
        settings.iter().try_for_each(|name| self.file(name, Kind::Settings, place))?;
        if self.manager.is_of_node() {
            if line.said(Meaning::NoScripts).is_none() {
                self.scripts.extend(UNASKED_SCRIPTS.iter().map(|&name| name.to_owned()));
                self.runs_scripts_of_packages = true;
            }
        } else if *self.manager != PIPENV && line.said(Meaning::NoProject).is_none() {
            self.file(".", Kind::Project, place)?;
            self.compiles.get_or_insert_with(|| line.verb.clone());
        }
        Ok(())
    }

    /// The scripts that `run NAME`, `test` and the like run.
    fn runs(&mut self, line: &Line<'_>, act: Act, place: &mut Place) -> Result<(), String> {
        let name = match act {
            Act::Runs => line.operands.first().map(|word| word.literal.as_deref().ok_or_else(unwritten)).transpose()?,
            _ => Some(match line.verb.as_str() {
                "t" | "tst" => "test",
                verb => verb,
            }),
        };
        // Without a name it lists them.
        let Some(name) = name else { return Ok(()) };
        self.work = Work::Runs;
        self.scripts.extend([format!("pre{name}"), name.to_owned(), format!("post{name}")]);
        self.file("package.json", Kind::Manifest, place)
    }

    /// Whether packages of Python go to an environment of their own.
    fn environment(&mut self, build: &Build<'_>, command: &Command<'_>, line: &Line<'_>) {
        let is_on = |name: &str, values: &[&str]| {
            let value = build.variable(command.run, name).flatten().unwrap_or_default();
            values.contains(&value.trim_matches(['"', '\'']).to_ascii_lowercase().as_str())
        };
        let program = command.words().first().and_then(|word| word.literal.as_deref()).unwrap_or_default();
        let folder = program.rsplit_once('/').map_or("", |(folder, _)| folder);
        let is_activated = command.run.each_command().any(|other| {
            matches!(other.name(), Some("source" | ".")) && other.node.range.start() < command.node.range.start()
        });
        let is_system = line.options.iter().any(|said| said.name == "--system");
        let own = match self.manager {
            manager if manager.is_of_node() => return,
            _ if !["", "/usr/local/bin", "/usr/bin"].contains(&folder) => Some(program.to_owned()),
            _ if is_activated => Some("source".to_owned()),
            manager if *manager == PIPENV && !is_system => Some("pipenv".to_owned()),
            manager if *manager == UV && line.verb == "sync" => Some("uv sync".to_owned()),
            manager if *manager == UV && !is_system && !is_on("UV_SYSTEM_PYTHON", &["1", "true", "yes", "on"]) => {
                Some(format!("uv {}", line.verb))
            }
            manager
                if *manager == POETRY
                    && !is_on("POETRY_VIRTUALENVS_CREATE", &["0", "false", "no", "off"])
                    && !is_without_environments(build, command) =>
            {
                Some("poetry".to_owned())
            }
            _ => None,
        };
        if let Some(own) = own {
            self.to.get_or_insert(own);
        }
    }
}

/// Whether poetry is told before to make no environment.
fn is_without_environments(build: &Build<'_>, command: &Command<'_>) -> bool {
    let own = build.index_of(command.run);
    let before = build.runs[..=own]
        .iter()
        .filter(|run| run.stage == command.run.stage || build.is_based_on(command.run.stage, run.stage));
    before.flat_map(|run| run.commands_of(&POETRY)).any(|other| {
        let is_before = other.range().start() < command.range().start();
        let has = |text: &str| other.has_argument(text);
        is_before && has("config") && has("virtualenvs.create") && has("false")
    })
}

#[cfg(test)]
mod tests;
