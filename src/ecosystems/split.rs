//! How one stage becomes two, whatever it is written in: a checklist that is gone through with what an ecosystem says. It cannot forget a question.

use super::{Ecosystem, Sole, around as of_others};
use crate::bases::around;
use crate::programs::{self, Needs, files, variables};
use crate::rewrite::{Context, Obstacle, Obstacles};
use crate::semantics::commands::Command;
use crate::semantics::{ImageUse, Named};
use crate::syntax::ImageReference;
use crate::text::{Edit, TextRange};

/// The image that is shipped.
#[derive(Debug, Default)]
pub(crate) struct Runtime {
    pub image: String,
    /// The files and folders that it gets from the build, in full.
    pub artifacts: Vec<String>,
    /// The command that brings what it needs besides, before anything is copied.
    pub install: Option<String>,
    /// The command that the build ends with.
    pub last: Option<String>,
    /// What else changes in the build.
    pub edits: Vec<Edit>,
}

/// What an ecosystem says of a build that is to be split.
#[derive(Debug)]
pub(crate) struct Split {
    pub ships: Ships,
    /// Whether there may be something to leave behind. If not, nothing is said.
    pub pays: fn(&Sole<'_>, &ImageReference) -> bool,
    /// The image to ship on, or why there is none.
    pub image: fn(&Sole<'_>, &ImageUse<'_>, &ImageReference) -> Result<String, String>,
    /// What a command does for what is shipped is noted; false if it is no command of a build, and is judged by what it leaves behind.
    pub step: fn(&Sole<'_>, &mut Work, &Command<'_>) -> Result<bool, String>,
    /// What is shipped, once all commands are known.
    pub artifacts: fn(&Sole<'_>, &mut Work, &[Command<'_>]) -> Result<(), Obstacle>,
    /// That the image that is shipped can start what this one starts.
    pub starts: fn(&Sole<'_>, &Work) -> Result<(), Obstacle>,
    /// That none of the files that are copied is in the way.
    pub files: fn(&Sole<'_>, &Work, &[String]) -> Result<(), String>,
}

/// What is shipped of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ships {
    /// What a compiler makes.
    Product,
    /// The folder where the program is, with packages beside it.
    Folder,
    /// Files that a server hands out.
    Site,
}

/// What is known of the build so far.
#[derive(Debug)]
pub(crate) struct Work {
    pub runtime: Runtime,
    /// What the build makes, in full, where it leaves it.
    pub made: Option<String>,
    /// Where it is put in the end.
    pub place: String,
    /// The targets of a build tool that have been made.
    pub targets: Vec<String>,
    /// The command that reasons about the build as a whole are about.
    pub at: TextRange,
}

impl Work {
    /// Notes that the command at `at` makes `path`.
    pub fn makes(&mut self, path: String, at: TextRange) -> Result<(), String> {
        if self.made.is_some() {
            return Err("it is the second program that is built".to_owned());
        }
        self.place.clone_from(&path);
        (self.made, self.at) = (Some(path), at);
        Ok(())
    }
}

/// What can be shipped of the one stage, which starts from `image`; `None` if there is nothing to leave behind.
///
/// # Errors
/// All that stands in the way, `obstacles` included.
pub(crate) fn runtime(
    cx: &Context<'_>,
    ecosystem: &Ecosystem,
    image: &ImageUse<'_>,
    reference: &ImageReference,
    mut obstacles: Obstacles,
) -> Result<Option<Runtime>, Obstacles> {
    let from = cx.build.stages[0].from.text_range();
    let sole = Sole::of(cx, ecosystem.facts, &mut obstacles);
    obstacles.note(around::is_image(cx, image).map_err(|because| (from, because)));
    obstacles.add(around::wanted(cx, ecosystem.kept).into_iter().map(|because| (from, because)));
    let Some(sole) = sole else { return obstacles.or(None) };
    let split = (ecosystem.split)(&sole, reference);
    if !(split.pays)(&sole, reference) {
        return Ok(None);
    }
    let work = checked(&sole, ecosystem, split, (image, reference), &mut obstacles);
    obstacles.or(Some(work.runtime))
}

/// Goes through all that may stand in the way.
fn checked(
    sole: &Sole<'_>,
    ecosystem: &Ecosystem,
    split: &Split,
    (image, reference): (&ImageUse<'_>, &ImageReference),
    obstacles: &mut Obstacles,
) -> Work {
    let mut work =
        Work { runtime: Runtime::default(), made: None, place: String::new(), targets: Vec::new(), at: sole.from };
    // A variable that decides is an obstacle already.
    if matches!(image.named, Named::Image(_)) {
        let shipped_on = (split.image)(sole, image, reference).map_err(|because| (sole.from, because));
        work.runtime.image = obstacles.note(shipped_on).unwrap_or_default();
    }
    let (mut commands, mut is_read) = (Vec::new(), true);
    for run in &sole.cx.build.runs {
        let of_run = obstacles.note(sole.commands(run));
        is_read &= of_run.is_some();
        commands.extend(of_run.into_iter().flatten());
    }
    let mut others = Vec::new();
    for command in &commands {
        match obstacles.note((split.step)(sole, &mut work, command).map_err(|because| (command.range(), because))) {
            Some(true) => {}
            Some(false) => others.push(command),
            None => is_read = false,
        }
    }
    // What is made by commands that cannot be read is another question.
    let of_files = of_files(sole, ecosystem, split, &work);
    obstacles.add(of_files.iter().flatten().cloned());
    if split.ships == Ships::Product {
        work.runtime.artifacts = vec![work.place.clone()];
    }
    if is_read && obstacles.note((split.artifacts)(sole, &mut work, &commands)).is_some() {
        obstacles.add(others.into_iter().filter(|other| !leaves_nothing(sole, split.ships, &work, other)).map(left));
        obstacles.note((split.starts)(sole, &work));
    }
    if split.ships != Ships::Product {
        obstacles.note(sole.works_in_one());
        obstacles.note(sole.has_own_folder());
        let shipped = [work.runtime.artifacts.as_slice(), std::slice::from_ref(&sole.directory)].concat();
        obstacles.add(sole.brought_outside(&shipped));
    }
    obstacles.add(variables::lost_around(sole.cx, 0, ecosystem.image).map(|because| (work.at, because)));
    // Whoever has the context is told of it last: what else is in the way can be seen without.
    obstacles.note(of_files);
    obstacles.note(sole.has_its_shell(&work.runtime.image));
    obstacles.add(sole.volume_over(&work.runtime.artifacts));
    obstacles.add(of_others::lost(sole, &work.runtime.artifacts).into_iter().map(|because| (sole.from, because)));
    work
}

/// Whether `command`, which does not build, leaves nothing behind but what is shipped.
fn leaves_nothing(sole: &Sole<'_>, ships: Ships, work: &Work, command: &Command<'_>) -> bool {
    match ships {
        Ships::Folder => sole.stays_in(command, &sole.directory),
        Ships::Product | Ships::Site => sole.leaves_nothing(command, &work.place),
    }
}

fn left(command: &Command<'_>) -> Obstacle {
    let name = command.name().unwrap_or_default();
    (command.range(), format!("`{name}` may leave something behind that is needed at run time"))
}

/// What of the files that are copied stands in the way.
///
/// # Errors
/// That they are not known.
fn of_files(sole: &Sole<'_>, ecosystem: &Ecosystem, split: &Split, work: &Work) -> Result<Vec<Obstacle>, Obstacle> {
    let unknown = || (work.at, "what the program needs is in the build context, which is not here".to_owned());
    let paths = files::copied(sole.cx, &sole.sources).ok_or_else(unknown)?;
    let mut found: Vec<_> = (split.files)(sole, work, &paths).err().into_iter().collect();
    if split.ships != Ships::Site {
        let needs = programs::needs(sole.cx, ecosystem.language, &paths).ok_or_else(unknown)?;
        let wanted = if split.ships == Ships::Product { Needs::any(&needs) } else { needs.of_surroundings() };
        found.extend(wanted.map(|because| format!("{because}, so that it may need something of this image")));
    }
    Ok(found.into_iter().map(|because| (work.at, because)).collect())
}

/// That the build makes something; if not, `because` says what is missing.
pub(crate) fn made(sole: &Sole<'_>, work: &mut Work, because: &str) -> Result<(), Obstacle> {
    match work.made.is_some() {
        true => Ok(()),
        false => Err((sole.from, because.to_owned())),
    }
}
