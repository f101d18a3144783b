//! Merges neighbouring install commands of one package manager, so that it looks for what fits together once.

use std::collections::BTreeSet;

use crate::rewrite::{Context, Effect, Findings, Obstacle, Preserves, Transform};
use crate::semantics::commands::Command;
use crate::semantics::installs::Install;
use crate::semantics::packages::{APK, APT, DNF, NPM, PIP, PackageCommand, ZYPPER};
use crate::syntax::shell::{ConnectorKind, Step};
use crate::text::{Edit, TextRange};
use crate::transforms::{operands, together};

pub(super) const TRANSFORM: Transform = Transform {
    id: "merge-installs",
    preserves: Preserves::Intent,
    opt_in: false,
    page: include_str!("merge_installs.md"),
    rules: &[],
    owns: &[],
    effects: &[
        Effect::Files("/var/log/**"),
        Effect::Files("/var/lib/dpkg/*-old"),
        Effect::Files("/var/cache/debconf/*-old"),
        Effect::Files("/var/lib/apt/extended_states"),
    ],
    rewrite,
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    for run in &cx.build.runs {
        let is_mergeable = |command: &Command<'_>| command.package_command().is_some_and(|package| merges(&package));
        let commands: Vec<_> = run.package_commands().filter(is_mergeable).collect();
        let mut taken = None;
        for (first, second) in neighbours(&commands) {
            let (Some(install), Some(more)) = (first.package_command(), second.package_command()) else { continue };
            // A command that is being merged into the one before it has its turn in the next pass.
            if taken == Some(first.node.range) || !is_same_call(first, &install, second, &more) {
                continue;
            }
            match merged(cx, first, &install, second, &more) {
                Ok(edits) => {
                    taken = Some(second.node.range);
                    findings.rewrite("Install with one command", edits);
                }
                Err((range, because)) => findings.decline(range, because),
            }
        }
    }
    findings
}

/// Pairs of `commands` that are joined by `&&` in the script's own list, with nothing between them.
fn neighbours<'c, 'r>(commands: &'c [Command<'r>]) -> impl Iterator<Item = (&'c Command<'r>, &'c Command<'r>)> {
    let place = |command: &Command<'_>| match command.path {
        [Step::ListItem(item), Step::AndOr(index)] => Some((*item, *index)),
        _ => None,
    };
    let placed = commands.iter().filter_map(move |command| Some((place(command)?, command)));
    // In the order of the file, the command of the next place, if it is here at all, is the next one.
    placed.clone().zip(placed.skip(1)).filter_map(|(((item, index), first), (next, second))| {
        if next != (item, index + 1) {
            return None;
        }
        let (connector, _) = first.script.tree().body.items[item].and_or.rest.get(index)?;
        (connector.kind == ConnectorKind::And).then_some((first, second))
    })
}

/// Whether both install with the same manager, in the same way, but for the packages.
fn is_same_call(
    first: &Command<'_>,
    install: &PackageCommand<'_>,
    second: &Command<'_>,
    more: &PackageCommand<'_>,
) -> bool {
    let start = |command: &Command<'_>, package: &PackageCommand<'_>| {
        let program = package.program().last().map_or(package.verb_word().range, |word| word.range);
        command
            .text(TextRange::new(command.node.range.start(), program.end()))
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let options = |command: &Command<'_>, package: &PackageCommand<'_>| {
        let mut options: Vec<String> = package
            .options()
            .map(|words| words.iter().flat_map(|word| [command.text(word.range), " "]).collect())
            .collect();
        options.sort();
        options
    };
    let plain = |command: &Command<'_>| command.node.redirects.is_empty() && !command.has_argument("--");
    install.verb() == more.verb()
        && plain(first)
        && plain(second)
        && start(first, install) == start(second, more)
        && options(first, install) == options(second, more)
        && install.has_operands()
        && more.has_operands()
}

/// Whether the order in which it installs packages does not matter to the manager.
fn merges(package: &PackageCommand<'_>) -> bool {
    let verbs: &[&str] = match package.manager {
        manager if *manager == APT || *manager == DNF || *manager == PIP => &["install"],
        manager if *manager == ZYPPER => &["install", "in"],
        manager if *manager == APK && !package.has_option("--virtual") && !package.has_option("-t") => &["add"],
        manager if *manager == NPM && (package.has_option("-g") || package.has_option("--global")) => &["install", "i"],
        _ => &[],
    };
    verbs.contains(&package.verb()) && !package.is_simulation()
}

fn merged(
    cx: &Context<'_>,
    first: &Command<'_>,
    install: &PackageCommand<'_>,
    second: &Command<'_>,
    more: &PackageCommand<'_>,
) -> Result<Vec<Edit>, Obstacle> {
    let texts = |command: &Command<'_>, package: &PackageCommand<'_>| -> Vec<String> {
        package.operands().map(|word| command.text(word.range).to_owned()).collect()
    };
    let (there, added) = (texts(first, install), texts(second, more));
    let refused = |command: &Command<'_>| {
        let range = command.range();
        move |because| (range, because)
    };
    together::check(install.manager, &there).map_err(refused(first))?;
    together::check(more.manager, &added).map_err(refused(second))?;
    let pip = if *install.manager == PIP { Install::of(cx.build, first).transpose() } else { Ok(None) };
    let pip = pip.map_err(refused(first))?;
    together::check_together(pip.as_ref(), &there, &added).map_err(refused(second))?;
    let known: BTreeSet<&String> = there.iter().collect();
    let new: BTreeSet<&String> = added.iter().filter(|name| !known.contains(name)).collect();
    if let Some(edit) = spliced(cx, first, install, second, more).filter(|_| new.len() == added.len()) {
        return Ok(vec![edit]);
    }
    let gone = TextRange::new(first.range().end(), second.range().end());
    if has_comment(cx, gone) {
        return Err((gone, "a comment belongs to one of the installs".to_owned()));
    }
    let mut edits = vec![Edit::delete(gone)];
    let mut once = new;
    let names: Vec<&str> = added.iter().filter(|name| once.remove(name)).map(String::as_str).collect();
    if !names.is_empty() {
        edits.extend(operands::append(cx, first, install, &names));
    }
    Ok(edits)
}

/// Where the names of the second command stand on several lines, they stay as they are: only what is before them goes.
fn spliced(
    cx: &Context<'_>,
    first: &Command<'_>,
    install: &PackageCommand<'_>,
    second: &Command<'_>,
    more: &PackageCommand<'_>,
) -> Option<Edit> {
    let (start, last) = (more.operands().next()?.range, install.operands().next_back()?.range);
    let options_lead = more.options().all(|words| words[0].range.end() < start.start());
    let names = TextRange::new(second.source_range(start).start(), second.range().end());
    let gone = TextRange::new(first.range().end(), names.start());
    if !options_lead || !cx.file.slice(names).contains(&b'\n') || has_comment(cx, gone) {
        return None;
    }
    let between = operands::own_line(cx, first, first.source_range(last))
        .or_else(|| operands::own_line(cx, second, second.source_range(start)))
        .unwrap_or_else(|| " ".to_owned());
    Some(Edit::replace(gone, between))
}

fn has_comment(cx: &Context<'_>, range: TextRange) -> bool {
    cx.file.slice(range).split(|&byte| byte == b'\n').any(|line| line.trim_ascii_start().starts_with(b"#"))
}
