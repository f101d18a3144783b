//! What an install brings, by the files of the build context that it reads.

use std::collections::BTreeSet;

use super::files;
use crate::rewrite::{Answer, Context, Question};
use crate::semantics::commands::Command;
use crate::semantics::installs::{self, Install, Kind};
use crate::semantics::{Base, Mount, Run, is_within, joined, rooted};
use crate::syntax::{Instruction, Keyword};

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
        if source_of(cx, command, path)?.is_some() {
            installs::settings_of(install.manager, path, &text_of(cx, command, path)?.1)?;
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

/// The path in the build context of what `command` finds at `path`; `None` if nothing of the context is there.
///
/// # Errors
/// Why it is not known.
pub(crate) fn source_of(cx: &Context<'_>, command: &Command<'_>, path: &str) -> Result<Option<String>, String> {
    let Answer::Paths(all) = cx.facts.answer(Question::ContextFiles) else { return Err(unknown(path)) };
    let run = command.run;
    let here = installs::workdir(cx.build, run.stage, run.position)?;
    for mount in run.instruction.flags().iter().filter(|flag| flag.name() == "mount") {
        let bound = Bound::of(mount.value().unwrap_or_default());
        let target = joined(&here, bound.target);
        if !is_within(path, &target) || !bound.is_of_context {
            continue;
        }
        let source = rooted(bound.source);
        let found = joined(&format!("/{source}"), path[target.trim_end_matches('/').len()..].trim_start_matches('/'));
        return Ok(all.iter().find(|file| **file == found[1..]).cloned());
    }
    if let Some(mount) = run.mounts.iter().find(|mount| hides(mount, &here, path)) {
        return Err(format!("`{}` is mounted over it", mount.target));
    }
    let (mut stage, mut position) = (run.stage, run.position);
    loop {
        let mut found = None;
        for (at, instruction) in cx.build.stages[stage].instructions.iter().enumerate().take(position) {
            if !matches!(instruction.keyword(), Keyword::Copy | Keyword::Add) {
                continue;
            }
            if let Some(brought) = brought(cx, (stage, at), path, all)? {
                found = Some((brought, instruction));
            }
        }
        if let Some((source, instruction)) = found {
            return match writer(cx, command, instruction, path) {
                Some(writer) => Err(format!("`{writer}` may write `{path}`")),
                None => Ok(Some(source)),
            };
        }
        let Base::Stage(base) = cx.build.stages[stage].base else { return Ok(None) };
        (stage, position) = (base, usize::MAX);
    }
}

/// Whether `mount` may put something else at `path`.
fn hides(mount: &Mount, here: &str, path: &str) -> bool {
    let target = joined(here, &mount.target);
    !mount.target.is_empty() && if mount.may_hold_files() { is_within(path, &target) } else { path == target }
}

/// A mount of files.
struct Bound<'v> {
    is_of_context: bool,
    source: &'v str,
    target: &'v str,
}

impl<'v> Bound<'v> {
    fn of(value: &'v str) -> Self {
        let field = |names: &[&str]| {
            value.split(',').find_map(|field| {
                let (name, value) = field.split_once('=')?;
                names.contains(&name).then_some(value)
            })
        };
        let is_bind = field(&["type"]).is_none_or(|kind| kind == "bind");
        Self {
            is_of_context: is_bind && field(&["from"]).is_none(),
            source: field(&["source", "src"]).unwrap_or_default(),
            target: field(&["target", "dst", "destination"]).unwrap_or_default(),
        }
    }
}

/// Whether the COPY or ADD at `at` of stage `stage` brings something of the build context to `path`, or into it.
pub(crate) fn copies_to(cx: &Context<'_>, stage: usize, at: usize, path: &str) -> bool {
    let Answer::Paths(all) = cx.facts.answer(Question::ContextFiles) else { return false };
    matches!(brought(cx, (stage, at), path, all), Ok(Some(_)))
}

/// The path in the build context, whose files are `all`, of what the COPY or ADD at `at` of stage `stage` brings to `path`, or into it.
fn brought(
    cx: &Context<'_>,
    (stage, at): (usize, usize),
    path: &str,
    all: &[String],
) -> Result<Option<String>, String> {
    let instruction = cx.build.stages[stage].instructions[at];
    let words = instruction.arguments().list();
    let Some((target, sources)) = words.split_last() else { return Ok(None) };
    let target = installs::expanded(cx.build, stage, at, target)?;
    let destination = &joined(&installs::workdir(cx.build, stage, at)?, &target);
    if !is_within(path, destination) {
        return Ok(None);
    }
    let unclear = |because: &str| Err(format!("line {} {because}", instruction.first_line));
    if instruction.flag("from").is_some() {
        return unclear("may bring it from another stage");
    }
    if instruction.flags().iter().any(|flag| matches!(flag.name(), "exclude" | "parents")) {
        return unclear("says which files are taken");
    }
    let rest = path[destination.trim_end_matches('/').len()..].trim_start_matches('/');
    let mut found = None;
    for source in sources.iter().map(|source| source.trim_matches(['"', '\''])) {
        if source.starts_with("<<")
            || source.contains("://")
            || source.contains(['$', '[', '\\'])
            || source.contains('@')
        {
            return unclear("may bring it from elsewhere");
        }
        let source = joined("/", source)[1..].to_owned();
        let fits = |file: &&String| {
            let name = file.rsplit('/').next().unwrap_or_default();
            if source.contains(['*', '?']) {
                return rest == name && fits_pattern(&source, file);
            }
            let whole = if source.is_empty() { rest.to_owned() } else { format!("{source}/{rest}") };
            whole.is_empty() || is_within(file, &whole) || (**file == source && (rest == name || rest.is_empty()))
        };
        found = all.iter().find(fits).cloned().or(found);
    }
    Ok(found)
}

/// Whether `pattern`, whose `*` and `?` stand for what is no slash, fits all of `text`.
fn fits_pattern(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text);
    loop {
        let Some(next) = pattern.next() else { return text.is_empty() };
        let mut letters = text.chars();
        match next {
            '*' => {
                let after = pattern.as_str();
                let open = text.find('/').unwrap_or(text.len());
                return text
                    .char_indices()
                    .map(|(at, _)| at)
                    .chain([text.len()])
                    .filter(|at| *at <= open)
                    .any(|at| fits_pattern(after, &text[at..]));
            }
            _ if letters.next().is_some_and(|letter| letter == next || (next == '?' && letter != '/')) => {
                text = letters.as_str();
            }
            _ => return false,
        }
    }
}

/// The command between `copy` and `command` that may write the file at `path`, as far as its words tell.
fn writer(cx: &Context<'_>, command: &Command<'_>, copy: &Instruction, path: &str) -> Option<String> {
    const READERS: &[&str] = &["[", "cat", "cd", "chgrp", "chmod", "chown", "grep", "head", "ls", "mkdir", "test"];
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
        let is_reader = other.manager().is_some() || other.name().is_some_and(|name| READERS.contains(&name));
        redirects || (!is_reader && other.arguments().iter().any(|word| is_named(other.text(word.range))))
    });
    writer.map(|other| other.text(other.node.range).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stays_in_its_folder() {
        for (pattern, text) in
            [("a*.txt", "a.txt"), ("*", "b"), ("x/?.*", "x/a.json"), ("package*.json", "package-lock.json")]
        {
            assert!(fits_pattern(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a*.txt", "a/b.txt"), ("*", "a/b"), ("?", ""), ("package*.json", "web/package.json")] {
            assert!(!fits_pattern(pattern, text), "{pattern} {text}");
        }
    }
}
