//! Whose the files of a stage are: the folder that its program is started in, what is copied into it, and what its commands make.

use super::{FACTS, environments};
use crate::rewrite::{Answer, Context, Obstacle, Question};
use crate::semantics::{By, Copied, Origin, Source, SourceKind, Taken, is_within, joined, rooted};
use crate::syntax::{Instruction, Keyword};

/// The folder of a program, and what is copied.
#[derive(Debug)]
pub(super) struct Ownership<'f> {
    pub stage: usize,
    /// The one WORKDIR, in full.
    pub folder: Option<String>,
    /// Where programs are started.
    pub directory: String,
    pub copied: Vec<Placed<'f>>,
    /// Folders in it that commands make, which have to be its own too.
    pub made: Vec<String>,
    /// Whether commands make files in it that are only read.
    pub is_built: bool,
    /// Whether the code is installed as a package, beside those of others.
    pub is_installed: bool,
    /// Whether a command runs the code itself.
    pub is_run: bool,
    /// Commands that may ask git, behind a copy of what may bring its folder: git refuses to work in a folder of another user.
    pub asks_git: Vec<Obstacle>,
}

/// What one COPY or ADD brings.
#[derive(Debug)]
pub(super) struct Placed<'f> {
    pub instruction: &'f Instruction,
    pub from: Origin,
    pub sources: Vec<String>,
    /// In full: that of the file, where one file is copied.
    pub destination: String,
}

impl Ownership<'_> {
    /// Whether all that is copied goes to places that are for the program alone, or for all.
    pub fn is_apart(&self) -> bool {
        self.copied.iter().all(|copied| is_for_all(&copied.destination) || can_be_given(&copied.destination))
    }

    /// Whether `source`, a path in the build context, is copied by its name or that of a folder above it, and not with all of the context.
    pub fn copies_by_name(&self, source: &str) -> bool {
        let of_context = self.copied.iter().filter(|copied| copied.instruction.flag("from").is_none());
        let mut names = of_context.flat_map(|copied| &copied.sources).map(|name| joined("/", name));
        names.any(|name| name.len() > 1 && is_within(&joined("/", source), &name))
    }

    /// The folder of the program, and those in it that commands make.
    pub fn folders(&self, folder: &str) -> String {
        let made = self.made.iter().map(String::as_str);
        std::iter::once(folder).chain(made).collect::<Vec<_>>().join(" ")
    }

    /// The path in the build context of what stands at `path` of the image.
    pub fn source_of(&self, path: &str) -> Option<String> {
        self.copied.iter().rev().filter(|copied| copied.from == Origin::Context).find_map(|copied| {
            let name_of = |source: &str| joined(&copied.destination, source.rsplit('/').next().unwrap_or(source));
            let [source] = copied.sources.as_slice() else {
                return copied.sources.iter().find(|source| name_of(source) == path).cloned();
            };
            if copied.destination == path {
                return Some(source.clone());
            }
            let rest = path.strip_prefix(copied.destination.as_str())?.strip_prefix('/')?;
            Some(rooted(&format!("{source}/{rest}")).into_owned())
        })
    }
}

/// The folder and the copied files of stage `stage`.
///
/// # Errors
/// What is in the way of giving them to a user.
pub(super) fn ownership<'f>(cx: &Context<'f>, stage: usize, needs_folder: bool) -> Result<Ownership<'f>, Obstacle> {
    let from = cx.build.stages[stage].from;
    let directory = joined("/", cx.build.directory_of(stage).unwrap_or_default());
    let mut ownership = Ownership {
        stage,
        folder: None,
        directory,
        copied: Vec::new(),
        made: Vec::new(),
        is_built: false,
        is_installed: false,
        is_run: false,
        asks_git: Vec::new(),
    };
    for instruction in
        environments::stages(cx, stage).into_iter().rev().flat_map(|stage| &cx.build.stages[stage].instructions)
    {
        let range = instruction.text_range();
        match instruction.keyword() {
            Keyword::Workdir => {
                let folder = joined("/", cx.build.directory_behind(instruction).unwrap_or_default());
                if needs_folder && !can_be_given(&folder) {
                    return Err((range, format!("`{folder}` is not for the program alone")));
                }
                if ownership.folder.as_ref().is_some_and(|other| *other != folder) {
                    return Err((range, "it works in several folders".to_owned()));
                }
                ownership.folder = Some(folder);
            }
            Keyword::Copy | Keyword::Add if cx.build.stage_with(instruction) != stage => {
                return Err((from.text_range(), "what the stage it starts from has made belongs to root".to_owned()));
            }
            Keyword::Copy | Keyword::Add => {
                let placed = cx.build.copied_by(instruction).map(|copied| placed(cx, &copied));
                ownership.copied.extend(placed.transpose().map_err(|because| (range, because))?);
            }
            _ => {}
        }
    }
    let Some(folder) = &ownership.folder else {
        let because = "it is started in `/`, which cannot be its own".to_owned();
        return if needs_folder { Err((from.text_range(), because)) } else { Ok(ownership) };
    };
    let outside = ownership.copied.iter().find(|copied| {
        let is_single = copied.destination.len() > 1 && copied.destination.rfind('/') == Some(0);
        let is_known = is_within(&copied.destination, folder) || is_for_all(&copied.destination);
        !is_known && (!is_single || !copied.is_one_file())
    });
    if let Some(copied) = outside {
        let because = format!("`{}` lies outside `{folder}`, and the program may write there", copied.destination);
        return Err((copied.instruction.text_range(), because));
    }
    Ok(ownership)
}

impl Placed<'_> {
    /// Whether the program is given it: what is its own, and a file of the build context, which its owner alone may be able to read.
    pub fn is_given(&self) -> bool {
        let is_of_context = self.from == Origin::Context;
        !is_for_all(&self.destination)
            || (is_of_context && !FACTS.has("folder of programs and certificates", &self.destination))
    }

    /// Whether it brings files of the build context that their owner alone may be able to read, by their names.
    pub fn brings_secrets(&self, cx: &Context<'_>) -> bool {
        let Answer::Paths(all) = cx.facts.answer(Question::ContextFiles) else { return true };
        let is_secret = |path: &String| {
            let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
            FACTS.sign("part of the name of a secret", &name).is_some()
                && FACTS.sign("name of what holds no secret", &name).is_none()
        };
        let taken = cx.build.copied_by(self.instruction).filter(|_| self.from == Origin::Context);
        taken.is_some_and(|copied| all.iter().any(|path| is_secret(path) && copied.takes(path) != Taken::No))
    }

    /// Whether it brings folders that libraries write to, by their names.
    pub fn brings_written(&self, cx: &Context<'_>) -> bool {
        let Answer::Paths(all) = cx.facts.answer(Question::ContextFiles) else { return true };
        let is_written = |path: &&String| {
            path.split('/').rev().skip(1).any(|folder| FACTS.has("folder that libraries write to", folder))
        };
        self.brings(cx, &all.iter().filter(is_written).cloned().collect::<Vec<_>>())
    }

    /// Whether it brings one of `paths` of the build context.
    pub fn brings(&self, cx: &Context<'_>, paths: &[String]) -> bool {
        let taken = cx.build.copied_by(self.instruction).filter(|_| self.from == Origin::Context);
        taken.is_some_and(|copied| paths.iter().any(|path| copied.takes(path) != Taken::No))
    }

    fn is_one_file(&self) -> bool {
        matches!(self.sources.as_slice(), [source] if !source.ends_with(['/', '.']) && !source.contains('*'))
    }
}

/// Whether what is copied there is a program or a certificate, which no program writes to.
pub(super) fn is_for_all(path: &str) -> bool {
    FACTS.of("folder of programs and certificates").any(|folder| path.starts_with(folder))
}

/// Whether a folder is one that only the program uses, so that it can be its user's.
fn can_be_given(folder: &str) -> bool {
    let is_plain = folder.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
    let first = folder.split('/').nth(1).unwrap_or_default();
    let is_own = || FACTS.of("start of a folder of one program").any(|start| folder.starts_with(start));
    let is_shared = FACTS.has("folder that is shared", first) && !is_own();
    is_plain && !folder.contains("..") && !is_shared && !FACTS.has("folder of several programs", folder)
}

/// Whether a mode lets everybody read files and look into folders.
fn is_for_others(mode: &str) -> bool {
    const READ_AND_LOOK: u32 = 0o005;
    u32::from_str_radix(mode, 8).is_ok_and(|mode| mode & READ_AND_LOOK == READ_AND_LOOK)
}

fn placed<'f>(cx: &Context<'_>, copied: &Copied<'f>) -> Result<Placed<'f>, String> {
    let is_open =
        copied.options().filter(|flag| flag.name() == "chmod").all(|flag| flag.value().is_some_and(is_for_others));
    match copied.option_besides(if is_open { &["chmod"] } else { &[] }) {
        Some("chown") => return Err("who owns what is copied is said by hand".to_owned()),
        Some(name) => return Err(format!("with `--{name}`, who may use what is copied is not known")),
        None => {}
    }
    if copied.sources.iter().any(|source| source.kind == SourceKind::Heredoc) {
        return Err("what is copied is written in the file".to_owned());
    }
    let is_unpacked = |source: &&Source<'_>| copied.by == By::Add && source.is_archive_by_name();
    if let Some(source) = copied.foreign().or_else(|| copied.sources.iter().find(is_unpacked)) {
        return Err(format!("what `{}` brings, and whose it is, is not known", source.value.written));
    }
    let Copied { destination, sources, .. } = copied;
    if !destination.is_written_out() {
        return Err(format!("where `{}` is, is not known", destination.value.written));
    }
    let name = match sources.as_slice() {
        [source] if !source.is_pattern() => Some(source.name()).filter(|name| !name.is_empty()),
        _ => None,
    };
    // A file that is copied into a folder keeps its name. A folder is poured out.
    let is_program_folder = FACTS.has("folder of programs", &destination.path);
    let is_folder = match copied.from {
        Origin::Stage(lender) => sources.iter().all(|source| works_in(cx, lender, &source.path())),
        _ => false,
    };
    let path = match name {
        Some(name)
            if (destination.is_folder || is_program_folder) && !is_folder && looks_like_file(name, copied.from) =>
        {
            joined(&destination.path, name)
        }
        _ => destination.path.clone(),
    };
    let sources = sources.iter().map(|source| source.value.text.clone().into_owned()).collect();
    Ok(Placed { instruction: copied.instruction, from: copied.from, sources, destination: path })
}

/// Whether stage `stage` works in the folder `path`, seen from its root.
fn works_in(cx: &Context<'_>, stage: usize, path: &str) -> bool {
    let workdirs = cx.build.stages[stage].instructions.iter().filter(|other| other.keyword() == Keyword::Workdir);
    let mut folders = workdirs.filter_map(|workdir| cx.build.directory_behind(workdir));
    folders.any(|folder| rooted(folder) == path)
}

/// Whether a source is a file by its name; out of another stage, a name alone is taken for one.
fn looks_like_file(name: &str, from: Origin) -> bool {
    name.trim_start_matches('.').contains('.') || from != Origin::Context
}
