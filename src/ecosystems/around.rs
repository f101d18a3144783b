//! What somebody around asks of the files of a build that would not be shipped.

use super::sole::{KNOWN, Sole};
use crate::rewrite::{Answer, Question};
use crate::semantics::{is_within, joined};
use crate::surroundings::{Deed, Place};
use crate::syntax::Keyword;

/// What cuts a word into those that may be paths.
const CUTS: &[char] = &[' ', '\n', '\t', ':', ',', ';', '=', '"', '\'', '(', ')', '&', '|', '<', '>', '`'];

/// Everything that somebody names of the build and that is not in one of `artifacts`; each as a sentence.
pub(crate) fn lost(sole: &Sole<'_>, artifacts: &[String]) -> Vec<String> {
    let Some(around) = sole.cx.surroundings() else { return Vec::new() };
    let build = sole.cx.build;
    let workdirs = sole.instructions.iter().filter(|instruction| instruction.keyword() == Keyword::Workdir);
    let workdirs: Vec<_> = workdirs.filter_map(|workdir| build.directory_behind(workdir)).map(str::to_owned).collect();
    let mut places = workdirs.clone();
    places.extend(build.copies_of(0).map(|copied| joined("/", &copied.destination.path)));
    let mounts: Vec<_> = around.uses.iter().filter_map(|it| mount(&it.deed)).collect();
    let is_lost = |path: &String| {
        let is_kept = artifacts.iter().any(|artifact| is_within(path, artifact) || is_within(artifact, path))
            || workdirs.contains(path)
            || mounts.iter().any(|mount| is_within(path, mount));
        !is_kept && places.iter().any(|place| place != "/" && is_within(path, place))
    };
    let found = around.uses.iter().filter_map(|it| {
        let (_, written) = named(sole, &it.deed).into_iter().find(|(path, _)| is_lost(path))?;
        Some(format!("`{}` names `{written}`, which the smaller image would not have", it.place))
    });
    found.collect()
}

fn mount(deed: &Deed) -> Option<&str> {
    match deed {
        Deed::Mounts(target) => Some(target.trim_end_matches('/')).filter(|target| target.starts_with('/')),
        _ => None,
    }
}

/// The paths that `deed` names, in full, and as they are written.
fn named(sole: &Sole<'_>, deed: &Deed) -> Vec<(String, String)> {
    let absolute = |word: &str| {
        let path = word.find('/').filter(|at| *at == 0 || word.starts_with('-')).map(|at| &word[at..]);
        path.filter(|path| !path.starts_with("//")).map(|path| (joined("/", path), path.to_owned()))
    };
    let relative = |word: &str| {
        let first = word.split('/').next().filter(|_| word.contains('/') && !word.starts_with(['/', '-', '$']))?;
        let is_there = || match sole.cx.facts.answer(Question::ContextFiles) {
            Answer::Paths(all) => all.iter().any(|path| is_within(path, word.trim_end_matches('/'))),
            _ => false,
        };
        (KNOWN.has("folder of a build", first) || is_there()).then(|| (joined(&sole.directory, word), word.to_owned()))
    };
    match deed {
        Deed::Directory(path) => vec![(joined(&sole.directory, path), path.clone())],
        Deed::Variable(_, value) => value.split(CUTS).filter_map(absolute).collect(),
        _ => {
            let words = words_of(deed);
            let words = words.iter().flat_map(|word| word.split(CUTS));
            words.filter_map(|word| absolute(word).or_else(|| relative(word))).collect()
        }
    }
}

fn words_of(deed: &Deed) -> Vec<&String> {
    match deed {
        Deed::Starts { entrypoint, command } => entrypoint.iter().chain(command).flatten().collect(),
        Deed::Runs { words, .. } => words.iter().collect(),
        _ => Vec::new(),
    }
}

/// The first of `packages` that somebody around names, and where: as a program, as a folder, or to be loaded.
pub(super) fn names_package<'p>(sole: &Sole<'_>, packages: &[&'p str]) -> Option<(Place, &'p str)> {
    let uses = &sole.cx.surroundings()?.uses;
    uses.iter().find_map(|it| {
        let texts = match &it.deed {
            Deed::Variable(name, value) if name == "NODE_OPTIONS" || value.contains("node_modules") => vec![value],
            deed => words_of(deed),
        };
        let mut parts = texts.iter().flat_map(|text| text.split(CUTS)).flat_map(|word| {
            // The name of a package may have a scope.
            let parts: Vec<_> = word.split('/').collect();
            let pairs = parts.windows(2).map(|pair| pair.join("/")).collect::<Vec<_>>();
            parts.into_iter().map(str::to_owned).chain(pairs).collect::<Vec<_>>()
        });
        let package = parts.find_map(|part| packages.iter().find(|package| **package == part))?;
        Some((it.place.clone(), *package))
    })
}
