//! Leaves the git repository, and packages that the build installs anew, out of the build context by `.dockerignore`.

mod copies;
mod git_traces;

use self::copies::{context_copies, paths};
use self::git_traces::{git_trace, reader};
use crate::known::{Table, table};
use crate::programs::files::{copied, texts};
use crate::programs::installs;
use crate::rewrite::{
    Answer, Companion, Context, Effect, Findings, IgnoreFiles, Obstacle, Preserves, Question, Transform,
};
use crate::semantics::commands::Command;
use crate::semantics::installs::{Install, Kind, Work};
use crate::semantics::packages::NPM;
use crate::semantics::{Base, Copied, Source, Taken};
use crate::syntax::{ItemKind, Keyword};
use crate::text::{Newline, TextRange};

pub(super) const TRANSFORM: Transform = Transform {
    id: "write-dockerignore",
    preserves: Preserves::Intent,
    page: include_str!("write_dockerignore.md"),
    effects: &[Effect::Files("/**/.git/**"), Effect::Files("/**/node_modules/**"), Effect::Files("/**/*.dockerignore")],
    is_deep: true,
    rewrite,
    ..Transform::PLAIN
};

const REPOSITORY: &str = ".git";
const PACKAGES: &str = "node_modules";

/// What systems leave in folders: too little for a file of its own, so they come with the others.
const LITTER: &[&str] = &[".DS_Store", "Thumbs.db"];

static FACTS: Table = table!("facts.txt");

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    let copies = match context_copies(cx) {
        Ok(copies) => copies,
        Err((range, because)) => {
            let is_there = |folder: &&str| is_in_context(cx, folder);
            if let Some(folder) = [REPOSITORY, PACKAGES].iter().find(|folder| is_there(folder)) {
                findings.decline(range, format!("{because}, so who reads `{folder}` is not known"));
            }
            return findings;
        }
    };
    let (mut entries, mut about) = (Vec::new(), None);
    let present: Vec<_> = candidates(&copies).into_iter().filter(|path| is_in_context(cx, path)).collect();
    if !present.is_empty() {
        ask(cx);
    }
    for path in present {
        let Some(copy) = copies.iter().find(|copy| copy.takes(&path) != Taken::No) else { continue };
        let obstacle = if path == REPOSITORY { read(cx, &copies) } else { kept(cx, &copies, &path) };
        match by_name(&copies, &path).or(obstacle) {
            None => {
                about.get_or_insert(copy.instruction.text_range());
                entries.push(path);
            }
            Some((range, because)) => findings.decline(range, because),
        }
    }
    let Some(about) = about else { return findings };
    match ignore_file(cx) {
        Ok(file) => {
            let named: Vec<_> = entries.iter().map(|path| format!("`{path}`")).collect();
            let title = format!("Leave {} out of the build by `{}`", named.join(" and "), file.path);
            entries.extend(litter(cx, &copies));
            // The new file itself is none that the image had.
            if file.before.is_none() && copies.iter().any(|copy| copy.takes(".dockerignore") == Taken::With) {
                entries.push(file.itself.to_owned());
            }
            let after = extended(file.before.as_deref(), &entries, cx.file.newline());
            findings.companion(title, Companion { path: file.path, before: file.before, after, about });
        }
        Err(because) => findings.decline(about, because),
    }
    findings
}

/// What is worth to be left out, at the places where a folder is copied from: what has an ending is a file.
fn candidates(copies: &[Copied<'_>]) -> Vec<String> {
    let is_plain = |source: &str| source.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
    let has_ending = |source: &str| source.rsplit('/').next().is_some_and(|name| name.rfind('.') > Some(0));
    let sources = copies.iter().flat_map(paths).map(Source::path);
    let sources = sources.filter(|source| is_plain(source) && !has_ending(source));
    let mut packages: Vec<_> = sources.map(|source| inside(&source, PACKAGES)).collect();
    packages.sort_unstable();
    packages.dedup();
    std::iter::once(REPOSITORY.to_owned()).chain(packages).collect()
}

fn inside(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Asks for all that is needed at once: the world is asked a few times only.
fn ask(cx: &Context<'_>) {
    let litter = LITTER.iter().map(|name| Question::ContextEntry((*name).to_owned()));
    cx.facts.want(litter.chain([Question::IgnoreFiles, Question::ContextFiles]));
}

/// Whether the build gets something at `path` today.
fn is_in_context(cx: &Context<'_>, path: &str) -> bool {
    matches!(cx.facts.answer(Question::ContextEntry(path.to_owned())), Answer::Directory | Answer::File { .. })
}

/// The instruction that takes `path` by its name: who names it wants it.
fn by_name(copies: &[Copied<'_>], path: &str) -> Option<Obstacle> {
    let copy = copies.iter().find(|copy| copy.takes(path) == Taken::ByName)?;
    Some((copy.instruction.text_range(), format!("it may be meant to take `{path}`")))
}

/// What in the build or in the program may read the repository.
fn read(cx: &Context<'_>, copies: &[Copied<'_>]) -> Option<Obstacle> {
    let taking = copies.iter().filter(|copy| copy.takes(REPOSITORY) == Taken::With);
    let first = taking.clone().map(|copy| copy.instruction).min_by_key(|instruction| instruction.range.start())?;
    let spoken = cx.file.items().iter().filter(|item| matches!(item.kind, ItemKind::Instruction(_)));
    for item in spoken {
        if let Some(trace) = git_trace(&String::from_utf8_lossy(cx.file.slice(item.range))) {
            return Some((item.range, format!("`{trace}` may be about the repository in the build context")));
        }
    }
    for run in &cx.build.runs {
        let range = run.instruction.text_range();
        if let Err(because) = &run.script {
            return Some((range, format!("whether it reads `{REPOSITORY}` is not known: {because}")));
        }
        if let Some(command) = run.commands().iter().find(|command| !is_blind(cx, command)) {
            let words = command.words().first().zip(command.arguments().first());
            let shown = words.map_or_else(
                || command.text(command.node.range),
                |(program, next)| command.text(TextRange::new(program.range.start(), next.range.end())),
            );
            return Some((command.range(), format!("`{shown}` may read `{REPOSITORY}`, or bring what does")));
        }
    }
    let sources: Vec<_> = taking.flat_map(paths).map(|source| source.path().into_owned()).collect();
    program_obstacle(cx, &sources).map(|because| (first.text_range(), because))
}

/// Why a program among the files of `sources` may read the repository.
fn program_obstacle(cx: &Context<'_>, sources: &[String]) -> Option<String> {
    let Some(files) = copied(cx, sources) else {
        return Some("the files of the build context are not known".to_owned());
    };
    let files: Vec<_> = files.iter().map(String::as_str).filter(|path| !is_no_program(path)).collect();
    let Some(texts) = texts(cx, &files) else {
        return Some(format!("not all files are text that could be searched for who reads `{REPOSITORY}`"));
    };
    files.iter().zip(&texts).find_map(|(path, text)| {
        let trace = if is_lock(path) { reader(text) } else { git_trace(text) }?;
        Some(format!("`{path}` names `{trace}`, which may read `{REPOSITORY}`"))
    })
}

/// Whether `path` is for people and their tools, or is shown and not run.
fn is_no_program(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    FACTS.has("file for people", &name)
        || LITTER.iter().any(|litter| litter.eq_ignore_ascii_case(&name))
        || name.starts_with("dockerfile.")
        || name.ends_with(".dockerignore")
        || name.rsplit_once('.').is_some_and(|(_, ending)| FACTS.has("ending of what is no program", ending))
        || path.starts_with(".github/")
}

fn is_lock(path: &str) -> bool {
    FACTS.has("lock file", path.rsplit('/').next().unwrap_or(path))
}

/// Whether `command` is known to read no repository and to bring nothing that may: it moves files about, installs packages of the system, or packages of a
/// registry by their names. The files that name these are searched like all others.
fn is_blind(cx: &Context<'_>, command: &Command<'_>) -> bool {
    match Install::of(cx.build, command) {
        Some(Ok(install)) => reads_no_repository(cx, command, &install),
        Some(Err(_)) => false,
        None => command.name().is_some_and(|name| FACTS.has("command that reads no repository", name)),
    }
}

/// Whether `install` builds no project, and the packages that it brings are all named by a file or by itself.
fn reads_no_repository(cx: &Context<'_>, command: &Command<'_>, install: &Install) -> bool {
    match install.work {
        Work::Nothing | Work::Removes => true,
        Work::Brings if !install.manager.is_of_node() => {
            let listed = installs::listed(cx, command, install);
            install.reads_of(Kind::Manifest).next().is_none() && listed.is_ok_and(|listed| listed.projects.is_empty())
        }
        // Without a lock, packages come that nothing names.
        Work::Brings | Work::BringsAnew => {
            let is_there = |path| matches!(installs::source_of(cx, command, path), Ok(Some(_)));
            install.from.is_none()
                && install.reads_of(Kind::Project).next().is_none()
                && install.packages.is_empty()
                && install.reads_of(Kind::Lock).any(is_there)
        }
        Work::BringsForAll | Work::Rebuilds | Work::Runs => false,
    }
}

/// Why the packages at `path` of the context may still be in the image in the end.
fn kept(cx: &Context<'_>, copies: &[Copied<'_>], path: &str) -> Option<Obstacle> {
    copies.iter().filter(|copy| copy.takes(path) == Taken::With).find_map(|copy| {
        let because = not_installed(cx, copy, path)?;
        Some((copy.instruction.text_range(), format!("`{path}` may be what runs: {because}")))
    })
}

/// Why the first command behind `copy` does not make the folder at `path` anew.
fn not_installed(cx: &Context<'_>, copy: &Copied<'_>, path: &str) -> Option<String> {
    let missing = || Some("no `npm ci` right behind makes it anew".to_owned());
    let folder = path.strip_suffix(PACKAGES).unwrap_or_default().trim_end_matches('/');
    if !paths(copy).any(|source| source.path() == folder) {
        return missing();
    }
    let start = copy.instruction.range.start();
    let Some(run) = cx.build.runs_of(copy.stage).find(|run| run.instruction.range.start() > start) else {
        return missing();
    };
    let is_between = |start: usize| start > copy.instruction.range.start() && start < run.instruction.range.start();
    let stays = || {
        let mut between =
            cx.build.stages[copy.stage].instructions.iter().filter(|other| is_between(other.range.start()));
        between.all(|other| other.keyword() != Keyword::Workdir) && matches!(&*copy.destination.value.text, "." | "./")
    };
    let is_here = match copy.destination.known() {
        Some(path) => run.directory.as_deref() == Some(path),
        None => stays(),
    };
    if !is_here {
        let written = copy.destination.value.written;
        return Some(format!("whether the first RUN behind works in `{written}` is not known"));
    }
    if run.mounts.iter().any(|mount| mount.target.is_empty() || !mount.target.starts_with("/root/")) {
        return Some("the RUN behind has something mounted".to_owned());
    }
    if run.text().is_none_or(|text| text.contains("||")) {
        return missing();
    }
    let commands = run.commands();
    if commands.first().is_some_and(|command| command.is_top_level() && makes_packages_anew(cx, command)) {
        return None;
    }
    missing()
}

/// Whether `command` is `npm ci` in the folder where its RUN starts: it removes the packages there before it installs.
fn makes_packages_anew(cx: &Context<'_>, command: &Command<'_>) -> bool {
    let Some(Ok(install)) = Install::of(cx.build, command) else { return false };
    let start = cx.build.in_full(command.run.instruction, command.run.directory.as_deref()).ok();
    *install.manager == NPM && install.work == Work::BringsAnew && install.folder.is_some() && install.folder == start
}

fn litter(cx: &Context<'_>, copies: &[Copied<'_>]) -> Vec<String> {
    let source = String::from_utf8_lossy(cx.file.source());
    let is_unnamed = |name: &&&str| !source.contains(**name) && by_name(copies, name).is_none();
    LITTER.iter().filter(is_unnamed).filter(|name| is_in_context(cx, name)).map(|name| (*name).to_owned()).collect()
}

/// The file that an entry goes into, as it is now.
struct IgnoreFile {
    path: String,
    before: Option<Vec<u8>>,
    /// The entry that leaves it out: with those of other Dockerfiles, which may come with it.
    itself: &'static str,
}

/// # Errors
/// Why no file can be said to be the one.
fn ignore_file(cx: &Context<'_>) -> Result<IgnoreFile, String> {
    let Answer::IgnoreFiles(files) = cx.facts.answer(Question::IgnoreFiles) else {
        return Err("what else uses the build context is not known".to_owned());
    };
    let IgnoreFiles { dockerfile, is_in_context, own, common, others, doubt } = files.clone();
    if let Some(doubt) = doubt {
        return Err(doubt);
    }
    if cx.build.frontend().is_some_and(|(image, _)| image.repository != "docker/dockerfile") {
        return Err("another frontend reads the file, and may read the build context in its own way".to_owned());
    }
    let is_onbuild = |base: &Base| matches!(base, Base::Image(image) if image.contains("onbuild"));
    if cx.build.stages.iter().any(|stage| is_onbuild(&stage.base)) {
        return Err("the base image may copy files of the build context itself".to_owned());
    }
    let itself = if is_in_context { "*.dockerignore" } else { "**/*.dockerignore" };
    let own_path = format!("{dockerfile}.dockerignore");
    if own.is_some() {
        return Ok(IgnoreFile { path: own_path, before: own, itself });
    }
    match (others.first(), common) {
        (None, common) if is_in_context => {
            Ok(IgnoreFile { path: ".dockerignore".to_owned(), before: common, itself: ".dockerignore" })
        }
        (_, None) => Ok(IgnoreFile { path: own_path, before: None, itself }),
        (Some(other), Some(_)) => Err(format!("the `.dockerignore` that is there also counts for `{other}`")),
        (None, Some(_)) => Err("the `.dockerignore` of the build context may count for other Dockerfiles".to_owned()),
    }
}

/// The text with `entries` behind what is there.
fn extended(before: Option<&[u8]>, entries: &[String], newline_of_dockerfile: Newline) -> Vec<u8> {
    let newline = before.filter(|text| text.contains(&b'\n')).map_or(newline_of_dockerfile, Newline::of).as_str();
    let mut text = before.unwrap_or_default().to_vec();
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.extend_from_slice(newline.as_bytes());
    }
    entries.iter().for_each(|entry| text.extend_from_slice(format!("{entry}{newline}").as_bytes()));
    text
}
