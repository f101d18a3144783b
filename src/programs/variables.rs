//! Variables that name files of the full image which its small variant may not have.

use crate::known::{Table, table};
use crate::rewrite::{Context, Obstacle};
use crate::semantics::packages::APT;
use crate::semantics::{Run, installs, is_within, joined, variables_in};
use crate::surroundings::Deed;
use crate::syntax::{Instruction, Keyword};

/// Where images and packages have their files.
static FACTS: Table = table!("variables.txt");

/// Where packages of the distribution have their files. Elsewhere both images have the same.
const OF_PACKAGES: &str = "place of packages";

/// What every image of the distribution has. What is in it is another question.
const IN_EVERY_IMAGE: &str = "place in every image";

/// Shortest name of a file that tells of which package it is.
const NAME_BYTES_MIN: usize = 4;

/// The first ENV of stage `stage` that names a file which may be in the full image alone.
pub(crate) fn lost(cx: &Context<'_>, stage: usize, image: &str) -> Option<Obstacle> {
    let instructions = &cx.build.stages[stage].instructions;
    instructions.iter().enumerate().filter(|(_, instruction)| instruction.keyword() == Keyword::Env).find_map(
        |(at, instruction)| {
            let lost = instruction.arguments().pairs().iter().find_map(|pair| {
                let key = pair.key.text.as_str();
                let value = match value(cx, stage, at, key, &pair.value.text) {
                    Ok(value) => value,
                    Err(because) => return Some(because),
                };
                let path = paths(&value).find(|path| !is_kept(cx, stage, image, path))?;
                Some(said(key, &path))
            });
            lost.map(|because| (instruction.text_range(), because))
        },
    )
}

fn said(key: &str, path: &str) -> String {
    format!("`{key}` names `{path}`, which is not known to be in the small image")
}

/// What somebody who runs the image sets to a file that may be in the full image alone.
pub(crate) fn lost_around(cx: &Context<'_>, stage: usize, image: &str) -> Option<String> {
    cx.surroundings()?.uses.iter().find_map(|it| {
        let Deed::Variable(key, value) = &it.deed else { return None };
        let path = paths(value).find(|path| !is_kept(cx, stage, image, path))?;
        Some(format!("in `{}` {}", it.place, said(key, &path)))
    })
}

/// The value with the variables in it that the file sets; others come from the base image, and are the same in the small one.
fn value(cx: &Context<'_>, stage: usize, at: usize, key: &str, written: &str) -> Result<String, String> {
    let value = cx.build.value(stage, at, written);
    let value = value.by_default();
    // Whoever builds may say any path.
    let mut asked = variables_in(value).filter(|name| cx.build.variable_at(stage, at, name) == Some(None));
    match asked.next().filter(|_| FACTS.sign("part of a variable of paths", key).is_some()) {
        Some(name) => Err(format!("`{key}` is `${name}`, which whoever builds decides")),
        None => Ok(value.to_owned()),
    }
}

/// The full paths in a value, each alone or one of several.
fn paths(value: &str) -> impl Iterator<Item = String> {
    let words = value.split([':', ' ', ',', ';', '=', '"', '\'']);
    words.filter_map(|word| {
        let path = if word.starts_with('-') { &word[word.find('/')?..] } else { word };
        // Of an address, what stands behind the scheme is a host, but for a file.
        let is_host = path.starts_with("//") && !path.starts_with("///");
        (path.starts_with('/') && !is_host).then(|| joined("/", path))
    })
}

/// Whether both images have the same at `path`, or the stage brings it.
fn is_kept(cx: &Context<'_>, stage: usize, image: &str, path: &str) -> bool {
    let is_of = |kind: &str| FACTS.of(kind).any(|folder| is_within(path, folder));
    !is_of(OF_PACKAGES)
        || is_of("place of others")
        || FACTS.has(IN_EVERY_IMAGE, path)
        || FACTS.has(&format!("place in {image}"), path)
        || is_of(&format!("folder in {image}"))
        || cx.build.stages[stage].instructions.iter().any(|instruction| brings(cx, instruction, path))
        || cx.build.runs_of(stage).any(|run| makes(cx, run, path))
}

/// Whether `instruction` of stage `stage` makes what is at `path`.
fn brings(cx: &Context<'_>, instruction: &Instruction, path: &str) -> bool {
    match instruction.keyword() {
        Keyword::Workdir => {
            let folder = cx.build.in_full(instruction, cx.build.directory_behind(instruction)).unwrap_or_default();
            // What else is in a folder of the system, it does not make.
            let is_own =
                !FACTS.of(OF_PACKAGES).any(|other| is_within(other, &folder)) && !FACTS.has(IN_EVERY_IMAGE, &folder);
            path == folder || (is_own && is_within(path, &folder))
        }
        Keyword::Copy | Keyword::Add => {
            cx.build.copied_by(instruction).is_some_and(|copied| super::installs::copies_to(cx, &copied, path))
        }
        _ => false,
    }
}

/// Whether a command of `run` makes what is at `path`: by a package of that name, or by its own hand.
fn makes(cx: &Context<'_>, run: &Run<'_>, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    run.each_command().any(|command| {
        if let Some(apt) = command.package_command_of(&APT).filter(|apt| apt.installs()) {
            return apt.operands().filter_map(|word| word.literal.as_deref()).any(|package| {
                let is_named = stem.len() >= NAME_BYTES_MIN && package.starts_with(stem);
                is_named || FACTS.of(&format!("brought by {package}")).any(|place| is_within(path, place))
            });
        }
        let Ok(folder) = installs::folder(cx.build, &command) else { return false };
        let is_it = |text: &str| joined(&folder, text.trim_matches(['"', '\''])) == path;
        let writes = command.node.redirects.iter().any(|redirect| is_it(command.text(redirect.target.range)));
        let makes = matches!(command.name(), Some("mkdir" | "touch"))
            && command.arguments().iter().filter_map(|word| word.literal.as_deref()).any(|word| {
                is_it(word) || (command.name() == Some("mkdir") && is_within(path, &joined(&folder, word)))
            });
        writes || makes
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_in_lists_options_and_addresses() {
        let all = |value: &str| paths(value).collect::<Vec<_>>();
        assert_eq!(all("/a:/usr//lib/:$PATH"), ["/a", "/usr/lib"]);
        assert_eq!(all("--require=/etc/a.js -I/usr/include"), ["/etc/a.js", "/usr/include"]);
        assert_eq!(all("sqlite:////var/a.db"), ["/var/a.db"]);
        assert!(all("https://example.org/a").is_empty() && all("a/b").is_empty());
    }
}
