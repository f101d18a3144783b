//! The RUNs that merge-runs joins in real files, with a stand-in for every program.

use std::collections::{BTreeMap, BTreeSet};

use dockeropt::rewrite::Outcome;
use dockeropt::semantics::Build;
use dockeropt::syntax::{Arguments, Dockerfile, Keyword};

/// Some RUNs of a file, and what they became.
pub struct Group {
    pub file: String,
    pub apart: Vec<String>,
    pub merged: String,
    /// What SHELL says; empty if it says nothing.
    pub words: Vec<String>,
    pub folder: String,
    /// Every program named in the scripts.
    pub programs: Vec<String>,
    /// Folders that the scripts write to or go to.
    pub folders: BTreeSet<String>,
}

/// What merge-runs looked at in one file.
pub struct Looked {
    pub pairs: usize,
    pub groups: Vec<Group>,
    /// Why RUNs were left apart.
    pub reasons: Vec<String>,
}

pub fn looked(id: &str, outcome: &Outcome) -> Looked {
    let (before, after) = (Dockerfile::parse(&*outcome.before), Dockerfile::parse(&*outcome.after));
    let (build, build_after) = (Build::of(&before), Build::of(&after));
    let mut joined: Vec<Vec<usize>> = Vec::new();
    let touches: Vec<_> = outcome.steps.iter().flat_map(|step| &step.rewrites).map(|rewrite| rewrite.range).collect();
    for index in 0..build.runs.len() {
        let is_joined = index > 0 && build.run_before(index).is_some() && {
            let (end, start) =
                (build.runs[index - 1].instruction.text_range().end(), build.runs[index].instruction.range.start());
            touches.iter().any(|range| range.start() <= end && start <= range.end())
        };
        match joined.last_mut() {
            Some(group) if is_joined => group.push(index),
            _ => joined.push(vec![index]),
        }
    }
    assert_eq!(joined.len(), build_after.runs.len(), "{id}: the merged RUNs cannot be told");
    let groups = joined.iter().zip(&build_after.runs).filter(|(group, _)| group.len() > 1);
    let groups = groups.map(|(indexes, run)| {
        let runs: Vec<_> = indexes.iter().map(|&index| &build.runs[index]).collect();
        let text = |run: &dockeropt::semantics::Run<'_>| run.text().unwrap().to_owned();
        let folder = runs[0].directory.as_deref().filter(|folder| folder.starts_with('/') && !folder.contains('$'));
        let folder = folder.unwrap_or("/srv").to_owned();
        let (mut programs, mut folders) = (BTreeSet::from(["stand-in".to_owned()]), BTreeSet::new());
        for command in runs.iter().flat_map(|run| run.commands()) {
            for word in command.simple.words.iter().take(1).chain(command.words().first()) {
                programs.extend(word.literal.as_ref().map(|name| match name.split_once('/') {
                    Some((start, _)) if !start.is_empty() => format!("{folder}/{name}"),
                    _ => name.to_string(),
                }));
            }
            let went = matches!(command.name(), Some("cd" | "pushd")).then(|| command.arguments().first()).flatten();
            folders.extend(went.and_then(|word| word.literal.as_deref().map(str::to_owned)));
            let targets = command.node.redirects.iter().filter_map(|redirect| redirect.target.literal.as_deref());
            folders.extend(targets.filter_map(|target| target.rsplit_once('/')).map(|(folder, _)| folder.to_owned()));
        }
        Group {
            file: id.to_owned(),
            apart: runs.iter().map(|run| text(run)).collect(),
            merged: text(run),
            words: shell_words(&build, runs[0].stage, runs[0].position),
            folder,
            programs: programs.into_iter().filter(|name| !name.ends_with('/') && name.len() < 200).collect(),
            folders,
        }
    });
    let pairs = (0..build.runs.len()).filter(|&index| build.run_before(index).is_some()).count();
    let reasons = outcome.declined.iter().map(|declined| declined.value.because.clone()).collect();
    Looked { pairs, groups: groups.collect(), reasons }
}

/// The SHELL in force for an instruction.
fn shell_words(build: &Build<'_>, stage: usize, position: usize) -> Vec<String> {
    let (mut stage, mut position) = (stage, position);
    loop {
        let instructions = &build.stages[stage].instructions;
        let shell =
            instructions[..position.min(instructions.len())].iter().rev().find(|one| one.keyword() == Keyword::Shell);
        if let Some(Arguments::Json(words)) = shell.map(|shell| shell.arguments()) {
            return words.iter().map(|word| word.value.clone()).collect();
        }
        let dockeropt::semantics::Base::Stage(base) = build.stages[stage].base else { return Vec::new() };
        (stage, position) = (base, usize::MAX);
    }
}

/// How often each reason was given, the most frequent first; what is in backticks differs from file to file.
pub fn counted(reasons: impl Iterator<Item = String>) -> Vec<(usize, String)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().map(|(reason, count)| (count, reason)).collect();
    counts.sort_by(|a, b| b.cmp(a));
    counts
}
