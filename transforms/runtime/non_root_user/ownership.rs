//! Whose the files of a stage are: the folder that its program is started in, what is copied into it, and what its commands make.

use super::FACTS;
use crate::rewrite::{Answer, Context, Obstacle, Question};
use crate::semantics::commands::Command;
use crate::semantics::{By, Copied, Origin, Run, Source, SourceKind, cleanups, is_within, joined, rooted};
use crate::syntax::shell::RedirectOperator;
use crate::syntax::{Instruction, Keyword};

/// The folder of a program, and what is copied.
#[derive(Debug)]
pub(super) struct Ownership<'f> {
    /// The one WORKDIR, in full.
    pub folder: Option<String>,
    /// Where programs are started.
    pub directory: String,
    pub copied: Vec<Placed<'f>>,
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
    let mut ownership = Ownership { folder: None, directory, copied: Vec::new() };
    for instruction in &cx.build.stages[stage].instructions {
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

/// All commands of the stage whose files the program may want to write to.
pub(super) fn made_by_root(cx: &Context<'_>, stage: usize, ownership: &Ownership<'_>) -> Vec<Obstacle> {
    cx.build.runs_of(stage).flat_map(|run| in_run(cx, run, ownership)).collect()
}

fn in_run(cx: &Context<'_>, run: &Run<'_>, ownership: &Ownership<'_>) -> Vec<Obstacle> {
    if let Err(because) = &run.script {
        return vec![(run.instruction.text_range(), format!("what it runs cannot be read: {because}"))];
    }
    // What only empties a cache, by us or by the user, makes nothing.
    let all = run.commands();
    let makers = all.iter().filter(|command| !cleanups::is_cleanup(command.text(command.node.range)));
    let obstacles = makers.filter_map(|command| {
        let because = command_obstacle(cx, run, command, ownership)?;
        Some((command.range(), because))
    });
    obstacles.collect()
}

fn command_obstacle(
    cx: &Context<'_>,
    run: &Run<'_>,
    command: &Command<'_>,
    ownership: &Ownership<'_>,
) -> Option<String> {
    let writes = |redirect: &crate::syntax::shell::Redirect| {
        let is_read = matches!(redirect.operator, RedirectOperator::Input);
        !is_read
            && !redirect.target.is("/dev/null")
            && redirect.target.literal.as_deref().is_none_or(|to| to.parse::<u32>().is_err())
    };
    if command.node.redirects.iter().any(writes) {
        return Some("it writes a file that belongs to root".to_owned());
    }
    let Some(name) = command.name() else {
        return command.words().first().map(|_| "what it runs is only known when it is built".to_owned());
    };
    let arguments = || command.arguments().iter().map(|word| word.literal.as_deref().unwrap_or("$"));
    let made = || Some(format!("`{name}` may make files that the program writes to and that belong to root"));
    match name {
        "echo" | "printf" => None,
        "export" if !command.text(command.node.range).contains('/') => None,
        "mkdir" => {
            let folder = ownership.folder.as_deref().unwrap_or_default();
            let is_same = arguments().all(|word| word == "-p" || is_within(folder, &joined("/", word)));
            (!(command.has_argument("-p") && is_same && arguments().count() > 1)).then(made).flatten()
        }
        "chmod" => {
            let mode = arguments().find(|word| !word.starts_with("-R"))?;
            (!FACTS.has("mode with which all may run", mode)).then(made).flatten()
        }
        _ if FACTS.has("manager of packages of a language", name) => install_obstacle(cx, run, command, ownership),
        _ if FACTS.has("command that makes nothing for the program", name) => None,
        _ => made(),
    }
}

/// Whether a package manager of a language does more than bring packages.
fn install_obstacle(
    cx: &Context<'_>,
    run: &Run<'_>,
    command: &Command<'_>,
    ownership: &Ownership<'_>,
) -> Option<String> {
    let name = command.name()?;
    let words: Vec<_> = command.arguments().iter().map(|word| word.literal.as_deref().unwrap_or("$")).collect();
    let made = || {
        Some(format!("`{name} {}` may make files that the program writes to and that belong to root", words.join(" ")))
    };
    let is_pip = match name {
        "pip" | "pip3" => true,
        "python" | "python3" if words.starts_with(&["-m", "pip"]) => true,
        _ if FACTS.has("manager of packages of Node.js", name) => false,
        _ => return made(),
    };
    let says_where = |word: &str| FACTS.has("option that says where packages go", word);
    if words.iter().any(|word| says_where(word) || word.starts_with("git+") || word.contains("$")) {
        return made();
    }
    let verb = words
        .iter()
        .copied()
        .filter(|word| !word.starts_with('-') && *word != "pip")
        .find(|word| *word != "global")
        .unwrap_or_default();
    let is_bare_yarn = name == "yarn" && verb.is_empty();
    if !FACTS.has("verb that only brings packages", verb) && !is_bare_yarn {
        return made();
    }
    let builds_here = words
        .iter()
        .any(|word| *word == "." || word.starts_with("./") || word.starts_with('/') || word.starts_with(".["));
    let may_ask_git = if is_pip { builds_here } else { !words.contains(&"-g") };
    let folder_before = ownership.copied.iter().find(|copied| {
        copied.from == Origin::Context
            && copied.instruction.range.start() < run.instruction.range.start()
            && !copied.is_files_by_name()
    })?;
    if may_ask_git && !is_without_git(cx) {
        return Some(format!(
            "`{name}` may ask git, which refuses to work in a folder of another user, and `{}` may bring `.git`",
            folder_before.sources.join(" ")
        ));
    }
    None
}

impl Placed<'_> {
    /// Whether all its sources are files by their names, such as `package*.json`.
    fn is_files_by_name(&self) -> bool {
        self.sources.iter().all(|source| {
            let name = source.rsplit('/').next().unwrap_or(source);
            name.trim_start_matches('.').contains('.') || ["Pipfile", "Gemfile"].contains(&name)
        })
    }
}

/// Whether the build context is known to have no `.git`.
fn is_without_git(cx: &Context<'_>) -> bool {
    let Answer::Paths(paths) = cx.facts.answer(Question::ContextFiles) else { return false };
    !paths.iter().any(|path| path.split('/').any(|part| part == ".git"))
}
