//! What an install brings, by the files of the build context that it reads.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::files;
use crate::known::{Table, table};
use crate::rewrite::{Answer, Context, Question};
use crate::semantics::commands::Command;
use crate::semantics::installs::{self, Install, Kind};
use crate::semantics::{Base, Build, Copied, Mount, Run, fits, is_within, joined, may_be_within};
use crate::syntax::Instruction;

/// What an install of Python brings.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// Those that the command names, and those that its files name.
    pub packages: Vec<String>,
    /// The files with requirements and constraints, in the build context.
    pub files: Vec<String>,
    /// Projects and packages in files, in the image.
    pub projects: Vec<String>,
    /// Why something may be compiled that needs not be.
    pub compiles: Option<String>,
    /// What says that packages come from elsewhere than the public registry.
    pub from: Option<String>,
}

/// Programs that write no file which they name.
static FACTS: Table = table!("installs.txt");

/// Most files with requirements that may name each other.
const FILES_MAX: usize = 50;

/// What `install`, which `command` is, brings with the files that it names, and those that they name.
///
/// # Errors
/// What is not known of them.
pub(crate) fn listed(cx: &Context<'_>, command: &Command<'_>, install: &Install) -> Result<Listed, String> {
    settings(cx, command, install)?;
    let mut all = Listed::default();
    let mut open = vec![install.clone()];
    let mut seen = BTreeSet::new();
    while let Some(next) = open.pop() {
        for kind in [Kind::Requirements, Kind::Constraints] {
            for path in next.reads_of(kind).filter(|path| !seen.contains(*path)).map(str::to_owned).collect::<Vec<_>>()
            {
                if seen.len() >= FILES_MAX {
                    return Err("more files with requirements than are read here".to_owned());
                }
                let (source, text) = text_of(cx, command, &path)?;
                let mut more = installs::requirements(&text, &path, install.folder.as_deref())?;
                // Constraints say which version of a package, if it is wanted.
                if kind == Kind::Constraints {
                    more.packages.clear();
                }
                seen.insert(path);
                all.files.push(source);
                open.push(more);
            }
        }
        all.projects.extend(next.reads_of(Kind::Project).map(str::to_owned));
        all.packages.extend(next.packages);
        all.compiles = all.compiles.or(next.compiles);
        all.from = all.from.or(next.from);
    }
    Ok(all)
}

/// That no settings of the build context decide what `install` brings, which `command` is.
///
/// # Errors
/// Those that do, or are not known.
pub(crate) fn settings(cx: &Context<'_>, command: &Command<'_>, install: &Install) -> Result<(), String> {
    for path in install.reads_of(Kind::Settings) {
        let path = cx.build.by_default(command.run.instruction, path);
        if source_of(cx, command, &path)?.is_some() {
            installs::settings_of(install.manager, &path, &text_of(cx, command, &path)?.1)?;
        }
    }
    Ok(())
}

/// The path in the build context of the file that `command` finds at `path`, and its text.
///
/// # Errors
/// Why it is not known.
pub(crate) fn text_of(cx: &Context<'_>, command: &Command<'_>, path: &str) -> Result<(String, String), String> {
    let source = source_of(cx, command, path)?.ok_or(format!("nothing of the build context is at `{path}`"))?;
    let text = files::texts(cx, &[source.as_str()]).ok_or_else(|| unknown(path))?.remove(0);
    Ok((source, text))
}

fn unknown(path: &str) -> String {
    format!("what `{path}` says is not known")
}

/// The path in the build context of what `command` finds at `path`, which is in full; `None` if nothing of the context is there.
///
/// # Errors
/// Why it is not known.
pub(crate) fn source_of(cx: &Context<'_>, command: &Command<'_>, path: &str) -> Result<Option<String>, String> {
    let Answer::Paths(all) = cx.facts.answer(Question::ContextFiles) else { return Err(unknown(path)) };
    let (build, run) = (cx.build, command.run);
    // A RUN of this build, with instructions that live as long as it does.
    let run = &build.runs[build.index_of(run)];
    for mounted in build.mounted_in(run).filter(Copied::is_of_context) {
        if let Some(place) = place_of(build, &mounted, path)? {
            return Ok(found(&mounted, &place, path, all));
        }
    }
    let here = build.in_full(run.instruction, run.directory.as_deref())?;
    if let Some(mount) = run.mounts.iter().find(|mount| hides(mount, &here, path)) {
        return Err(format!("`{}` is mounted over it", mount.target));
    }
    let (mut stage, mut before) = (run.stage, run.instruction.range.start());
    loop {
        let copies: Vec<_> =
            build.copies_of(stage).take_while(|copied| copied.instruction.range.start() < before).collect();
        for copied in copies.iter().rev() {
            let Some(source) = brought(build, copied, path, all)? else { continue };
            return match writer(cx, command, copied.instruction, path) {
                Some(writer) => Err(format!("`{writer}` may write `{path}`")),
                None => Ok(Some(source)),
            };
        }
        let Base::Stage(base) = build.stages[stage].base else { return Ok(None) };
        (stage, before) = (base, usize::MAX);
    }
}

/// Whether `mount` may put something else at `path`.
fn hides(mount: &Mount, here: &str, path: &str) -> bool {
    let target = joined(here, &mount.target);
    !mount.target.is_empty() && if mount.may_hold_files() { is_within(path, &target) } else { path == target }
}

/// Whether `copied`, a COPY or ADD, brings something of the build context to `path`, or into it.
pub(crate) fn copies_to(cx: &Context<'_>, copied: &Copied<'_>, path: &str) -> bool {
    let Answer::Paths(all) = cx.facts.answer(Question::ContextFiles) else { return false };
    matches!(brought(cx.build, copied, path, all), Ok(Some(_)))
}

/// The path in the build context, whose files are `all`, of what `copied` brings to `path`, or into it.
fn brought(build: &Build<'_>, copied: &Copied<'_>, path: &str, all: &[String]) -> Result<Option<String>, String> {
    let Some(place) = place_of(build, copied, path)? else { return Ok(None) };
    let is_elsewhere = copied.foreign().or(copied.unclear()).or(copied.unpacked()).is_some();
    let because = match () {
        () if !copied.is_of_context() => "may bring it from another stage",
        () if copied.is_selective() => "says which files are taken",
        () if is_elsewhere => "may bring it from elsewhere",
        () => return Ok(found(copied, &place, path, all)),
    };
    Err(format!("line {} {because}", copied.instruction.first_line))
}

/// Where `copied` brings something, in full, if that is `path` or a folder above. Of variables the defaults count.
fn place_of<'c>(build: &Build<'_>, copied: &'c Copied<'_>, path: &str) -> Result<Option<Cow<'c, str>>, String> {
    let place = match copied.destination.from_home(build.home_of(copied.stage)) {
        Cow::Borrowed(place) => build.by_default(copied.instruction, place),
        Cow::Owned(place) => Cow::Owned(build.by_default(copied.instruction, &place).into_owned()),
    };
    match may_be_within(path, &place) {
        Some(is_within) => Ok(is_within.then_some(place)),
        None => Err(format!("a variable decides what `{}` is", if place.contains('$') { &place } else { path })),
    }
}

/// The file among `all` that `copied` brings to `place` so that it is at `path`, or the first that is in it then.
fn found(copied: &Copied<'_>, place: &str, path: &str, all: &[String]) -> Option<String> {
    // Of several that bring the same, the last counts.
    let origins = copied.origins_in(place, path);
    origins.iter().rev().find_map(|origin| all.iter().find(|file| is_at(file, origin)).cloned())
}

/// Whether `file` is what is at `origin`, whose folders may be patterns, or lies in it.
fn is_at(file: &str, origin: &str) -> bool {
    let mut names = file.split('/');
    origin.is_empty() || origin.split('/').all(|origin| names.next().is_some_and(|name| fits(origin, name)))
}

/// The command between `copy` and `command` that may write the file at `path`, as far as its words tell.
fn writer(cx: &Context<'_>, command: &Command<'_>, copy: &Instruction, path: &str) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_between = |run: &&Run<'_>| {
        let at = run.instruction.range.start();
        let is_in_image = run.stage == command.run.stage || cx.build.is_based_on(command.run.stage, run.stage);
        is_in_image && at > copy.range.start() && at <= command.run.instruction.range.start()
    };
    let commands = cx.build.runs.iter().filter(is_between).flat_map(Run::each_command);
    let mut commands = commands.filter(|other| other.range().start() < command.range().start());
    let writer = commands.find(|other| {
        let is_named = |text: &str| text.contains(name);
        let redirects = other.node.redirects.iter().any(|redirect| is_named(other.text(redirect.target.range)));
        let is_reader = other.manager().is_some() || other.name().is_some_and(|name| FACTS.has("reader", name));
        redirects || (!is_reader && other.arguments().iter().any(|word| is_named(other.text(word.range))))
    });
    writer.map(|other| other.text(other.node.range).to_owned())
}
