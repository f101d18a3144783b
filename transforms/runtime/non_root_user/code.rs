//! What is seen of the code of the program that a container starts.

use super::FACTS;
use super::ownership::Ownership;
use super::programs::{compiler, script_of, service_of};
use super::starts::{Start, name_of};
use crate::ecosystems::{self, Ecosystem, Made};
use crate::programs::{self, Needs};
use crate::rewrite::{Answer, Context, Question};
use crate::semantics::{Copied, Taken, is_within, joined};

/// The code of a program, as far as the build context shows it.
pub(super) enum Code {
    Read(Read),
    /// Nobody knows the build context, or it may be another folder.
    Unknown,
    /// It is nowhere, and the reason why that counts.
    Hidden(String),
}

/// What is known of code that is there.
pub(super) struct Read {
    pub needs: Needs,
    /// What it may write that is not its own.
    pub writes_of_root: Option<String>,
    /// What it may write by calls whose names mean something else too.
    pub writes_perhaps: Option<String>,
    /// Whether the code is all of the program, and tells which files it opens. Else the program was made from it somewhere else, or opens files by itself.
    pub is_whole: bool,
    /// Whether it may write log files and the like where it is started.
    pub writes_beside: bool,
    /// Whether it listens, or waits for work.
    pub is_service: bool,
    pub ecosystem: &'static Ecosystem,
}

impl Read {
    /// Whether the program may open files that somebody gives it.
    pub fn may_open_files(&self) -> bool {
        let Needs { image, reads, writes, .. } = &self.needs;
        let libraries = self.needs.of_libraries();
        let opens = [reads, writes, &self.writes_perhaps].into_iter().any(Option::is_some);
        let is_unseen = libraries.is_some() || image.is_some();
        match self.is_whole {
            true => reads.is_some(),
            false => opens || is_unseen,
        }
    }
}

/// The code of what `start` starts; what lies in one of the folders `own` is for the program.
pub(super) fn code(cx: &Context<'_>, start: &Start<'_>, ownership: &Ownership<'_>, own: &[String]) -> Code {
    let Some(ecosystem) = ecosystem(cx, start, ownership) else { return Code::Unknown };
    let Answer::Paths(all) = cx.facts.answer(Question::ContextFiles) else { return Code::Unknown };
    let copied = copied(cx, all);
    let is_made_elsewhere = is_made_elsewhere(ecosystem, start, ownership, all);
    // What is built nowhere here is made of more code than happens to be copied.
    let is_built_here = !is_made_elsewhere || ecosystem.made == Made::Bundled || is_built(cx, ecosystem);
    let with_code = copied.as_ref().filter(|paths| is_built_here && ecosystem.language.has_code(paths));
    let paths = match with_code {
        Some(paths) => paths,
        // What is copied is made of code that may lie beside it.
        None if ecosystem.language.has_code(all) && (copied.is_none() || is_made_elsewhere) => all.as_ref(),
        None if is_made_elsewhere && !is_built(cx, ecosystem) => return Code::Hidden(hidden(start)),
        None => return Code::Unknown,
    };
    let needs = match is_made_elsewhere {
        true => Some(programs::needs_of_code(cx, ecosystem.language, paths)),
        false => programs::needs(cx, ecosystem.language, paths),
    };
    let Some(needs) = needs else { return Code::Unknown };
    let writes_of_root = programs::writes_of_root(cx, ecosystem.language, paths, own);
    let writes_beside = programs::may_write_beside(cx, ecosystem.language, paths);
    let is_whole = with_code.is_some() && ecosystem.language.names_files && !writes_beside;
    let writes_perhaps = programs::writes(cx, ecosystem.language, paths);
    let is_service = programs::service(cx, ecosystem.language, ecosystem.facts, paths).is_some();
    Code::Read(Read { needs, writes_of_root, writes_perhaps, is_whole, writes_beside, is_service, ecosystem })
}

/// What lock files name that an install brings to the home of root, in which no other user finds it.
pub(super) fn in_home_of_root(cx: &Context<'_>, code: Option<&Read>) -> Option<String> {
    let Answer::Paths(all) = cx.facts.answer(Question::ContextFiles) else { return None };
    let ecosystem = code.map(|code| code.ecosystem)?;
    let is_lock = |path: &&String| FACTS.has("lock file of Node.js", name_of(path)) && ecosystem.name == "Node.js";
    all.iter().filter(is_lock).find_map(|path| {
        let Answer::Text(text) = cx.facts.answer(Question::ContextFile(path.clone())) else { return None };
        let package = ecosystems::brought_home(std::str::from_utf8(text).ok()?)?;
        Some(format!("what `{package}` of `{path}` brings is in the home of who installs it"))
    })
}

fn hidden(start: &Start<'_>) -> String {
    format!("what `{}` does is not in the build context, and nothing here builds it", start.words.join(" "))
}

/// What the program is written in.
fn ecosystem(cx: &Context<'_>, start: &Start<'_>, ownership: &Ownership<'_>) -> Option<&'static Ecosystem> {
    start.lines().find_map(|words| {
        let path = words.first()?;
        service_of(words)
            .or_else(|| ecosystems::started_by(name_of(path)))
            .or_else(|| FACTS.has("starter of Node.js", name_of(path)).then(|| ecosystems::started_by("node"))?)
            .or_else(|| compiler(cx, path, ownership))
    })
}

/// Whether what is started is no code that people write, but made of it.
fn is_made_elsewhere(ecosystem: &Ecosystem, start: &Start<'_>, ownership: &Ownership<'_>, all: &[String]) -> bool {
    let is_of_build = |path: &str| {
        path.split('/').any(|folder| FACTS.has("folder with what was built", folder)) || path.ends_with(".min.js")
    };
    match ecosystem.made {
        Made::AsWritten => false,
        Made::Compiled => true,
        Made::Bundled => {
            let Some(script) = start.words.get(1..).and_then(script_of) else { return false };
            let source = ownership.source_of(&joined(&ownership.directory, script));
            let is_missing = |source: &String| {
                let first = source.split('/').next().unwrap_or_default();
                !all.iter().any(|path| is_within(path, first)) && ownership.copies_by_name(source)
            };
            is_of_build(script) || source.is_some_and(|source| is_of_build(&source) || is_missing(&source))
        }
        Made::Packed => {
            let of_context = ownership.copied.iter().filter(|copied| copied.instruction.flag("from").is_none());
            of_context
                .flat_map(|copied| &copied.sources)
                .any(|source| source.ends_with(".whl") || source.trim_end_matches('/') == "dist")
        }
    }
}

/// Whether a command of the file builds programs of this ecosystem.
fn is_built(cx: &Context<'_>, ecosystem: &Ecosystem) -> bool {
    cx.build.commands().any(|command| {
        let name = command.name().map(|name| name.rsplit('/').next().unwrap_or(name));
        let mut verbs = command.arguments().iter().filter_map(|word| word.literal.as_deref());
        let verb = verbs.find(|word| !word.starts_with('-')).unwrap_or_default();
        name.is_some_and(|name| ecosystem.is_built_by(name, verb))
    }) || cx.build.runs.iter().any(|run| run.script.is_err())
}

/// The files of the build context, among `all`, that any stage copies; `None` if one of those that are named is not there, or not written out.
fn copied(cx: &Context<'_>, all: &[String]) -> Option<Vec<String>> {
    let copies: Vec<_> = cx.build.copies().filter(Copied::is_of_context).collect();
    if copies.iter().any(|copied| copied.foreign().is_some() || copied.unclear().is_some()) {
        return None;
    }
    // A pattern need not find anything.
    let mut named = copies.iter().flat_map(|copied| &copied.sources).filter(|source| !source.is_pattern());
    if named.any(|source| !all.iter().any(|file| source.takes(file) != Taken::No)) {
        return None;
    }
    let is_taken = |path: &&String| copies.iter().any(|copied| copied.takes(path) != Taken::No);
    Some(all.iter().filter(is_taken).cloned().collect())
}
