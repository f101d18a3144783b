//! Whether the image makes anew what stands in a folder of packages of the build context, or nothing of it is read.

use super::copies::paths;
use super::{FACTS, PACKAGES, is_in_context};
use crate::rewrite::{Answer, Context, Obstacle, Question};
use crate::semantics::commands::Command;
use crate::semantics::installs::{Install, Kind, Work};
use crate::semantics::{Copied, Run, Taken};

/// Why the packages at `path` of the context may still be in the image in the end.
pub(super) fn kept(cx: &Context<'_>, copies: &[Copied<'_>], path: &str) -> Option<Obstacle> {
    copies.iter().filter(|copy| copy.takes(path) == Taken::With).find_map(|copy| {
        let because = not_installed(cx, copy, path)?;
        Some((copy.instruction.text_range(), format!("`{path}` may be what runs: {because}")))
    })
}

/// Whether the repository does not have the packages at `path`, and those who work in it do: its own list says so.
pub(super) fn is_to_come(cx: &Context<'_>, path: &str) -> bool {
    let Answer::Text(list) = cx.facts.answer(Question::ContextFile(".gitignore".to_owned())) else { return false };
    let list = String::from_utf8_lossy(list);
    let is_it = |line: &str| {
        let line = line.trim().trim_end_matches('/').trim_start_matches("**/").trim_start_matches('/');
        line == path || line == PACKAGES
    };
    list.lines().any(is_it) && !is_in_context(cx, path)
}

/// Why no command behind `copy` makes the folder at `path` anew, or not before it is read.
fn not_installed(cx: &Context<'_>, copy: &Copied<'_>, path: &str) -> Option<String> {
    let missing = || Some("no install right behind makes it anew".to_owned());
    let folder = path.strip_suffix(PACKAGES).unwrap_or_default().trim_end_matches('/');
    if !paths(copy).any(|source| source.path() == folder) {
        return missing();
    }
    let Ok(place) = cx.build.in_full(copy.instruction, Some(&copy.destination.path)) else {
        return Some(format!("whether a RUN behind works in `{}` is not known", copy.destination.value.written));
    };
    let start = copy.instruction.range.start();
    for run in cx.build.runs_of(copy.stage).filter(|run| run.instruction.range.start() > start) {
        if run.mounts.iter().any(|mount| mount.target.is_empty() || mount.target.contains(PACKAGES)) {
            return Some("a RUN behind has something mounted".to_owned());
        }
        if run.text().is_none_or(|text| text.contains("||")) {
            return missing();
        }
        for command in run.commands() {
            if makes_anew(cx, &command, &place, path) {
                return None;
            }
            if !is_apart(cx, run, &command) {
                return missing();
            }
        }
    }
    missing()
}

/// Whether `command` installs all that the project in `place` wants. What it does not remove first has to be what it would bring itself.
fn makes_anew(cx: &Context<'_>, command: &Command<'_>, place: &str, path: &str) -> bool {
    let Some(Ok(install)) = Install::of(cx.build, command) else { return false };
    let is_whole = match install.work {
        Work::BringsAnew => true,
        Work::Brings => install.packages.is_empty() && (install.choices.is_empty() || !is_in_context(cx, path)),
        _ => false,
    };
    install.manager.is_of_node()
        && is_whole
        && command.is_top_level()
        && install.reads_of(Kind::Manifest).next().is_some()
        && install.folder.as_deref() == Some(place)
}

/// Whether `command` has nothing to do with packages in a folder of Node.js.
fn is_apart(cx: &Context<'_>, run: &Run<'_>, command: &Command<'_>) -> bool {
    let is_unnamed = || run.text().is_some_and(|text| !text.contains(PACKAGES));
    match Install::of(cx.build, command) {
        Some(Ok(install)) => match install.work {
            Work::Nothing | Work::BringsForAll => true,
            Work::Brings => !install.manager.is_of_node(),
            _ => false,
        },
        Some(Err(_)) => false,
        None => command.name().is_some_and(|name| FACTS.has("command that reads no packages", name)) && is_unnamed(),
    }
}
