//! What the commands of a RUN have to do with what is copied.

use super::FACTS;
use crate::ecosystems::manifests::{Project, Wants, wants};
use crate::semantics::commands::Command;
use crate::semantics::installs::{Install, Kind, Work};
use crate::semantics::{Run, cleanups, is_within};
use crate::syntax::shell::ConnectorKind;

/// What a command has to do with what is copied.
pub(super) enum Part {
    /// Nothing.
    Apart,
    /// It installs what manifests name.
    Installs(Result<Wants, String>),
    /// Maybe anything.
    Unclear,
}

pub(super) fn part(project: &Project<'_>, command: &Command<'_>) -> Part {
    let is_plain = command.node.redirects.is_empty() && command.simple.assignments.is_empty() && command.is_top_level();
    if let Some(wants) = wants(project, command) {
        let unclear = || Err(format!("`{}` may need the sources", command.text(command.node.range)));
        return Part::Installs(if is_plain { wants } else { unclear() });
    }
    let is_apart =
        is_plain && (cleanups::is_cleanup(command.text(command.node.range)) || is_of_system(project, command));
    if is_apart { Part::Apart } else { Part::Unclear }
}

/// Whether `command` only brings packages by their names, or otherwise has to do with no file in the folder.
fn is_of_system(project: &Project<'_>, command: &Command<'_>) -> bool {
    let names_files = |word: &str| {
        let value = word.split_once('=').map_or(word, |(_, value)| value);
        value.starts_with(['.', '~', '$'])
            || value.contains(['*', '$'])
            || project.files.iter().any(|file| file == value)
    };
    let words: Option<Vec<_>> = command.arguments().iter().map(|word| word.literal.as_deref()).collect();
    let Some(words) = words.filter(|words| !words.iter().any(|word| names_files(word))) else { return false };
    match Install::of(project.cx.build, command) {
        Some(Ok(install)) => {
            let reads_more = install.reads.iter().any(|read| {
                let is_in_folder = is_within(&read.path, project.folder);
                read.kind != Kind::Settings && is_in_folder && install.work != Work::BringsForAll
            });
            match install.work {
                Work::Nothing => true,
                Work::BringsForAll => !install.packages.is_empty() && install.reads_of(Kind::Project).next().is_none(),
                Work::Brings => !install.manager.is_of_node() && !install.packages.is_empty() && !reads_more,
                _ => false,
            }
        }
        Some(Err(_)) => false,
        None => {
            let is_in_place =
                |word: &&str| !word.contains('/') || word.starts_with('/') && !word.starts_with(project.folder);
            command.name().is_some_and(|name| FACTS.has("program that reads nothing of a project", name))
                && words.iter().all(is_in_place)
        }
    }
}

/// Whether nothing in `run` has to do with what is copied.
pub(super) fn is_apart(project: &Project<'_>, run: &Run<'_>) -> bool {
    let commands = run.commands();
    let has_no_mounts = run.instruction.flags().is_empty();
    has_no_mounts && is_chain(run) && commands.iter().all(|command| matches!(part(project, command), Part::Apart))
}

/// What the installs want with which `run` starts, and how many of its commands these are.
///
/// # Errors
/// What is not known, or stands before.
pub(super) fn wants_of(project: &Project<'_>, run: &Run<'_>) -> Result<(Wants, usize), String> {
    if !is_chain(run) {
        return Err("the commands are no plain `&&` list".to_owned());
    }
    let (mut all, mut installed) = (Wants::default(), 0);
    let commands = run.commands();
    for (at, command) in commands.iter().enumerate() {
        match part(project, command) {
            Part::Apart => {}
            Part::Installs(wants) => {
                let wants = wants?;
                for file in wants.files {
                    if !all.files.contains(&file) {
                        all.files.push(file);
                    }
                }
                all.fills.extend(wants.fills);
                all.rewrites = all.rewrites.or(wants.rewrites);
                installed = at + 1;
            }
            Part::Unclear if installed == 0 => {
                return Err(format!("`{}` may need the sources", command.text(command.node.range)));
            }
            Part::Unclear => break,
        }
        // What empties a cache belongs to what has filled it.
        if installed > 0 && cleanups::is_cleanup(command.text(command.node.range)) {
            installed = at + 1;
        }
    }
    all.fills.dedup();
    let rest = &commands[installed.min(commands.len())..];
    if let Some(other) = rest.iter().find(|command| takes_away(command)) {
        return Err(format!("`{}` takes away in the same layer what is installed", other.text(other.node.range)));
    }
    if commands[..installed].iter().any(|command| FACTS.has("program of the shell", command.name().unwrap_or_default()))
        && !rest.is_empty()
    {
        return Err("what the first commands set is for those behind them too".to_owned());
    }
    Ok((all, installed))
}

fn takes_away(command: &Command<'_>) -> bool {
    let manages = command.package_command().is_some_and(|package| package.removes() || package.empties_cache());
    manages
        || FACTS.has("program that takes away", command.name().unwrap_or_default())
        || FACTS.of("verb that takes away").any(|verb| command.has_argument(verb))
        || cleanups::is_cleanup(command.text(command.node.range))
}

/// Whether the script is commands with `&&` in between, and nothing else.
fn is_chain(run: &Run<'_>) -> bool {
    let Ok(script) = &run.script else { return false };
    let [item] = script.tree().body.items.as_slice() else { return false };
    let is_plain = item.and_or.pipelines().all(|pipeline| pipeline.commands.len() == 1 && pipeline.negation.is_none());
    is_plain
        && !item.in_background()
        && item.and_or.rest.iter().all(|(connector, _)| connector.kind == ConnectorKind::And)
}
