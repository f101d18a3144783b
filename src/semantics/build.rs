//! The whole of what a Dockerfile builds, worked out once for one text.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::commands::Command;
use super::images;
use super::packages::{Manager, Managers};
use super::paths::joined;
use super::process::Shell;
use super::references::ImageUse;
use super::run::{Known, Run, Scripts, State};
use super::scope::Scopes;
use super::stages::{self, Base, Stage};
use super::values::Value;
use super::workdirs::Workdirs;
use crate::syntax::{Arguments, Dockerfile, Instruction, Keyword};

/// Stages and RUNs of a [`Dockerfile`].
#[derive(Debug)]
pub struct Build<'f> {
    pub file: &'f Dockerfile,
    pub stages: Vec<Stage<'f>>,
    /// Every RUN, in the order of the file. Those of ONBUILD are not among them: they run in another build.
    pub runs: Vec<Run<'f>>,
    pub(super) names: stages::Names,
    managers: Managers,
    scopes: Scopes<'f>,
    /// For each stage, those that may have what is in it; worked out where it is asked for.
    holders: Vec<OnceLock<Vec<bool>>>,
    workdirs: Workdirs,
    /// Where each SHELL starts, and what it says.
    shells: Vec<(usize, Shell)>,
    pub(super) images: Vec<ImageUse<'f>>,
}

impl<'f> Build<'f> {
    #[must_use]
    pub fn of(file: &'f Dockerfile) -> Self {
        Self::reading(file, &mut Scripts::default(), None)
    }

    /// The same, where shell texts are in `scripts` that were read before, and instructions may be shared with what `before` was read from.
    #[must_use]
    pub fn reading(file: &'f Dockerfile, scripts: &mut Scripts, before: Option<&Build<'_>>) -> Self {
        let mut known = Known::of(before.map_or(&[], |before| &before.runs));
        let (stages, names) = stages::stages(file);
        let scopes = Scopes::of(&stages);
        let workdirs = Workdirs::of(&stages, &scopes, file.escape());
        let mut runs = Vec::with_capacity(before.map_or(0, |before| before.runs.len()));
        let (mut ends, mut shells): (Vec<State>, Vec<(usize, Shell)>) = (Vec::new(), Vec::new());
        for (index, stage) in stages.iter().enumerate() {
            let mut state = match stage.base {
                Base::Stage(base) => ends[base].clone(),
                _ => State { windows: is_windows(file, stage), ..State::default() },
            };
            for (position, instruction) in stage.instructions.iter().enumerate() {
                if instruction.keyword() == Keyword::Run {
                    let directory = workdirs.at(index, instruction.range.start()).cloned();
                    let state = State { directory, ..state.clone() };
                    runs.push(Run::new(file, instruction, (index, position), state, scripts, &mut known));
                }
                state.apply(instruction);
                if instruction.keyword() == Keyword::Shell {
                    shells.push((instruction.range.start(), state.shell.clone()));
                }
            }
            ends.push(state);
        }
        let managers = runs.iter().map(Run::managers).collect();
        let holders = stages.iter().map(|_| OnceLock::new()).collect();
        let mut build =
            Self { file, stages, runs, names, managers, scopes, holders, workdirs, shells, images: Vec::new() };
        build.images = build.find_image_uses(before.map_or(&[], |before| &before.images));
        build
    }

    #[must_use]
    pub fn stage_of(&self, run: &Run<'_>) -> &Stage<'f> {
        &self.stages[run.stage]
    }

    /// The RUNs of stage `stage`, in order.
    pub fn runs_of(&self, stage: usize) -> impl Iterator<Item = &Run<'f>> {
        let first = self.runs.partition_point(|run| run.stage < stage);
        self.runs[first..].iter().take_while(move |run| run.stage == stage)
    }

    /// Every simple command of every RUN that reads as shell text, at any depth, in the order of the file.
    pub fn commands(&self) -> impl Iterator<Item = Command<'_>> {
        self.runs.iter().flat_map(Run::each_command)
    }

    /// Those of them whose program is `manager`.
    pub fn commands_of(&self, manager: &'static Manager) -> impl Iterator<Item = Command<'_>> {
        self.runs_with(manager).flat_map(move |run| run.commands_of(manager))
    }

    /// Whether a command of a RUN is `manager`.
    #[must_use]
    pub fn uses(&self, manager: &Manager) -> bool {
        self.managers.has(manager)
    }

    /// The RUNs with a command that is `manager`.
    pub fn runs_with(&self, manager: &'static Manager) -> impl Iterator<Item = &Run<'f>> {
        let runs = if self.uses(manager) { &self.runs[..] } else { &[] };
        runs.iter().filter(|run| run.uses(manager))
    }

    /// Every instruction of every stage, with the index of the stage; FROM is not among them.
    pub fn instructions(&self) -> impl Iterator<Item = (usize, &'f Instruction)> {
        let numbered = self.stages.iter().enumerate();
        numbered.flat_map(|(index, stage)| stage.instructions.iter().map(move |instruction| (index, *instruction)))
    }

    /// The index of the stage that has `instruction`, which is not before the first FROM.
    #[must_use]
    pub fn stage_with(&self, instruction: &Instruction) -> usize {
        let start = instruction.range.start();
        self.stages.partition_point(|stage| stage.from.range.start() <= start).saturating_sub(1)
    }

    /// Where `instruction` works; `None` if only the base image says. Without a slash at its start it is seen from the folder that the base image says.
    /// Variables stand in it as written, unless ENV fixes their values.
    #[must_use]
    pub fn directory_at(&self, instruction: &Instruction) -> Option<&str> {
        let directory = self.workdirs.at(self.stage_with(instruction), instruction.range.start());
        directory.map(|directory| &**directory)
    }

    /// Where what stands behind `instruction` works, in the same way: the folder that a WORKDIR makes.
    #[must_use]
    pub fn directory_behind(&self, instruction: &Instruction) -> Option<&str> {
        let directory = self.workdirs.at(self.stage_with(instruction), instruction.range.end());
        directory.map(|directory| &**directory)
    }

    /// Whether stage `stage` runs on Windows, as far as the file tells.
    #[must_use]
    pub fn is_on_windows(&self, stage: usize) -> bool {
        let mut stage = &self.stages[stage];
        while let Base::Stage(base) = stage.base {
            stage = &self.stages[base];
        }
        is_windows(self.file, stage)
    }

    /// The SHELL in force at `instruction` of stage `stage`.
    pub(super) fn shell_at(&self, stage: usize, instruction: &Instruction) -> Shell {
        let (mut stage, mut end) = (stage, instruction.range.start());
        loop {
            let from = self.stages[stage].from.range.start();
            let before = self.shells[..self.shells.partition_point(|(start, _)| *start < end)].last();
            if let Some((_, shell)) = before.filter(|(start, _)| *start > from) {
                return shell.clone();
            }
            let Base::Stage(base) = self.stages[stage].base else { return Shell::default() };
            (stage, end) = (base, self.stages[base + 1].from.range.start());
        }
    }

    /// Where a container of stage `stage` starts to work, in the same way.
    #[must_use]
    pub fn directory_of(&self, stage: usize) -> Option<&str> {
        self.workdirs.at(stage, usize::MAX).map(|directory| &**directory)
    }

    /// `directory`, which one of the three above says of `instruction`, in full, if nobody gives a build argument.
    ///
    /// # Errors
    /// That a variable decides.
    pub fn in_full(&self, instruction: &Instruction, directory: Option<&str>) -> Result<String, String> {
        let directory = directory.unwrap_or_default();
        let full =
            self.by_default(instruction, &joined(self.home_of(self.stage_with(instruction)), directory)).into_owned();
        if full.contains('$') { Err(format!("a variable decides what `{directory}` is")) } else { Ok(full) }
    }

    /// `path`, in which variables stand as written, as `instruction` has it if nobody gives a build argument.
    #[must_use]
    pub fn by_default<'p>(&self, instruction: &Instruction, path: &'p str) -> Cow<'p, str> {
        if !path.contains('$') {
            return Cow::Borrowed(path);
        }
        let stage = self.stage_with(instruction);
        let start = instruction.range.start();
        let position = self.stages[stage].instructions.partition_point(|other| other.range.start() < start);
        // A value that starts with a slash is seen from the root.
        Cow::Owned(
            path.split('/')
                .fold("/".to_owned(), |folder, name| joined(&folder, self.value(stage, position, name).by_default())),
        )
    }

    /// Where the image works that stage `stage` comes from in the end; a folder that nothing else is in, if that is not known.
    #[must_use]
    pub fn home_of(&self, stage: usize) -> &'static str {
        const SOMEWHERE: &str = "/~";
        self.image_of(stage).map_or("/", |image| images::home(image).unwrap_or(SOMEWHERE))
    }

    /// `written`, a word of the instruction at `position` of stage `stage`, as BuildKit reads it.
    #[must_use]
    pub fn value<'w>(&self, stage: usize, position: usize, written: &'w str) -> Value<'w> {
        self.scopes.value(self.file.escape(), (stage, position), written)
    }

    /// The RUN that is `instruction`.
    #[must_use]
    pub fn run_of(&self, instruction: &Instruction) -> Option<&Run<'f>> {
        let start = instruction.range.start();
        let index = self.runs.partition_point(|other| other.instruction.range.start() < start);
        self.runs.get(index).filter(|run| run.instruction.range == instruction.range)
    }

    /// The index of a RUN of this build.
    #[must_use]
    pub fn index_of(&self, run: &Run<'_>) -> usize {
        let start = run.instruction.range.start();
        self.runs.partition_point(|other| other.instruction.range.start() < start)
    }

    /// The RUN directly before the one at `index`, if nothing but comments and blank lines stands between them.
    #[must_use]
    pub fn run_before(&self, index: usize) -> Option<&Run<'f>> {
        let run = &self.runs[index];
        let before = &self.runs[index.checked_sub(1)?];
        (before.stage == run.stage && before.position + 1 == run.position).then_some(before)
    }

    /// Whether ENV or ARG has set `name` for this RUN, and to what: the value as written, `None` if it comes from outside.
    #[must_use]
    pub fn variable(&self, run: &Run<'_>, name: &str) -> Option<Option<&str>> {
        self.scopes.variable(run.stage, run.position, name)
    }

    /// Every variable with a name that package managers of languages read options from, with its value as [`Build::variable`] has it, if ENV or ARG has set
    /// it for this RUN; `None` if there are more than are read.
    pub(super) fn options_by_variables(&self, run: &Run<'_>) -> Option<Vec<(&str, Option<&str>)>> {
        self.scopes.options_before(run.stage, run.position)
    }

    /// What [`Build::variable`] says for the instruction at `position` of stage `stage`.
    #[must_use]
    pub fn variable_at(&self, stage: usize, position: usize, name: &str) -> Option<Option<&str>> {
        self.scopes.variable(stage, position, name)
    }

    /// The image that a stage comes from in the end, through the stages it is based on, as written; `None` for `scratch`.
    #[must_use]
    pub fn image_of(&self, stage: usize) -> Option<&str> {
        let mut stage = stage;
        loop {
            match &self.stages[stage].base {
                Base::Scratch => return None,
                Base::Image(image) => return Some(image),
                Base::Stage(base) => stage = *base,
            }
        }
    }

    /// Whether what is in the stage `base` may be in `stage`.
    #[must_use]
    pub fn may_be_in(&self, stage: usize, base: usize) -> bool {
        self.may_hold(base)[stage]
    }

    /// For each stage, whether it may have what is in `stage`.
    pub(super) fn may_hold(&self, stage: usize) -> &[bool] {
        self.holders[stage].get_or_init(|| {
            let mut holds = vec![false; self.stages.len()];
            holds[stage] = true;
            for (position, stage) in self.stages.iter().enumerate() {
                if let Base::Stage(base) = stage.base {
                    holds[position] |= holds[base];
                }
                holds[position] |= stage.possible_bases.iter().any(|&base| holds[base]);
            }
            holds
        })
    }

    /// Whether `stage` starts from the stage `base`, directly or through others.
    #[must_use]
    pub fn is_based_on(&self, stage: usize, base: usize) -> bool {
        let mut stage = stage;
        while let Base::Stage(next) = self.stages[stage].base {
            if next == base {
                return true;
            }
            stage = next;
        }
        false
    }
}

impl State {
    fn apply(&mut self, instruction: &Instruction) {
        match (instruction.keyword(), instruction.arguments()) {
            (Keyword::Shell, _) => self.shell = Shell::of(instruction),
            (Keyword::User, Arguments::Text(user)) => self.user = Some(user.text.as_str().into()),
            _ => {}
        }
    }
}

/// Whether a stage runs on Windows, as far as the file tells. Where a variable decides, the escape character of Windows files does.
fn is_windows(file: &Dockerfile, stage: &Stage<'_>) -> bool {
    let platform = stage.from.flags().iter().filter(|flag| flag.name() == "platform").find_map(|flag| flag.value());
    stage.base.is_windows()
        || platform.is_some_and(|platform| platform.to_ascii_lowercase().starts_with("windows"))
        || (stage.base.is_variable() && file.escape().byte() == b'`')
}
