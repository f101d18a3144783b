//! What stands at a path of the image where a RUN changes it: the COPYs that bring it, and the folders that others make there.

use crate::known;
use crate::rewrite::{Answer, Context, Question};
use crate::semantics::commands::Command;
use crate::semantics::{By, Copied, Run, Source, SourceKind, is_within, is_written_out, joined};
use crate::syntax::{Instruction, Keyword};
use crate::transforms::bystanders::Watched;
use crate::transforms::rights::{self, Rights};
use crate::transforms::{newness, unpacking};

/// What a folder holds.
pub(super) struct Filled<'f> {
    /// The COPYs of the stage that write to it, in order.
    pub copies: Vec<Copied<'f>>,
    /// The folders at and in it that something else has made before a COPY would, in order.
    pub made: Vec<String>,
    /// The folder above it, if the first COPY makes that too.
    pub above: Option<String>,
    /// Whether the image brings it.
    pub is_of_image: bool,
}

/// What `folder` holds where `command` of `run` changes it.
///
/// # Errors
/// Why it may hold more.
pub(super) fn filled<'f>(
    cx: &Context<'f>,
    run: &Run<'f>,
    command: &Command<'_>,
    folder: &str,
) -> Result<Filled<'f>, String> {
    if let Some(because) = newness::doubt_about_image(cx, run.stage) {
        return Err(because);
    }
    let is_of_image = newness::is_empty_folder_of_image(cx, run.stage, folder);
    if !is_of_image && !newness::is_own_place(folder) {
        return Err(format!("`{folder}` may be there before"));
    }
    let watched = Watched::of(folder, command, is_of_image);
    let mut filled = Filled { copies: Vec::new(), made: Vec::new(), above: None, is_of_image };
    if is_of_image {
        filled.made.push(folder.to_owned());
    }
    let mut there: Vec<String> = newness::empty().map(str::to_owned).collect();
    let stage_start = cx.build.stages[run.stage].from.range.start();
    for instruction in newness::before(cx, run.stage, run.instruction) {
        let line = instruction.first_line;
        match instruction.keyword() {
            Keyword::Workdir => {
                let made = cx.build.directory_behind(instruction).map(|made| joined("/", made)).unwrap_or_default();
                if !rights::is_plain(&made) {
                    return Err(format!("WORKDIR makes `{made}` before"));
                }
                filled.add_made(&made, folder);
                there.push(made);
            }
            Keyword::Copy | Keyword::Add => {
                let copied = cx.build.copied_by(instruction);
                let known = copied.as_ref().and_then(|copied| copied.destination.known());
                let is_into = known.is_some_and(|known| is_within(known, folder) && rights::is_plain(known));
                match copied {
                    Some(copied) if is_into && is_as_copy(cx, &copied) && instruction.range.start() > stage_start => {
                        if filled.copies.is_empty() && filled.made.is_empty() {
                            filled.above = above(folder, &there);
                        }
                        filled.copies.push(copied);
                    }
                    Some(copied) if !is_into && !may_reach(&copied, folder) => {
                        let destination = &copied.destination;
                        there.extend(destination.is_folder.then(|| destination.path.clone()));
                    }
                    Some(copied) if is_as_copy(cx, &copied) && copied.destination.is_written_out() => {
                        return Err(format!("line {line} may bring more than `{folder}`"));
                    }
                    _ => return Err(format!("line {line} may write to `{folder}` before")),
                }
            }
            Keyword::Run => {
                let acts = cx.build.run_of(instruction).and_then(|run| watched.made_by(cx, run, None));
                let Some(made) = acts else { return Err(format!("line {line} may write to `{folder}` before")) };
                made.iter().for_each(|made| filled.add_made(made, folder));
                there.extend(made);
            }
            Keyword::Volume | Keyword::Onbuild => {
                return Err(format!("what is at `{folder}` before is not known from line {line}"));
            }
            _ => {}
        }
    }
    let Some(made) = watched.made_by(cx, run, Some(command)) else {
        return Err("it does not come first, and what comes before may change the files".to_owned());
    };
    made.iter().for_each(|made| filled.add_made(made, folder));
    Ok(filled)
}

impl Filled<'_> {
    /// `folder`, and each folder in it that is said to be one.
    pub fn folders(&self, folder: &str) -> Vec<String> {
        let mut all = vec![folder.to_owned()];
        let said = self.copies.iter().map(|copied| copied.destination.path.as_str());
        for path in said.chain(self.made.iter().map(String::as_str)) {
            let ends = path.match_indices('/').skip(1).map(|(at, _)| at).chain([path.len()]);
            for part in ends.map(|end| &path[..end]).filter(|part| is_within(part, folder)) {
                if !all.iter().any(|other| other == part) {
                    all.push(part.to_owned());
                }
            }
        }
        all
    }

    /// Adds `made` and the folders above it, as far as they are in `folder` and no COPY has made them.
    fn add_made(&mut self, made: &str, folder: &str) {
        let ends = made.match_indices('/').skip(1).map(|(at, _)| at).chain([made.len()]);
        for part in ends.map(|end| &made[..end]).filter(|part| is_within(part, folder)) {
            let is_there = self.made.iter().any(|other| other == part)
                || self.copies.iter().any(|copied| is_within(&copied.destination.path, part));
            if !is_there {
                self.made.push(part.to_owned());
            }
        }
    }
}

/// The folder above `folder`, if it is in none of `there`.
fn above(folder: &str, there: &[String]) -> Option<String> {
    let parent = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
    let is_there = parent.is_empty() || there.iter().any(|there| is_within(there, parent));
    (!is_there).then(|| parent.to_owned())
}

/// The COPY or ADD of the stage that brings the file at `path`, where `command` of `run` changes it; `None` if none does.
///
/// # Errors
/// Why it may be another file by then, or somebody may have used it as it was.
pub(super) fn brought<'f>(
    cx: &Context<'f>,
    run: &Run<'f>,
    command: &Command<'_>,
    path: &str,
) -> Result<Option<Copied<'f>>, String> {
    let instructions = &cx.build.stages[run.stage].instructions[..run.position];
    let copies = instructions.iter().enumerate().rev().filter_map(|(at, &instruction)| {
        let is_copy = matches!(instruction.keyword(), Keyword::Copy | Keyword::Add);
        Some((at, is_copy.then(|| cx.build.copied_by(instruction)).flatten()?))
    });
    let mut reaching =
        copies.filter(|(_, copied)| may_reach(copied, path) || files(copied).iter().any(|file| file == path));
    let Some((at, copied)) = reaching.next() else { return Ok(None) };
    if !files(&copied).iter().any(|file| file == path) {
        let is_folder = copied.destination.known().is_some_and(|known| path != known);
        let (line, mover) = (copied.instruction.first_line, command.name().unwrap_or_default());
        let because = || format!("line {line} may bring it among others, which `--{mover}` is for too");
        return if is_folder { Err(because()) } else { Ok(None) };
    }
    let watched = Watched::of(path, command, false);
    if watched.made_by(cx, run, Some(command)).is_none() {
        return Err("what comes before it in its RUN may change or use the file".to_owned());
    }
    for instruction in &instructions[at + 1..] {
        let line = instruction.first_line;
        match instruction.keyword() {
            Keyword::Run if cx.build.run_of(instruction).and_then(|run| watched.made_by(cx, run, None)).is_none() => {
                return Err(format!("line {line} may change or use the file"));
            }
            Keyword::Volume => return Err(format!("line {line} makes a volume, which may keep the file as it is")),
            _ => {}
        }
    }
    Ok(Some(copied))
}

/// Where the files get to that `copied` brings, as far as it says, if its sources are files.
pub(super) fn files(copied: &Copied<'_>) -> Vec<String> {
    let destination = &copied.destination;
    let Some(known) = destination.known().filter(|known| rights::is_plain(known)) else { return Vec::new() };
    match copied.sources.as_slice() {
        [_] if !destination.is_folder => vec![known.to_owned()],
        sources => sources
            .iter()
            .filter(|source| source.value.known().is_some() && !source.is_pattern() && !source.name().is_empty())
            .map(|source| joined(known, source.name()))
            .collect(),
    }
}

/// The last COPY or ADD before `run` that says a place in `folder`, or a folder above it.
pub(super) fn last_to<'f>(cx: &Context<'f>, run: &Run<'_>, folder: &str) -> Option<&'f Instruction> {
    let before = &cx.build.stages[run.stage].instructions[..run.position];
    before.iter().rev().copied().find(|instruction| {
        let is_copy = matches!(instruction.keyword(), Keyword::Copy | Keyword::Add);
        let copied = is_copy.then(|| cx.build.copied_by(instruction)).flatten();
        copied.is_some_and(|copied| {
            copied.destination.known().is_some_and(|known| {
                is_within(known, folder) || (known != "/" && is_within(folder, known) && may_reach(&copied, folder))
            })
        })
    })
}

/// Why `copied` brings more than the files that `rights` names, or others.
pub(super) fn not_only(cx: &Context<'_>, copied: &Copied<'_>, rights: &Rights<'_>) -> Option<String> {
    let written = |source: &Source<'_>| source.value.written.to_owned();
    let files = files(copied);
    if let Some(source) = copied.sources.iter().find(|source| !is_file(cx, copied, source)) {
        return Some(format!("without `-R` it is for one file, and that `{}` is one is not known", written(source)));
    }
    let is_named = |file: &String| rights.targets.iter().any(|target| target.path.as_ref() == Some(file));
    let mut others = copied.sources.iter().zip(&files).filter(|(_, file)| !is_named(file));
    others.next().map(|(source, _)| format!("the COPY brings `{}` too", written(source)))
}

/// Whether the folder `path` is surely there before `copy`.
pub(super) fn is_there(cx: &Context<'_>, stage: usize, copy: &Instruction, path: &str) -> bool {
    let makes = |instruction: &Instruction| {
        let made =
            (instruction.keyword() == Keyword::Workdir).then(|| cx.build.directory_behind(instruction)).flatten();
        made.is_some_and(|made| made.starts_with('/') && is_within(&joined("/", made), path))
    };
    path.is_empty()
        || known::FOLDERS.has("always there", path)
        || newness::before(cx, stage, copy).into_iter().any(makes)
}

/// Whether `source` is one file: by the build context, or if it is not known there, by its name, or by where it gets to.
pub(super) fn is_file(cx: &Context<'_>, copied: &Copied<'_>, source: &Source<'_>) -> bool {
    match source.kind {
        SourceKind::Path if !source.is_plain() => return false,
        SourceKind::Path => {}
        // A repository is a folder.
        SourceKind::Remote => {
            return is_download(&source.value.text);
        }
        SourceKind::Heredoc => return true,
    }
    let is_context = copied.is_of_context();
    match is_context.then(|| cx.facts.answer(Question::ContextEntry(source.path().into_owned()))) {
        Some(Answer::File { .. }) => true,
        Some(Answer::Directory) => false,
        // A folder would be poured out, so that nothing of its name would be there.
        _ => {
            let parent = copied.destination.path.rsplit_once('/').map_or("", |(parent, _)| parent);
            let is_named = source.name().trim_start_matches('.').contains('.') && !source.value.text.ends_with(".d");
            is_named || copied.destination.is_folder || parent.ends_with("bin")
        }
    }
}

/// Whether it does what a COPY of the same would.
pub(super) fn is_as_copy(cx: &Context<'_>, copied: &Copied<'_>) -> bool {
    copied.by == By::Copy || copied.sources.iter().all(|source| unpacking::obstacle(cx, source).is_none())
}

/// Whether an address is that of a file, not of a repository.
fn is_download(address: &str) -> bool {
    address.starts_with("http") && !address.contains(".git") && !address.contains('#')
}

/// Whether a COPY or ADD may bring something to `path`.
fn may_reach(copied: &Copied<'_>, path: &str) -> bool {
    let destination = &copied.destination;
    let are_files = copied.sources.iter().all(|source| {
        let name = source.name();
        let is_whole = copied.by == By::Copy || !source.is_archive_by_name();
        is_whole && name.trim_start_matches('.').contains('.') && !path.ends_with(name)
    });
    destination.known().is_none_or(|known| !is_written_out(known))
        || is_within(&destination.path, path)
        || (is_within(path, &destination.path) && !are_files)
}
