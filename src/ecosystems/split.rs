//! How one stage becomes two, whatever it is written in: a checklist that is gone through with what an ecosystem says. It cannot forget a question.

use super::carried::{Carried, says_where_packages_are};
use super::sole::KNOWN;
use super::{Ecosystem, Sole, around as of_others, copied_last};
use crate::bases::around;
use crate::known::ACCOUNTS;
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
    /// The commands that bring what it needs besides, before anything is copied, with their places in the order of the build, if they have one.
    pub before: Vec<(Option<usize>, String)>,
    /// The command that the build ends with.
    pub last: Option<String>,
    /// What else changes in the build.
    pub edits: Vec<Edit>,
    /// The instruction of the stage that the build ends with; the last one that builds or copies, if it is not said.
    pub end: Option<usize>,
    pub apart: Option<Apart>,
}

/// Packages that are taken from a stage of their own, which an edit of the code does not build anew. All else is copied to the image itself.
#[derive(Debug)]
pub(crate) struct Apart {
    /// The instruction of the stage that installs them, with those that the build needs.
    pub installed: usize,
    /// The folders that the build makes of the code, in full.
    pub made: Vec<String>,
    /// What takes away the packages that only the build needs.
    pub pruned: String,
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
    /// What is done again in the stage that is shipped.
    pub carried: Carried,
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

    /// Notes that reasons about the build as a whole are about `command`, if they are about none yet.
    pub fn is_about(&mut self, sole: &Sole<'_>, command: &Command<'_>) {
        if self.at == sole.from {
            self.at = command.range();
        }
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
    let sole = Sole::of(cx, ecosystem, &mut obstacles);
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
    let mut work = Work {
        runtime: Runtime::default(),
        carried: Carried::default(),
        made: None,
        place: String::new(),
        targets: Vec::new(),
        at: sole.from,
    };
    // A variable that decides is an obstacle already.
    if matches!(image.named, Named::Image(_)) {
        let shipped_on = (split.image)(sole, image, reference).map_err(|because| (sole.from, because));
        work.runtime.image = obstacles.note(shipped_on).unwrap_or_default();
    }
    work.carried = Carried::onto(sole, &work.runtime.image);
    let (mut commands, mut is_read) = (Vec::new(), true);
    for run in &sole.cx.build.runs {
        let of_run = obstacles.note(sole.commands(run));
        is_read &= of_run.is_some();
        commands.extend(of_run.into_iter().flatten());
    }
    let mut others = Vec::new();
    for command in &commands {
        let taken = taken(sole, ecosystem, split, &mut work, command).map_err(|because| (command.range(), because));
        match obstacles.note(taken) {
            Some(true) => {}
            Some(false) => others.push(command),
            None => is_read = false,
        }
    }
    let of_files = of_files(sole, ecosystem, split, &work);
    obstacles.add(of_files.iter().flatten().cloned());
    if split.ships == Ships::Product {
        work.runtime.artifacts = vec![work.place.clone()];
    }
    // What is made by commands that cannot be read is another question.
    if is_read && obstacles.note((split.artifacts)(sole, &mut work, &commands)).is_some() {
        if split.ships == Ships::Folder {
            work.runtime.artifacts.extend(sole.brought_beside(&work.runtime.artifacts));
        }
        obstacles.add(others.into_iter().filter(|other| !leaves_nothing(sole, split.ships, &work, other)).map(left));
        obstacles.add(starts(sole, ecosystem, split, &work));
        obstacles.add(sole.named_outside(&shipped(sole, split, &work)));
    }
    if split.ships != Ships::Product {
        obstacles.note(sole.works_in_one());
        obstacles.note(sole.has_own_folder());
        obstacles.add(sole.brought_outside(&shipped(sole, split, &work)));
    }
    obstacles.add(user(sole, ecosystem, split, &work));
    obstacles.add(variables::lost_around(sole.cx, 0, ecosystem.image).map(|because| (work.at, because)));
    // Whoever has the context is told of it last: what else is in the way can be seen without.
    obstacles.note(of_files);
    obstacles.note(sole.has_its_shell(&work.runtime.image));
    obstacles.add(sole.volume_over(&work.runtime.artifacts));
    obstacles.add(of_others::lost(sole, &work.runtime.artifacts).into_iter().map(|because| (sole.from, because)));
    if let Some((end, artifacts)) =
        copied_last::end(sole, &work.runtime.artifacts).filter(|_| split.ships == Ships::Folder)
    {
        (work.runtime.end, work.runtime.artifacts) = (Some(end), artifacts);
    }
    if split.ships == Ships::Folder {
        work.carried.take_copies(sole, work.runtime.end);
    }
    if work.carried.installs() {
        obstacles.add(says_where_packages_are(sole));
    }
    work.runtime.before.extend(work.carried.steps());
    work
}

/// Whether `command` is one of a build, or is done again.
fn taken(
    sole: &Sole<'_>,
    ecosystem: &Ecosystem,
    split: &Split,
    work: &mut Work,
    command: &Command<'_>,
) -> Result<bool, String> {
    let is_carried =
        split.ships == Ships::Folder && !sole.is_by_user(command) && { work.carried.take(sole, ecosystem, command)? };
    if is_carried { Ok(true) } else { (split.step)(sole, work, command) }
}

/// The files and folders that are shipped, and the one that the program works in.
fn shipped(sole: &Sole<'_>, split: &Split, work: &Work) -> Vec<String> {
    let mut shipped = work.runtime.artifacts.clone();
    shipped.extend((split.ships != Ships::Product).then(|| sole.directory.clone()));
    shipped
}

/// What stands against what is started.
fn starts(sole: &Sole<'_>, ecosystem: &Ecosystem, split: &Split, work: &Work) -> Vec<Obstacle> {
    if split.ships != Ships::Folder || sole.script().is_none() {
        return (split.starts)(sole, work).err().into_iter().collect();
    }
    let start = sole.cx.build.start(0);
    let lacking = start.parts().filter_map(|part| {
        let because = around::lacking(sole.cx, part, ecosystem.kept)?;
        Some((part.instruction.text_range(), format!("it starts {because}")))
    });
    lacking.collect()
}

/// That the user whom the file names is in the image that is shipped.
fn user(sole: &Sole<'_>, ecosystem: &Ecosystem, split: &Split, work: &Work) -> Option<Obstacle> {
    let (written, at) = sole.user.as_ref()?;
    let name = written.split(':').next().unwrap_or_default();
    let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    let image = ecosystem.image;
    let of_image = [image.to_owned(), format!("{image} on Debian"), format!("{image} on Alpine")];
    let is_of_image = of_image.iter().any(|image| {
        ACCOUNTS.of(image).any(|fact| fact.starts_with("has the user ") && fact.ends_with(&format!(" {name}")))
    });
    let is_same_system = split.ships != Ships::Product && (is_of_image || KNOWN.has("user of every image", name));
    let is_known = |name: &str| is_number(name) || work.carried.makes(name);
    let group = written.split_once(':').map(|(_, group)| group);
    let is_there = is_known(name) || is_same_system;
    match is_there && group.is_none_or(|group| is_known(group) || (group == name && is_same_system)) {
        true => None,
        false => Some((*at, format!("the user `{written}` may not be in another image, or own nothing there"))),
    }
}

/// Whether `command`, which does not build, leaves nothing behind but what is shipped.
fn leaves_nothing(sole: &Sole<'_>, ships: Ships, work: &Work, command: &Command<'_>) -> bool {
    match ships {
        Ships::Folder => {
            let mut folders = std::iter::once(&sole.directory).chain(&work.runtime.artifacts);
            folders.any(|folder| sole.stays_in(command, folder))
        }
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
    if split.ships == Ships::Product || (split.ships == Ships::Folder && !work.carried.is_same_system()) {
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
