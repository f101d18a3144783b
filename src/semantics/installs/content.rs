//! What the options and operands of a command, and its folder, add to what it reads, brings and runs.

use super::line::Line;
use super::options::{self, Meaning};
use super::packages;
use super::verbs::Act;
use super::{Install, Kind, Read, Work, folder, unasked_scripts, unwritten};
use crate::known::{Known, PATHS, SIGNS};
use crate::semantics::build::Build;
use crate::semantics::commands::Command;
use crate::semantics::joined;
use crate::semantics::packages::{Manager, PIPENV, POETRY, UV};

/// Where a command works, asked for only where it matters.
pub(super) struct Place {
    pub folder: Result<String, String>,
}

impl Place {
    pub fn of(build: &Build<'_>, command: &Command<'_>, line: &Line<'_>) -> Self {
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
    pub(super) fn file(&mut self, path: &str, kind: Kind, place: &mut Place) -> Result<(), String> {
        if path.contains("://") {
            self.from.get_or_insert_with(|| path.to_owned());
            return Ok(());
        }
        self.reads.push(Read { path: place.full(path)?, kind });
        Ok(())
    }

    /// What the options say.
    pub(super) fn options(&mut self, manager: &Manager, line: &Line<'_>, place: &mut Place) -> Result<(), String> {
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
    pub(super) fn names(&mut self, command: &Command<'_>, line: &Line<'_>, place: &mut Place) -> Result<(), String> {
        line.operands
            .iter()
            .try_for_each(|word| self.operand(packages::written(command, word).ok_or_else(unwritten)?, place))
    }

    pub(super) fn operand(&mut self, text: &str, place: &mut Place) -> Result<(), String> {
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
    pub(super) fn project(&mut self, line: &Line<'_>, place: &mut Place) -> Result<(), String> {
        let known = self.manager.known();
        known.that("manifest ").try_for_each(|name| self.file(name, Kind::Manifest, place))?;
        known.that("lock ").try_for_each(|name| self.file(name, Kind::Lock, place))?;
        known.that("settings of a project ").try_for_each(|name| self.file(name, Kind::Settings, place))?;
        if self.manager.is_of_node() {
            if line.said(Meaning::NoScripts).is_none() {
                self.scripts.extend(unasked_scripts().map(str::to_owned));
                self.runs_scripts_of_packages = true;
            }
        } else if *self.manager != PIPENV && line.said(Meaning::NoProject).is_none() {
            self.file(".", Kind::Project, place)?;
            self.compiles.get_or_insert_with(|| line.verb.clone());
        }
        Ok(())
    }

    /// The scripts that `run NAME`, `test` and the like run.
    pub(super) fn runs(&mut self, line: &Line<'_>, act: Act, place: &mut Place) -> Result<(), String> {
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
    pub(super) fn environment(&mut self, build: &Build<'_>, command: &Command<'_>, line: &Line<'_>) {
        let is_said = |name: &str, values: Known| {
            let value = build.variable(command.run, name).flatten().unwrap_or_default();
            values.has(&value.trim_matches(['"', '\'']).to_ascii_lowercase())
        };
        let program = command.words().first().and_then(|word| word.literal.as_deref()).unwrap_or_default();
        let folder = program.rsplit_once('/').map_or("", |(folder, _)| folder);
        let is_activated = command.run.each_command().any(|other| {
            matches!(other.name(), Some("source" | ".")) && other.node.range.start() < command.node.range.start()
        });
        let is_system = line.options.iter().any(|said| said.name == "--system");
        let own = match self.manager {
            manager if manager.is_of_node() => return,
            _ if !folder.is_empty() && !const { PATHS.expect("folder of the Python of everybody") }.has(folder) => {
                Some(program.to_owned())
            }
            _ if is_activated => Some("source".to_owned()),
            manager if *manager == PIPENV && !is_system => Some("pipenv".to_owned()),
            manager if *manager == UV && line.verb == "sync" => Some("uv sync".to_owned()),
            manager
                if *manager == UV
                    && !is_system
                    && !is_said("UV_SYSTEM_PYTHON", const { SIGNS.expect("value for yes") }) =>
            {
                Some(format!("uv {}", line.verb))
            }
            manager
                if *manager == POETRY
                    && !is_said("POETRY_VIRTUALENVS_CREATE", const { SIGNS.expect("value for no") })
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
